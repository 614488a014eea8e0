"""S3 hangs, answers 503 and is gone under load: people are refused kindly, nothing is lost, and work goes on after it.

`python -m tests.chaos.fleets.blob_faults --away-s 20 --seed 1`: moto's server, a gateway and two workers.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path

from tests.chaos.fleets.fleet import open_fleet
from tests.chaos.fleets.ground import options, told
from tests.chaos.fleets.outages import LATENCY_S, ROLES, Outages, Step, Survived
from tests.chaos.forked_bots import Nest
from tests.postgresql_cluster import Cluster
from tests.s3_server import Bucket, S3Server, s3_server

BUSY = 503


def _faults(server: S3Server, bucket: Bucket) -> dict[str, tuple[Step, Step]]:
    """How each begins, and how it ends."""

    async def hang() -> None:
        bucket.hang()

    async def refuse() -> None:
        bucket.status = BUSY

    async def go_on() -> None:
        bucket.go_on()

    gone = [partial(asyncio.to_thread, step) for step in (server.leave, server.come_back)]
    return {"hung": (hang, go_on), "answering 503": (refuse, go_on), "gone": (gone[0], gone[1])}


async def blob_run(folder: Path, cluster: Cluster, nest: Nest, *, away_s: float, seed: int) -> Survived:
    with s3_server() as server:
        bucket = server.bucket()
        place = bucket.place
        settings = {
            "BLOB_DIR": None,
            "BLOB_URL": str(place),
            "AWS_ACCESS_KEY_ID": place.access_key_id,
            "AWS_SECRET_ACCESS_KEY": place.secret_access_key,
            "AWS_ENDPOINT_URL": server.url,
        }
        async with open_fleet(folder, cluster, nest, latency_s=LATENCY_S, **settings) as fleet:
            await fleet.start(*ROLES)
            outages = Outages(fleet, seed)
            for name, (begin, end) in _faults(server, bucket).items():
                await outages.during(f"{away_s:g} s with S3 {name}", begin, end, away_s)
            return await outages.survived()


def main() -> int:
    parser = options("blob_faults", __doc__)
    parser.add_argument("--away-s", type=float, default=20.0)
    asked = parser.parse_args()
    return told("S3", asked.seed, partial(blob_run, away_s=asked.away_s, seed=asked.seed))


if __name__ == "__main__":
    sys.exit(main())
