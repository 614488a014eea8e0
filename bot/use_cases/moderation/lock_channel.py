"""Locks a channel, so that no remix is accepted or started there or in its threads, and unlocks it."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.rules.cases import CaseKind
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.standing import channel_locks
from bot.storage.standing.channel_locks import LockedChannel
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.pause_server import tell_waiting

REPLACED_LOCK = "replaced_lock"
"""In a lock's details: the number of the lock that it replaced. Undoing the new one restores that lock."""


async def lock_channel(core: Core, acting: Acting, channel_id: int, length: timedelta | None) -> Case:
    """Lock for this length of time, or until it is unlocked. Replaces a lock of the same channel.

    Remixes that wait there keep their place, and their authors read the reason at once.
    """

    def lock(connection: Connection) -> Case:
        now = core.clock()
        before = channel_locks.find(connection, acting.guild_id, channel_id)
        replaces = before is not None and not before.is_over(now)
        new = NewCase(
            guild_id=acting.guild_id,
            kind=CaseKind.LOCK,
            actor_id=acting.actor_id,
            reason=acting.reason,
            channel_id=channel_id,
            until=now + length if length is not None else None,
            details={REPLACED_LOCK: str(before.case_number)} if before is not None and replaces else {},
        )
        return _begin(connection, new, channel_id, now)

    case = await core.database.transaction(lock)
    core.news.case_added(case)
    await tell_waiting(core, acting.guild_id)
    return case


async def unlock_channel(core: Core, acting: Acting, channel_id: int) -> Case | None:
    """None: it was not locked. The channel of a locked thread is unlocked on its own."""

    def unlock(connection: Connection) -> Case | None:
        new = NewCase(acting.guild_id, CaseKind.UNLOCK, acting.actor_id, reason=acting.reason, channel_id=channel_id)
        return _end(connection, new, channel_id, core.clock())

    case = await core.database.transaction(unlock)
    if case is not None:
        core.news.case_added(case)
        await tell_waiting(core, acting.guild_id)
    return case


def undo_lock(connection: Connection, case: Case, by: NewCase, now: datetime) -> Case | None:
    """End the lock of that case, recorded as `by`. None: it no longer holds.

    The lock that it replaced applies again, with its own reason, if that has not ended or been undone since.
    """
    channel_id = case.channel_id or 0
    current = channel_locks.find(connection, case.guild_id, channel_id)
    if current is None or current.case_number != case.number or current.is_over(now):
        return None
    by = replace(by, channel_id=channel_id)
    before = cases.find(connection, case.guild_id, int(case.details.get(REPLACED_LOCK, "0")))
    applies_again = before is not None and before.undone_at is None and (before.until is None or before.until > now)
    if before is None or not applies_again:
        return _end(connection, by, channel_id, now)
    again = replace(by, kind=CaseKind.LOCK, until=before.until, reason=before.reason)
    return _begin(connection, again, channel_id, now)


def _begin(connection: Connection, new: NewCase, channel_id: int, now: datetime) -> Case:
    case = cases.add(connection, new, now)
    channel_locks.put(connection, LockedChannel(channel_id, new.guild_id, case.number, now, new.until, new.reason))
    return case


def _end(connection: Connection, new: NewCase, channel_id: int, now: datetime) -> Case | None:
    before = channel_locks.find(connection, new.guild_id, channel_id)
    # A lock that has ended still has its row: nothing runs at the moment when it ends.
    channel_locks.lift(connection, new.guild_id, channel_id)
    return None if before is None or before.is_over(now) else cases.add(connection, new, now)
