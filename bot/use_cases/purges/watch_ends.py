"""Ends what moderators began for a time: raid modes, and removals that wait for a second moderator."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.storage.engine.database import Connection
from bot.storage.moderation.cases import Case
from bot.use_cases.core import Core
from bot.use_cases.moderation.oversight.raid_mode import end_raids
from bot.use_cases.purges.second_moderator import end_requests
from bot.use_cases.surely import take_known
from bot.use_cases.watch import Watch


@dataclass(frozen=True, slots=True)
class _Ended:
    """Something of a look: the cases of raid modes, and how many removals."""

    cases: Sequence[Case]
    removals: int


class WatchEnds(Watch):
    """Also ends what was over while the bot was off.

    One process runs it, so that one clock decides: the others believe what stands in the database.
    """

    pause_s = 0.5
    look_again_s = 15.0

    def __init__(self, core: Core) -> None:
        super().__init__()
        self._core = core

    async def _look(self) -> None:
        for ended in await take_known(self._core.database, self._end_all):
            for case in ended.cases:
                self._core.news.case_added(case)
            if ended.removals:
                self._core.news.post_change_due()

    def _end_all(self, connection: Connection) -> Sequence[_Ended]:
        now = self._core.clock()
        ended = _Ended(end_raids(connection, now), end_requests(connection, now))
        return [ended] if ended.cases or ended.removals else []
