"""Runs the statements that every remix needs without SQLAlchemy's overhead: compiled once, executed by the driver.

SQLAlchemy spends far more time around a statement than SQLite spends in it. Finding one job took 309 µs with a select
built on each call, 77 µs with a select built once, and 22 µs with a prepared statement. A remix runs about a hundred
statements, all in the one writer thread, so its database work fell from 35 ms of CPU to 8 ms (docs/benchmarks.md).

Use a PreparedStatement for what every remix or every command runs, and put it directly above its function. Everything
rarer uses SQLAlchemy as usual: moderation, reports, retention, the command line.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

_NO_VALUES: Mapping[str, object] = MappingProxyType({})
_Process = Callable[[Any], Any] | None


class PreparedStatement:
    """A select, insert, update or delete. `values` fill its `bindparam`s, and the columns to insert or set.

    Rows are named tuples of the selected columns. Raises the exceptions of SQLAlchemy, and KeyError for a value that is
    missing or that the statement does not use. Rejects `IN` over a list: its SQL depends on the length of the list.
    """

    __slots__ = ("_plans", "_statement")

    def __init__(self, statement: "sa.Select[Any] | sa.Insert | sa.Update | sa.Delete") -> None:
        self._statement = statement
        # One plan for each dialect and set of value names: the columns that an update sets are part of its SQL.
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def rows(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> list[Any]:
        plan, cursor = self._run(connection, values)
        return [plan.row(found) for found in cursor.fetchall()]

    def first(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> Any | None:  # noqa: ANN401 - its columns are the statement's
        """The first row, or None."""
        plan, cursor = self._run(connection, values)
        found = cursor.fetchone()
        # Resets the SELECT now: until then it keeps reading from its snapshot, also after the commit.
        cursor.close()
        return None if found is None else plan.row(found)

    def one(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> Any:  # noqa: ANN401 - its columns are the statement's
        """The first row; LookupError if there is none."""
        row = self.first(connection, values)
        if row is None:
            raise LookupError("there is no such row")
        return row

    def scalar(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> Any:  # noqa: ANN401 - the type is the column's
        """The first column of the first row; None if there is no row."""
        row = self.first(connection, values)
        return None if row is None else row[0]

    def change(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> int:
        """Returns how many rows were inserted, updated or deleted."""
        cursor = self._run(connection, values)[1]
        changed: int = cursor.rowcount
        return changed

    def _run(self, connection: Connection, values: Mapping[str, object]) -> "tuple[_Plan, Any]":
        dialect = connection.dialect
        key = (dialect.name, *values)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = _plan(self._statement, tuple(values), dialect)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(plan.sql, plan.parameters(values))
        except plan.driver_error as error:
            # The same exceptions as from SQLAlchemy, so that callers need not know which way a statement took.
            raise sa.exc.DBAPIError.instance(
                plan.sql, None, error, plan.driver_error, hide_parameters=True, dialect=dialect
            ) from error
        return plan, cursor


@dataclass(frozen=True, slots=True)
class _Bind:
    """A placeholder. With a name it takes that value, converted for the driver; without one, the constant."""

    name: str | None
    process: _Process
    constant: object


@dataclass(frozen=True, slots=True)
class _Plan:
    """Compiled SQL with its conversions. `results`: (index, converter) of each column that the driver returns raw."""

    sql: str
    driver_error: type[Exception]
    binds: Sequence[_Bind]
    row_type: Callable[[Any], Any]
    results: Sequence[tuple[int, Callable[[Any], Any]]]

    def parameters(self, values: Mapping[str, object]) -> list[object]:
        return [_parameter(bind, values) for bind in self.binds]

    def row(self, found: Sequence[object]) -> Any:  # noqa: ANN401 - its columns are the statement's
        if self.results:
            found = list(found)
            for place, process in self.results:
                found[place] = process(found[place])
        return self.row_type(found)


def _parameter(bind: _Bind, values: Mapping[str, object]) -> object:
    if bind.name is None:
        return bind.constant
    value = values[bind.name]
    return value if bind.process is None else bind.process(value)


def _plan(
    statement: "sa.Select[Any] | sa.Insert | sa.Update | sa.Delete", names: Sequence[str], dialect: Dialect
) -> _Plan:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    if compiled.positiontup is None:
        raise TypeError("only dialects with positional parameters are supported")
    if compiled.post_compile_params:
        raise TypeError("IN over a list cannot be prepared")
    binds = [compiled.binds[name] for name in compiled.positiontup]
    if unused := set(names) - {bind.key for bind in binds}:
        raise KeyError(*unused)
    columns = list(statement.exported_columns.items())
    make_row = namedtuple("Row", [str(name) for name, _ in columns], rename=True)._make  # type: ignore[attr-defined]  # noqa: PYI024 - the columns are the statement's
    processes = [column.type.dialect_impl(dialect).result_processor(dialect, None) for _, column in columns]
    return _Plan(
        compiled.string,
        _driver_error(dialect),
        [_bind(bind, names, dialect) for bind in binds],
        make_row,
        [(place, process) for place, process in enumerate(processes) if process is not None],
    )


def _bind(bind: "sa.BindParameter[Any]", names: Sequence[str], dialect: Dialect) -> _Bind:
    process = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.key in names:
        return _Bind(bind.key, process, None)
    if bind.required:
        raise KeyError(bind.key)
    value = bind.effective_value
    return _Bind(None, None, value if process is None else process(value))


def _driver_error(dialect: Dialect) -> type[Exception]:
    """Of the driver, the class of all its errors: https://peps.python.org/pep-0249/#exceptions"""
    error: type[Exception] = dialect.loaded_dbapi.Error
    return error
