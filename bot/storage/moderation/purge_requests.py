"""Stores removals of many results that wait for a second moderator."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import CaseKind
from bot.rules.second_moderators import PurgeState
from bot.storage.engine.tables.moderation import case_jobs, cases
from bot.storage.engine.tables.oversight import purge_requests


@dataclass(frozen=True, slots=True)
class PurgeRequest:
    """One row of `purge_requests`. `jobs`: the member's remixes that were chosen then."""

    id: int
    guild_id: int
    actor_id: int
    target_id: int
    reason: str | None
    jobs: tuple[int, ...]
    at: datetime
    ends_at: datetime
    state: PurgeState = PurgeState.WAITING
    decided_by: int | None = None
    decided_at: datetime | None = None
    case_number: int | None = None


def add(connection: Connection, new: PurgeRequest) -> PurgeRequest:
    """Its `id` is not used."""
    row = {
        name: getattr(new, name) for name in ("guild_id", "actor_id", "target_id", "reason", "at", "ends_at", "state")
    }
    row["jobs"] = _written(new.jobs)
    added = sa.insert(purge_requests).values(row).returning(purge_requests.c.id)
    return replace(new, id=connection.execute(added).scalar_one())


def find(connection: Connection, request_id: int) -> PurgeRequest | None:
    row = connection.execute(sa.select(purge_requests).where(purge_requests.c.id == request_id)).mappings().first()
    return _read(row) if row is not None else None


def find_waiting(connection: Connection, guild_id: int, actor_id: int, jobs: Sequence[int]) -> PurgeRequest | None:
    """The one by that moderator about these remixes."""
    query = sa.select(purge_requests).where(
        purge_requests.c.guild_id == guild_id,
        purge_requests.c.state == PurgeState.WAITING,
        purge_requests.c.actor_id == actor_id,
        purge_requests.c.jobs == _written(jobs),
    )
    row = connection.execute(query).mappings().first()
    return _read(row) if row is not None else None


def try_decide(
    connection: Connection, request_id: int, state: PurgeState, by: int, now: datetime, case_number: int | None = None
) -> bool:
    """False: it was decided before, so nothing may follow from this."""
    waiting = (purge_requests.c.id == request_id, purge_requests.c.state == PurgeState.WAITING)
    values = {"state": state, "decided_by": by, "decided_at": now, "case_number": case_number}
    return connection.execute(sa.update(purge_requests).where(*waiting).values(values)).rowcount == 1


def over(connection: Connection, now: datetime) -> Sequence[PurgeRequest]:
    """Those that still wait although their time is over."""
    # No index: a server has one of them now and then, and they go after 90 days.
    late = (purge_requests.c.state == PurgeState.WAITING, purge_requests.c.ends_at <= now)
    rows = connection.execute(sa.select(purge_requests).where(*late).order_by(purge_requests.c.id)).mappings()
    return [_read(row) for row in rows]


def count_purged(connection: Connection, guild_id: int, actor_id: int, since: datetime) -> int:
    """How many remixes that moderator's purges removed after then."""
    same = sa.and_(cases.c.guild_id == case_jobs.c.guild_id, cases.c.number == case_jobs.c.case_number)
    theirs = (cases.c.guild_id == guild_id, cases.c.actor_id == actor_id, cases.c.kind == CaseKind.PURGE)
    query = sa.select(sa.func.count()).select_from(cases.join(case_jobs, same)).where(*theirs, cases.c.at > since)
    return connection.scalar(query) or 0


def forget_before(connection: Connection, before: datetime) -> int:
    """Delete old ones. Returns how many."""
    return connection.execute(sa.delete(purge_requests).where(purge_requests.c.at < before)).rowcount


def _written(jobs: Sequence[int]) -> str:
    return " ".join(map(str, jobs))


def _read(row: "sa.RowMapping") -> PurgeRequest:
    values: dict[str, Any] = dict(row)
    jobs = tuple(map(int, values["jobs"].split()))
    return PurgeRequest(**{**values, "jobs": jobs, "state": PurgeState(values["state"])})
