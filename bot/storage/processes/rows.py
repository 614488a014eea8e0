"""Joins the processes that share a database, beats, and finds those that no longer beat."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from math import inf

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.roles import Part, Role, Shards
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.databases.server_clock import IS_DEAD, VOID_AT, correct_beats, server_now
from bot.storage.engine.tables.processes import processes
from bot.storage.engine.tables.remixes import UtcTime

_ON = " on "
_NOW = sa.type_coerce(server_now(), UtcTime)


class ShardsTakenError(DatabaseInUseError):
    """Another process answers for the same shards. `beat_at`: its last beat; a later one shows that it lives."""

    def __init__(self, part: str, beat_at: datetime) -> None:
        super().__init__(f"another remix-bot runs as {part}: stop it first")
        self.beat_at = beat_at


@dataclass(frozen=True, slots=True)
class Seen:
    """What a beat saw. `leads`: this process joined first of those that are there. `at`: by the server's clock.

    `next_death_s`: seconds until another one is dead, unless it beats before. inf: there is none that can die.
    `requests_per_s`: how many requests each of the others wanted to send to Discord lately.
    """

    at: datetime
    leads: bool
    is_first_worker: bool
    workers: int
    count: int
    some_died: bool
    next_death_s: float
    requests_per_s: Sequence[int]


@dataclass(frozen=True, slots=True)
class Shown:
    """A process as operators see it. `silent_s`: seconds since its last beat. `shards`: None for a worker."""

    name: str
    role: str
    host: str
    pid: int | None
    shards: Shards | None
    joined_at: datetime
    leads: bool
    silent_s: float
    is_dead: bool

    def is_here(self, pid: int, host: str) -> bool:
        """Whether it is the one with that number on that machine."""
        return (self.pid, self.host) == (pid, host)


def look(connection: Connection) -> Sequence[Shown]:
    """All of them, in the order in which they joined. Empty on SQLite."""
    silent = server_now() - sa.type_coerce(processes.c.beat_at, sa.BigInteger)
    query = sa.select(processes, silent.label("silent"), IS_DEAD.label("is_dead")).order_by(processes.c.number)
    return [
        Shown(
            name=row.name,
            role=row.role,
            host=row.name.partition(_ON)[2],
            pid=row.pid,
            shards=_shards(row.first_shard, row.last_shard, row.shard_count),
            joined_at=row.joined_at,
            leads=number == 0,
            silent_s=max(0.0, row.silent / 1_000_000),
            is_dead=bool(row.is_dead),
        )
        for number, row in enumerate(connection.execute(query).all())
    ]


def join(connection: Connection, lease: str, part: Part, lease_s: int, host: str = "") -> None:
    """Add this process. Does nothing if it is there.

    Takes the place of a dead process with the same shards. Raises ShardsTakenError if that may be alive.
    """
    if is_there(connection, lease):
        return
    wanted, names = part.answered, set()
    for row in connection.execute(sa.select(processes, IS_DEAD.label("is_dead"))).all():
        names.add(row.name)
        taken = _shards(row.first_shard, row.last_shard, row.shard_count)
        if taken is None or wanted is None or not wanted.overlap(taken):
            continue
        if not row.is_dead:
            raise ShardsTakenError(shown(row.role, taken), row.beat_at)
        # Should it still live, it finds that it is no member any more.
        leave(connection, row.lease)
        names.discard(row.name)
    values = {
        "lease": lease,
        "role": part.role,
        "name": _free_name(part.role, host, names),
        "pid": os.getpid(),
        "first_shard": wanted and wanted.first,
        "last_shard": wanted and wanted.last,
        "shard_count": wanted and wanted.count,
        "joined_at": _NOW,
        "beat_at": _NOW,
        "lease_s": lease_s,
    }
    connection.execute(sa.insert(processes).values(values))


def _free_name(role: Role, host: str, taken: Collection[str]) -> str:
    """The same after a restart, as long as nobody else has it: its alarms are known by it."""
    numbered = chain([role.value], (f"{role} {number}" for number in count(2)))
    return next(name for each in numbered if (name := f"{each}{_ON}{host}") not in taken)


def beat(connection: Connection, lease: str, requests_per_s: int = 0) -> Seen | None:
    """None: this process has no row any more, because the others took its work over.

    The first one leads, also if it is dead: it does until its row is deleted. So two clocks never disagree on who does.
    """
    beaten = connection.execute(
        sa.update(processes).where(processes.c.lease == lease).values(beat_at=_NOW, requests_per_s=requests_per_s)
    )
    if beaten.rowcount != 1:
        return None
    correct_beats(connection)
    known = (processes.c.lease, processes.c.role, processes.c.requests_per_s)
    columns = (*known, (VOID_AT - server_now()).label("left"), _NOW.label("at"))
    rows = connection.execute(sa.select(*columns).order_by(processes.c.number)).all()
    others_left = [row.left for row in rows if row.lease != lease]
    workers = [row.lease for row in rows if Part(Role(row.role)).makes]
    return Seen(
        at=rows[0].at,
        leads=rows[0].lease == lease,
        is_first_worker=workers[:1] == [lease],
        workers=len(workers),
        count=len(rows),
        some_died=any(left < 0 for left in others_left),
        next_death_s=min((left / 1_000_000 for left in others_left if left >= 0), default=inf),
        requests_per_s=[row.requests_per_s for row in rows if row.lease != lease],
    )


def leave(connection: Connection, lease: str) -> None:
    connection.execute(sa.delete(processes).where(processes.c.lease == lease))


def is_there(connection: Connection, lease: str) -> bool:
    return connection.scalar(sa.select(processes.c.number).where(processes.c.lease == lease)) is not None


def name_of(connection: Connection, lease: str) -> str:
    name: str = connection.execute(sa.select(processes.c.name).where(processes.c.lease == lease)).scalar_one()
    return name


def names(connection: Connection) -> Collection[str]:
    """What operators call the processes that are there."""
    return set(connection.scalars(sa.select(processes.c.name)))


def delete_dead(connection: Connection) -> Sequence[str]:
    """Delete the processes whose beat is too old. Returns their names.

    The caller takes their jobs over in the same transaction.
    """
    return connection.scalars(sa.delete(processes).where(IS_DEAD).returning(processes.c.name)).all()


def living(connection: Connection) -> Collection[str]:
    """The leases of the processes that are there."""
    return set(connection.scalars(sa.select(processes.c.lease)))


def _shards(first: int | None, last: int | None, count: int | None) -> Shards | None:
    return None if first is None or last is None or count is None else Shards(first, last, count)


def shown(role: str, shards: Shards | None) -> str:
    return role if shards is None else f"{role} for shards {shards}"
