"""Decides which process may begin a paid call now, and when the others should ask again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.rules.in_flight import InFlightLimit

ASK_AGAIN_S = 1.0
"""A process that waits asks again after that at the latest: the news that a slot is free may get lost."""

_KEPT_S = 2.5
"""Two times to ask, and a little: so long room is kept for a process that asks no more."""
SHORTEST_WAIT_S = 0.02


@dataclass(slots=True)
class SharedLimit:
    """`kept_for`: the process for which room is being kept until `kept_until`, because its call needs several slots.

    Without that the single images of the other processes would always overtake it. `keeps_from`: not before that is
    room kept again, so that calls with several images do not stop all others either. Times are seconds of the database
    server's clock.
    """

    limit: InFlightLimit
    kept_for: str = ""
    kept_until: float = 0.0
    keeps_from: float = 0.0

    def ask(self, process: str, images: int, in_flight: int, now: float) -> float | None:
        """Whether a call for so many images may begin now. Returns the seconds until to ask again; None: it may."""
        room = self.limit.room(in_flight, now)
        is_kept = now < self.kept_until
        if is_kept and self.kept_for != process:
            return ASK_AGAIN_S
        # Alone it may go over the limit that was found out: nothing that ends could make more room.
        if room > 0 and (images <= room or in_flight == 0):
            return None
        if images > 1 and in_flight > 0 and (is_kept or now >= self.keeps_from):
            self.kept_for, self.kept_until = process, now + _KEPT_S
        again = self.limit.look_again_at(now)
        return ASK_AGAIN_S if again is None else min(ASK_AGAIN_S, max(SHORTEST_WAIT_S, again - now))

    def began(self, process: str, in_flight: int, now: float) -> None:
        """`in_flight` counts the call that has just begun."""
        if self.kept_for == process:
            self.kept_for, self.kept_until, self.keeps_from = "", 0.0, now + _KEPT_S
        self.limit.began(in_flight, now)

    def as_json(self, now: float) -> Mapping[str, object]:
        return {
            "limit": self.limit.as_json(),
            "kept_for": self.kept_for,
            "kept_until": self.kept_until,
            "keeps_from": self.keeps_from,
            "at": now,
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any] | None, most: int, now: float) -> "SharedLimit":
        """`most`: how many may run at once by the settings. A state from before the clock was set back waits less."""
        if state is None:
            return cls(InFlightLimit(most))
        limit = InFlightLimit.from_json(state["limit"], most)
        if now < state["at"]:
            limit.begin_time_again(now)
            return cls(limit)
        return cls(limit, state["kept_for"], state["kept_until"], state["keeps_from"])
