"""The bot is killed with -9 again and again while generations are submitted, made, polled and posted.

`python -m tests.chaos.kill_generations --api v2 --kills 50 --seed 1` closes with one line of figures; exit code 1 where
anything was lost, paid twice or posted twice, or was parked although its id was on record.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.rules.generations import IdeogramApi
from tests.chaos.forked_bots import open_nest
from tests.wire.bot_process import WITHIN_S, BotProcess, House, Remix, open_house

PARKED = "Ideogram's reply didn't reach me"
SLOTS = 6
PEOPLE = 6
"""Remixes between two kills."""
MOSTLY = 0.8
"""How often everybody is accepted before the kill."""
LATENCIES_S = (0.0, 0.3, 2.0)
LAST_ONES_S = 600.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of all remixes. `parked_with_id` could have been collected: there must be none."""

    kills: int
    remixes: int
    delivered: int
    parked: int
    parked_with_id: int
    lost: int
    paid_twice: int
    posted_twice: int
    not_accepted: int
    audit: int
    """The exit code of `remix-bot audit`."""

    @property
    def is_clean(self) -> bool:
        wrong = self.parked_with_id + self.lost + self.paid_twice + self.posted_twice
        return wrong == 0 and self.parked <= self.kills and self.audit == 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills over {self.remixes} remixes: {self.delivered} delivered, {self.parked} parked "
            f"(submits in the POST's window), {self.parked_with_id} parked with an id on record, {self.lost} lost, "
            f"{self.paid_twice} paid twice, {self.posted_twice} posted twice, {self.not_accepted} not accepted in time"
            f", audit {'clean' if self.audit == 0 else 'not clean'}"
        )


class GenerationKills:
    """Remixes come in all the time; each process of the bot lives until something that chance has chosen happens."""

    def __init__(self, house: House, api: IdeogramApi, *, kills: int, seed: int) -> None:
        self._house = house
        self._api = api
        self._kills = kills
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    async def run(self) -> Figures:
        for _ in range(self._kills):
            self._house.ideogram.dials.latency_s = self._random.choice(LATENCIES_S)
            bot = await self._start()
            moment = asyncio.ensure_future(self._moment())
            remixes = [await self._house.remix() for _ in range(PEOPLE)]
            if self._random.random() < MOSTLY:
                await asyncio.gather(*(_until_accepted(remix) for remix in remixes))
            await moment
            await self._kill(bot)
        await self._start()
        await self._until_all_is_told()
        audit = await self._house.launch("audit")
        return figures(self._house, self._kills, await audit.ended())

    async def _start(self) -> BotProcess:
        return await self._house.start(IDEOGRAM_API=self._api, IDEOGRAM_MAX_IN_FLIGHT=SLOTS)

    async def _kill(self, bot: BotProcess) -> None:
        """What is being made at the provider goes on there."""
        await bot.kill()
        await self._house.discord.disconnected(WITHIN_S)

    async def _moment(self) -> None:
        """A submit that has just arrived, a poll, or one of the requests of which a remix takes five or more."""
        ideogram, world = self._house.ideogram, self._house.discord.world
        chosen, more = self._random.choice(("submit", "poll", "request")), self._random.randint(1, PEOPLE)
        async with asyncio.timeout(WITHIN_S):
            match chosen:
                case "submit":
                    await ideogram.until_called(sum(call.executed for call in ideogram.calls) + more)
                case "poll":
                    await ideogram.until_polled(len(ideogram.polls) + more)
                case "request":
                    enough = len(world.requests) + 4 * more
                    await world.watch.wait_for(lambda: len(world.requests) >= enough, WITHIN_S, "requests")

    async def _until_all_is_told(self) -> None:
        accepted = {row[0] for row in self._house.rows("SELECT interaction_id FROM jobs")}
        async with asyncio.timeout(LAST_ONES_S):
            for remix in self._house.remixes:
                if remix.interaction.id in accepted:
                    await remix.interaction.wait_for(lambda _, remix=remix: _is_told(remix), LAST_ONES_S)


def figures(house: House, kills: int, audit: int) -> Figures:
    """Counted in the database, at the provider and in the channel."""
    states = {remix.number: house.state_of(remix) for remix in house.remixes}
    delivered = [remix for remix in house.remixes if states[remix.number] == "delivered" and _is_served(house, remix)]
    parked = [remix for remix in house.remixes if states[remix.number] == "outcome_unknown" and PARKED in remix.told]
    refused = [remix for remix in house.remixes if states[remix.number] is None]
    ((with_id,),) = house.rows(
        "SELECT count(*) FROM jobs WHERE state = 'outcome_unknown' AND (generation_id IS NOT NULL OR id NOT IN"
        " (SELECT job_id FROM job_events WHERE to_state = 'outcome_unknown' AND cause = 'restart'))"
    )
    return Figures(
        kills=kills,
        remixes=len(house.remixes),
        delivered=len(delivered),
        parked=len(parked),
        parked_with_id=with_id,
        lost=len(house.remixes) - len(delivered) - len(parked) - len(refused),
        paid_twice=sum(house.calls_for(remix) > 1 for remix in house.remixes),
        posted_twice=sum(len(remix.posts) > 1 for remix in house.remixes),
        not_accepted=len(refused),
        audit=audit,
    )


async def _until_accepted(remix: Remix) -> None:
    await remix.interaction.wait_for(lambda _: remix.told != "", WITHIN_S)


def _is_told(remix: Remix) -> bool:
    return "**Done.**" in remix.told or PARKED in remix.told


def _is_served(house: House, remix: Remix) -> bool:
    """One paid call, and their own picture, posted."""
    try:
        for post in remix.posts:
            remix.assert_has_picture(post)
    except (AssertionError, ValueError):
        return False
    return bool(remix.posts) and house.calls_for(remix) == 1


async def kill_run(folder: Path, api: IdeogramApi, *, kills: int, seed: int) -> Figures:
    with open_nest() as nest:
        async with open_house(folder) as house:
            house.starter = nest.launch
            return await GenerationKills(house, api, kills=kills, seed=seed).run()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="kill_generations", description=__doc__)
    parser.add_argument("--api", choices=[IdeogramApi.V1_ASYNC, IdeogramApi.V2], default=IdeogramApi.V2)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    # It tells of every request that a killed bot did not finish.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        house = Path(folder) / "house"
        house.mkdir()
        counted = asyncio.run(kill_run(house, IdeogramApi(options.api), kills=options.kills, seed=options.seed))
    sys.stdout.write(f"{options.api}, seed {options.seed}: {counted}\n")
    return 0 if counted.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
