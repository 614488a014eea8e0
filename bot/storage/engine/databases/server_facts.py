"""What `remix-bot doctor` asks a PostgreSQL server: what stops the bot there, or stops it later."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from bot.storage.engine.databases import postgresql

_FACTS = """
SELECT current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS is_standby,
    pg_backend_pid() AS process, clock_timestamp() AS at,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
    ARRAY(
        SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text = current_schema()
        AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
            AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
        ORDER BY relname
    ) AS closed
"""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`closed`: tables that this account cannot change. `ahead`: how far this machine's clock is ahead of the server's.

    `is_pooled`: something in between, such as PgBouncer, names another server process than the one that answers.
    """

    version: str
    encoding: str
    is_standby: bool
    may_create: bool
    closed: tuple[str, ...]
    ahead: timedelta
    is_pooled: bool


def read_server_facts(connection: Connection) -> ServerFacts:
    """Raises CannotConnectError for a server that is too old."""
    version = postgresql.read_version(connection)
    before = datetime.now(UTC)
    found = connection.exec_driver_sql(_FACTS).one()
    # The answer was made in between.
    here = before + (datetime.now(UTC) - before) / 2
    driver = connection.connection.driver_connection
    named = None if driver is None else driver.info.backend_pid
    return ServerFacts(
        version,
        found.encoding,
        found.is_standby,
        found.may_create,
        tuple(found.closed),
        here - found.at,
        named != found.process,
    )
