"""Keeps the buttons of log entries right: the entry of a hidden remix offers Unhide instead of Hide."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from bot.rules.cases import CaseKind
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.moderation.cases import Case
from bot.storage.server_log import log_posts
from bot.storage.server_log.log_posts import LogPost
from bot.use_cases.core import Core
from bot.use_cases.server_log.log_facts import LogChannel

_KINDS = frozenset({CaseKind.HIDE, CaseKind.UNHIDE})
_MOST_WAITING = 1_000
_NEW = timedelta(minutes=5)
"""What is older when the task starts was shown by the process that ran it until then."""

log = structlog.get_logger(__name__)


class HiddenEntries:
    """Runs in a task of its own. A crash in between leaves an old button, which then says that it is already done."""

    def __init__(self, core: Core, channel: LogChannel) -> None:
        self._core = core
        self._channel = channel
        self._changed: deque[Case] = deque(maxlen=_MOST_WAITING)
        self._woken = asyncio.Event()

    def case_added(self, case: Case) -> None:
        if case.kind in _KINDS:
            self._changed.append(case)
            self._woken.set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        since = self._core.clock() - _NEW
        while True:
            while not self._changed:
                self._woken.clear()
                await self._woken.wait()
            case = self._changed.popleft()
            if case.at < since:
                continue
            try:
                await self._show(case)
            except DatabaseUnavailableError as error:
                log.info("the buttons of log entries could not be changed", reason=str(error))

    async def _show(self, case: Case) -> None:
        posts, hidden = await self._core.database.read(_read, case)
        for post in posts:
            await self._channel.change_buttons(post, hidden)


def _read(connection: Connection, case: Case) -> tuple[Sequence[LogPost], Mapping[int, bool]]:
    hidden = log_posts.jobs_of_case(connection, case.guild_id, case.number, case.job_id)
    return log_posts.of_remixes(connection, case.guild_id, hidden), hidden
