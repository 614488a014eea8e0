"""The clock of the database's server, in each dialect's SQL."""

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class server_now(sa.ColumnElement[int]):  # noqa: N801 - it reads as a function
    """In microseconds since 1970. Now, and not when the transaction began: it may have waited for its lock since."""

    inherit_cache = True
    type = sa.BigInteger()


@compiles(server_now)
def _now_on_sqlite(_element: server_now, _compiler: SQLCompiler, **_options: object) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(server_now, "postgresql")
def _now_on_postgresql(_element: server_now, _compiler: SQLCompiler, **_options: object) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
