"""A migrated database of a PostgreSQL server that several processes work on."""

from tests.integration.postgresql.conftest import url as url  # noqa: PLC0414 - the same
