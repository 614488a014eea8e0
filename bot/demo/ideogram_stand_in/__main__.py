"""`python -m bot.demo.ideogram_stand_in`: runs the stand-in as its own process and prints its addresses as JSON."""

import argparse
import asyncio
import json
import sys

from bot.demo.ideogram_stand_in.server import IdeogramStandIn


def main() -> None:
    parser = argparse.ArgumentParser(prog="ideogram_stand_in", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--api-key", default="stand-in-key")
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds a generation takes")
    parser.add_argument("--fail", metavar="KIND", help="the outcome of every call, such as 429, hang or unsafe")
    options = parser.parse_args()
    stand_in = IdeogramStandIn(api_key=options.api_key, latency_s=options.latency, always=options.fail)
    try:
        asyncio.run(_serve(stand_in, options.port))
    except KeyboardInterrupt:
        return


async def _serve(stand_in: IdeogramStandIn, port: int) -> None:
    await stand_in.start(port)
    sys.stdout.write(json.dumps({"url": stand_in.url, "image_host": stand_in.image_host}) + "\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await stand_in.close()


if __name__ == "__main__":
    main()
