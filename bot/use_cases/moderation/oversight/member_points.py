"""Reads a member's points, and clears them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.cases import CaseKind
from bot.rules.points import TIME_S, PointKind, Rung
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, points
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting

POINTS = "points"
"""In the details of a case: how many points it cleared."""


@dataclass(frozen=True, slots=True)
class MemberPoints:
    """What counts against a member in one server. `next`: the next rung of its ladder; None: nothing follows."""

    by_kind: Mapping[PointKind, int]
    time_s: int
    next: Rung | None

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())


@dataclass(frozen=True, slots=True)
class Cleared:
    """The case, and how many points it cleared."""

    case: Case
    points: int


def read_points(connection: Connection, guild_id: int, user_id: int, now: datetime) -> MemberPoints:
    policy = policies.read(connection, guild_id)
    by_kind = points.by_kind(connection, guild_id, user_id, now - policy.points_time)
    rungs = policy.points_ladder.rungs if policy.points_ladder else ()
    total = sum(by_kind.values())
    # Above the highest rung each further point reaches it again.
    following = next((rung for rung in rungs if rung.points > total), rungs[-1] if rungs else None)
    return MemberPoints(by_kind, int(policy.points_time.total_seconds()), following)


async def clear_points(core: Core, acting: Acting, user_id: int) -> Cleared | None:
    """They count no longer, here or in all servers together. None: the member has none.

    What they led to stays: a warning or a block is a case of its own.
    """

    def clear(connection: Connection) -> Cleared | None:
        now = core.clock()
        since = now - policies.read(connection, acting.guild_id).points_time
        count = points.total(connection, user_id, since, guild_id=acting.guild_id).all
        if not count:
            return None
        details = {POINTS: str(count)}
        new = NewCase(acting.guild_id, CaseKind.CLEAR, acting.actor_id, user_id, acting.reason, details=details)
        case = cases.add(connection, new, now)
        points.clear(connection, acting.guild_id, user_id, case.number, since)
        return Cleared(case, count)

    cleared = await core.database.transaction(clear)
    if cleared is not None:
        core.news.case_added(cleared.case)
    return cleared


async def forget_points(core: Core) -> int:
    """Deletes points that count neither in their server nor in all servers together. Returns how many rows."""

    def forget(connection: Connection) -> int:
        set_ = policies.servers_with_points_time(connection)
        longer = {guild_id: timedelta(seconds=time_s) for guild_id, time_s in set_.items() if time_s > TIME_S}
        return points.forget(connection, core.clock(), timedelta(seconds=TIME_S), longer)

    return await core.database.transaction(forget)
