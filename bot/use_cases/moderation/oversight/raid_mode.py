"""Switches raid mode on and off."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.raids import Raid
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.standing import servers
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting


async def switch_raid_on(core: Core, acting: Acting, length: timedelta) -> Case:
    """Or give it another end. The case is in the server's log at once."""

    def begin(connection: Connection) -> Case:
        now = core.clock()
        new = NewCase(acting.guild_id, CaseKind.RAID, acting.actor_id, reason=acting.reason, until=now + length)
        case = cases.add(connection, new, now)
        servers.begin_raid(connection, acting.guild_id, Raid(now, now + length, case.number))
        return case

    case = await core.database.transaction(begin)
    core.news.case_added(case)
    return case


async def switch_raid_off(core: Core, acting: Acting) -> Case | None:
    """None: it is not on."""

    def end(connection: Connection) -> Case | None:
        new = NewCase(acting.guild_id, CaseKind.RAID_OVER, acting.actor_id, reason=acting.reason)
        return _end(connection, new, core.clock())

    case = await core.database.transaction(end)
    if case is not None:
        core.news.case_added(case)
    return case


def _end(connection: Connection, new: NewCase, now: datetime) -> Case | None:
    """The case that switched it on has no effect any more, so it counts as undone."""
    raid = servers.read_raid(connection, new.guild_id)
    if raid is None:
        return None
    servers.end_raid(connection, new.guild_id)
    case = cases.add(connection, new, now)
    cases.mark_undone(connection, raid.case_number, case)
    return case


def end_raids(connection: Connection, now: datetime) -> Sequence[Case]:
    """End those whose time is over."""
    over = servers.raids_over(connection, now)
    ended = [_end(connection, NewCase(each, CaseKind.RAID_OVER, BY_RULE), now) for each in over]
    return [case for case in ended if case is not None]
