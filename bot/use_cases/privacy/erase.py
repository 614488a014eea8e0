"""Erases the data of people who asked for it: rows first, then messages in Discord, then files.

Where it stands is in the database, so a restart goes on with it.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.rules.erasures import ErasureKind, ErasureStage, next_try
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.privacy import erased_rows, erasures
from bot.storage.privacy.erased_rows import LogPost, ShownPost
from bot.storage.privacy.erasures import Erasure
from bot.storage.remixes import results, retention
from bot.storage.remixes.results import Post
from bot.use_cases.core import Core
from bot.use_cases.privacy.erase_rows import ErasedSome, erase_records, erase_some
from bot.use_cases.remixes.expiry import MIN_FILE_AGE, sweep_pictures
from bot.waiting import wait_for_event

_AFTER_A_BUG = timedelta(hours=1)
_WHILE_BEING_MADE = timedelta(seconds=15)
# Compacting stops everything, for 4.6 s with 300,000 remixes. So a hundred people who ask to be forgotten share one.
_BETWEEN_COMPACTIONS = timedelta(hours=6)
_LOOK_AGAIN_S = 60.0
_AFTER_TROUBLE_S = 15.0
_MESSAGES_AT_ONCE = 50
_BEGINNING = (0, 0)

log = structlog.get_logger(__name__)


class Messages(Protocol):
    """Discord, as far as an erasure needs it. Errors are logged instead of raised."""

    async def take_down(self, post: Post) -> bool:
        """Delete a post. True if it is gone, perhaps since before."""
        ...

    async def take_out_of_log(self, message: LogPost) -> bool:
        """Replace what a message of a log channel says about that job. True if nothing of it is left."""
        ...


class Erase:
    """Runs in a task of its own."""

    def __init__(self, core: Core, messages: Messages) -> None:
        self._core = core
        self._messages = messages
        self._woken = asyncio.Event()
        self._compacted_at: datetime | None = None

    async def ask(self, user_id: int) -> Erasure:
        """Record that the person wants to be forgotten. It is done soon, and asking again changes nothing more."""
        asked = await self._core.database.transaction(erasures.ask, ErasureKind.PERSON, user_id, self._core.clock())
        self._woken.set()
        return asked

    async def run(self) -> None:
        """Goes on first with what an earlier process left. Runs until it is cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.all_due()
                wait_s = await self._wait_s()
            except (DatabaseUnavailableError, OSError) as error:
                log.error("data could not be erased now; will try again", reason=str(error))
                wait_s = _AFTER_TROUBLE_S
            await wait_for_event(self._woken, wait_s)

    async def _wait_s(self) -> float:
        due_at = await self._core.database.read_long(erasures.next_due_at)
        if due_at is None:
            return _LOOK_AGAIN_S
        return min(_LOOK_AGAIN_S, max(0.05, (due_at - self._core.clock()).total_seconds()))

    async def all_due(self) -> None:
        """Take every due request as far as it gets now."""
        while erasure := await self._core.database.read_long(erasures.due, self._core.clock()):
            try:
                await self._take_further(erasure)
            except (DatabaseUnavailableError, OSError):
                raise
            except Exception:  # one request that fails must not hold up those of all others
                log.exception("an erasure failed because of an unexpected error; will try again", erasure=erasure.id)
                await self._go_on(erasure, erasure.stage, self._core.clock() + _AFTER_A_BUG)

    async def _take_further(self, erasure: Erasure) -> None:
        match erasure.stage:
            case ErasureStage.ROWS:
                await self._erase_rows(erasure)
            case ErasureStage.MESSAGES:
                await self._reach_messages(erasure)
            case ErasureStage.FILES:
                await self._delete_files(erasure)

    async def _erase_rows(self, erasure: Erasure) -> None:
        position = erasure
        while (some := await self._erase_some(position)).last is not None:
            position = replace(position, erased_up_to=some.last)
        while await self._core.database.transaction(erase_records, erasure, self._core.clock()):
            pass
        now = self._core.clock()
        if await self._core.database.read_long(erased_rows.are_left, erasure):
            await self._go_on(erasure, ErasureStage.ROWS, now + _WHILE_BEING_MADE, erased_up_to=0)
        else:
            await self._go_on(erasure, ErasureStage.MESSAGES, now)

    async def _erase_some(self, erasure: Erasure) -> ErasedSome:
        def erase(connection: Connection) -> ErasedSome:
            some = erase_some(connection, erasure, self._core.clock())
            if some.last is not None:
                erasures.change(connection, erasure, {"erased_up_to": some.last})
            return some

        some = await self._core.database.transaction(erase)
        await delete_unneeded(self._core, some.pictures)
        for job_id in some.cancelled:
            self._core.news.job_changed(job_id)
        return some

    async def _reach_messages(self, erasure: Erasure) -> None:
        unreached = await self._take_down_posts(erasure) + await self._mend_log(erasure)
        now = self._core.clock()
        again_at = next_try(erasure.asked_at, now) if unreached else None
        if again_at is not None:
            await self._go_on(erasure, ErasureStage.MESSAGES, again_at)
            return
        await self._core.database.transaction(erased_rows.forget_posts, erasure, standing=True)
        if unreached:
            log.warning("messages of somebody whose data was erased cannot be reached", messages=unreached)
        # New files wait until no command can be about to name them.
        await self._go_on(
            erasure,
            ErasureStage.FILES,
            max(now, erasure.asked_at + MIN_FILE_AGE + self._core.blobs.clock_error + _WHILE_BEING_MADE),
            unreached=unreached,
        )

    async def _take_down_posts(self, erasure: Erasure) -> int:
        unreached, after = 0, _BEGINNING
        while shown := await self._core.database.read_long(erased_rows.shown_posts, erasure, after, _MESSAGES_AT_ONCE):
            unreached += sum([not await self._take_down(each) for each in shown])
            after = (shown[-1].job_id, shown[-1].post.part)
        return unreached

    async def _take_down(self, shown: ShownPost) -> bool:
        if not await self._messages.take_down(shown.post):
            return False
        await self._core.database.transaction(
            results.mark_message_deleted, shown.job_id, shown.post.message_id, self._core.clock()
        )
        return True

    async def _mend_log(self, erasure: Erasure) -> int:
        unreached = 0
        for message in await self._core.database.read_long(erased_rows.log_messages, erasure):
            if await self._messages.take_out_of_log(message):
                await self._core.database.transaction(erased_rows.forget_log_message, message)
            else:
                unreached += 1
        return unreached

    async def _delete_files(self, erasure: Erasure) -> None:
        # A post or an entry that was on its way when the others were deleted.
        await self._take_down_posts(erasure)
        await self._mend_log(erasure)
        await sweep_pictures(self._core)
        now = self._core.clock()
        if not await self._compact(now):
            await self._go_on(erasure, ErasureStage.FILES, now + _BETWEEN_COMPACTIONS)
            return
        await self._core.database.transaction(erasures.change, erasure, {"finished_at": now})
        log.info("data was erased on request", erasure=erasure.id, unreached=erasure.unreached)

    async def _compact(self, now: datetime) -> bool:
        """False: it has to wait, because the bot stands still meanwhile, or because the disk is too full for it."""
        if self._compacted_at is not None and now - self._compacted_at < _BETWEEN_COMPACTIONS:
            return False
        self._compacted_at = now
        try:
            return await self._core.database.compact()
        except DatabaseUnavailableError as error:
            log.warning("the database could not be compacted after data was erased; will try again", reason=str(error))
            return False

    async def _go_on(self, erasure: Erasure, stage: ErasureStage, due_at: datetime, **values: int) -> None:
        await self._core.database.transaction(erasures.change, erasure, {"stage": stage, "due_at": due_at, **values})


async def delete_unneeded(core: Core, names: list[str]) -> None:
    """Delete those of the files that nothing names any more. Files of the last hour are left to the sweep."""
    if names:
        unneeded = await core.database.read_long(retention.unreferenced, names)
        await core.blobs.in_thread(core.blobs.delete_all, unneeded, core.clock() - MIN_FILE_AGE)
