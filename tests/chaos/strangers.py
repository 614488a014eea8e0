"""Plays stories of members and moderators who do anything, and looks at what of it reaches whom.

The suite has a short one: tests/e2e/review/test_story_strangers.py.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.rules.generations import IdeogramApi
from tests.e2e.review.dangers import DANGERS
from tests.e2e.review.strangers import Strangers
from tests.e2e.world import World

_SMALL = 128
"""Pixels of a result's long side."""


async def play(seed: int, steps: int) -> Counter[str]:
    """Raises AssertionError. Returns how many remixes ended in each state."""
    with tempfile.TemporaryDirectory() as folder:
        async with IdeogramStandIn(api_key="demo-key") as stand_in:
            stand_in.dials.long_side = _SMALL
            api = IdeogramApi.V2 if seed % 2 else IdeogramApi.V1
            world = World(Path(folder), stand_in, cooldown_s=0, ideogram_api=api)
            await world.open()
            try:
                await Strangers(world, seed).play(steps, DANGERS)
                return Counter(job.failure_kind or job.state for job in world.jobs())
            finally:
                await world.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=20)
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    ended, began = Counter[str](), time.monotonic()
    for seed in range(given.seed, given.seed + given.stories):
        try:
            ended += asyncio.run(play(seed, given.steps))
        except AssertionError as error:
            sys.stdout.write(f"story {seed}: {error}\n")
            return 1
    counted = ", ".join(f"{number} {state}" for state, number in ended.most_common())
    took = f"{given.stories} stories of {given.steps} steps in {time.monotonic() - began:.0f} s"
    sys.stdout.write(f"{took}: nothing reached a stranger. {counted}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
