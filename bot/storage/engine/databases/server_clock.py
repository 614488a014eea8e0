"""The clock of the database's server, in each dialect's SQL, and the processes that it finds dead."""

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bot.storage.engine.tables.processes import processes


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
# While the server was away nobody could beat, so nothing is too old before it has been back for as long.
_LAST_SIGN = sa.case((server_started() > _BEAT_AT, server_started()), else_=_BEAT_AT)
IS_DEAD = _LAST_SIGN + sa.cast(processes.c.lease_s, sa.BigInteger) * 1_000_000 < server_now()
"""Whether the lease of a row of `processes` is void."""
