"""The clock of the database's server, in each dialect's SQL, and the processes that it finds dead."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bot.storage.engine.tables.processes import processes
from bot.storage.engine.tables.remixes import UtcTime


class server_now(sa.ColumnElement[int]):  # noqa: N801 - it reads as a function
    """In microseconds since 1970. Now, and not when the transaction began: it may have waited for its lock since."""

    inherit_cache = True
    type = sa.BigInteger()


class server_started(sa.ColumnElement[int]):  # noqa: N801 - it reads as a function
    """When the server started. SQLite has none, so it was always there."""

    inherit_cache = True
    type = sa.BigInteger()


@compiles(server_now)
def _now_on_sqlite(_element: server_now, _compiler: SQLCompiler, **_options: object) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(server_now, "postgresql")
def _now_on_postgresql(_element: server_now, _compiler: SQLCompiler, **_options: object) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


@compiles(server_started)
def _started_on_sqlite(_element: server_started, _compiler: SQLCompiler, **_options: object) -> str:
    return "0"


@compiles(server_started, "postgresql")
def _started_on_postgresql(_element: server_started, _compiler: SQLCompiler, **_options: object) -> str:
    return "CAST(extract(epoch FROM pg_postmaster_start_time()) * 1000000 AS BIGINT)"


_BEAT_AT = sa.type_coerce(processes.c.beat_at, sa.BigInteger)


def void_at(started: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """When the lease of a row of `processes` is void on a server that started at that time, in microseconds.

    While the server was away nobody could beat, so nothing is too old before it has been back for as long. If it
    started later than now, its clock was set back since, and when it started is not known.
    """
    was_away = sa.and_(started > _BEAT_AT, started <= server_now())
    last_sign = sa.case((was_away, started), else_=_BEAT_AT)
    return last_sign + sa.cast(processes.c.lease_s, sa.BigInteger) * 1_000_000


def is_dead(started: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return void_at(started) < server_now()


VOID_AT = void_at(server_started())
IS_DEAD = is_dead(server_started())

_FUTURE = server_now() + 1_000_000 < _BEAT_AT


def correct_beats(connection: Connection) -> None:
    """After the server's clock was set back, let beats of before count as of now.

    Else a dead process would count as alive for as long as the clock was set back, and not for a lease.
    """
    # Others beat at the same time, each with its own row locked: waiting for one another would be a deadlock.
    future = sa.select(processes.c.lease).where(_FUTURE).with_for_update(skip_locked=True)
    now = sa.type_coerce(server_now(), UtcTime)
    connection.execute(sa.update(processes).where(processes.c.lease.in_(future)).values(beat_at=now))
