"""Checks each value of a SQLite file before PostgreSQL gets it: SQLite stores any value in any column."""

import json
from collections import Counter
from collections.abc import Callable
from typing import NoReturn

import sqlalchemy as sa

from bot.storage.engine.databases.errors import DatabaseUnavailableError

Check = Callable[[object], object]
"""From a value of SQLite to the one for PostgreSQL. Raises ValueError, whose text does not show the value."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class UnfitValueError(DatabaseUnavailableError):
    """PostgreSQL cannot store a value. The text names table, column and row, and not the value: it may be a prompt."""


class Replaced:
    """How many texts of each column (`jobs.prompt`) had characters that PostgreSQL does not store."""

    def __init__(self) -> None:
        self.texts: Counter[str] = Counter()

    def check_of(self, column: sa.Column[object]) -> Check:
        type_ = column.type.impl if isinstance(column.type, sa.TypeDecorator) else column.type
        if isinstance(type_, sa.Boolean):
            return _boolean
        if isinstance(type_, sa.Integer):
            return _whole(63 if isinstance(type_, sa.BigInteger) else 31)
        if isinstance(type_, sa.JSON):
            return _json
        if not isinstance(type_, sa.Text):
            raise TypeError(f"nobody has said how to copy {column}")
        name = f"{column.table.name}.{column.name}"
        return lambda value: self._text(name, value)

    def _text(self, name: str, value: object) -> object:
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueError("is no text")  # noqa: TRY004 - the value is wrong, and no argument of ours
        if value.isascii() and "\0" not in value:
            return value
        # https://www.postgresql.org/docs/current/datatype-character.html: the character with code zero is not stored
        storable = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", _REPLACEMENT)
        if storable != value:
            self.texts[name] += 1
        return storable


def decode(raw: bytes) -> str:
    """For sqlite3's `text_factory`: SQLite does not check that a text is UTF-8, and PostgreSQL does."""
    return raw.decode("utf-8", "surrogateescape")


def _boolean(value: object) -> object:
    if value is None:
        return None
    if value not in {0, 1}:
        raise ValueError("is neither 0 nor 1")
    return bool(value)


def _whole(bits: int) -> Check:
    most = 2**bits

    def check(value: object) -> object:
        if value is None:
            return None
        if type(value) is not int:
            raise ValueError("is no whole number")
        if not -most <= value < most:
            raise ValueError(f"is too large: PostgreSQL's column has {bits + 1} bits")
        return value

    return check


def _json(value: object) -> object:
    if value is None:
        return None
    try:
        json.loads(value, parse_constant=_refuse)  # type: ignore[arg-type]  # a TypeError says the same
    except (ValueError, TypeError):
        raise ValueError("is no JSON") from None
    return value


def _refuse(_constant: str) -> NoReturn:
    """JSON has neither NaN nor infinity, but Python reads them."""
    raise ValueError
