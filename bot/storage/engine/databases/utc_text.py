"""A stored time as text in UTC, in each dialect's SQL."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

_POSTGRESQL = {"%Y-%m-%d": "YYYY-MM-DD", "%Y-%m": "YYYY-MM"}


class utc_text(sa.ColumnElement[str]):  # noqa: N801 - it reads as a function
    """`pattern`: `%Y-%m-%d` or `%Y-%m`."""

    inherit_cache = False
    type = sa.Text()

    def __init__(self, moment: sa.ColumnElement[datetime], pattern: str) -> None:
        self.microseconds = sa.type_coerce(moment, sa.BigInteger)
        self.pattern = pattern


# All numbers and patterns are literals: PostgreSQL takes two bound parameters for two different expressions, and then
# refuses the SELECT because what it selects "must appear in the GROUP BY clause".
@compiles(utc_text)
def _as_sqlite(element: utc_text, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    seconds = f"{compiler.process(element.microseconds, **options)} / 1000000"
    return f"strftime('{element.pattern}', {seconds}, 'unixepoch')"


@compiles(utc_text, "postgresql")
def _as_postgresql(element: utc_text, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    seconds = f"{compiler.process(element.microseconds, **options)} / 1000000"
    return f"to_char(to_timestamp({seconds}) AT TIME ZONE 'UTC', '{_POSTGRESQL[element.pattern]}')"
