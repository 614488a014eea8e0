"""Something that the bot needs is away for a while, under load: what was asked meanwhile, and how soon it goes on."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.chaos.fleets.fleet import DONE, LAST_ONES_S, Fleet, Outcome, pause
from tests.wire.bot_process import Remix

ROLES = ("gateway", "worker", "worker")
LATENCY_S = 0.3
ONE_EACH_S = 0.4
WITHIN_S = 5.0
"""Work goes on so soon after the return of what was away."""
REFUSED_KINDLY = (
    "does not answer right now",
    "I can't tell whether I have your remix",
    "I can't store anything right now",
    "I can't store pictures right now",
    "The bot is starting",
)
Step = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Survived:
    """`back_s`: by the outage's name, from its end until a remix that was asked then was in its channel.

    `unkindly`: what people saw who were neither accepted nor refused with a sentence.
    """

    back_s: Sequence[tuple[str, float]]
    refused: int
    unkindly: Sequence[str]
    outcome: Outcome

    @property
    def is_harmless(self) -> bool:
        """Every answer of a paid call arrives, so nothing may stay parked."""
        is_soon = all(seconds <= WITHIN_S for _, seconds in self.back_s)
        return self.outcome.is_harmless and not self.unkindly and is_soon and not self.outcome.parked

    def __str__(self) -> str:
        back = [f"after {name} a remix was posted within {seconds:.1f} s" for name, seconds in self.back_s]
        return "; ".join([*back, f"{self.refused} refused kindly", str(self.outcome), *self.unkindly])


@dataclass(eq=False, slots=True)
class Outages:
    """Remixes come in all the time."""

    fleet: Fleet
    seed: int
    random: Random = field(init=False)
    _back_s: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - repeatable, not secret

    async def ask_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self.fleet.remix()
            await pause(ONE_EACH_S)

    async def during(self, name: str, begin: Step, end: Step, seconds: float) -> None:
        """Away for so long."""
        await self.ask_for(1.0)
        await begin()
        try:
            await self.ask_for(seconds)
        finally:
            await end()
        self._back_s.append((name, await self._goes_on()))

    async def _goes_on(self) -> float:
        """Seconds. Who is refused asks again."""
        began, remix = time.monotonic(), await self.fleet.remix()
        while DONE not in remix.told and time.monotonic() - began < LAST_ONES_S:
            if is_refused(remix):
                remix = await self.fleet.remix()
            await pause(0.05)
        return time.monotonic() - began

    async def survived(self) -> Survived:
        await self.fleet.until_all_is_told()
        stored = {row[0] for row in self.fleet.rows("SELECT interaction_id FROM jobs")}
        others = [remix for remix in self.fleet.house.remixes if remix.interaction.id not in stored]
        unkindly = [f"told {remix.number}: {remix.told!r:.80}" for remix in others if not is_refused(remix)]
        return Survived(self._back_s, sum(map(is_refused, others)), unkindly, self.fleet.outcome())


def is_refused(remix: Remix) -> bool:
    return any(words in remix.told for words in REFUSED_KINDLY)
