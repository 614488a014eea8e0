"""Statements of a remix's way whose SQL is made once and then run by the driver.

To find a statement's SQL again and to wrap what it brings takes SQLAlchemy five to ten times as long as SQLite takes to
run it, and a remix runs some hundred of them in the one thread that all wait for. What is rare stays with SQLAlchemy.
"""

import sqlite3
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
    """A select, insert, update or delete over `bindparam`s and the columns that are given values.

    Rows are named tuples of the selected columns. Raises what SQLAlchemy would, and KeyError where a value is missing
    or nobody asks for it. `IN` over a list is not prepared: the list would be part of the SQL.
    """

    __slots__ = ("_plans", "_statement")

    def __init__(self, statement: "sa.Select[Any] | sa.Insert | sa.Update | sa.Delete") -> None:
        self._statement = statement
        self._plans: dict[tuple[str, ...], _Plan] = {}

    def rows(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> list[Any]:
        plan, cursor = self._run(connection, values)
        return [plan.row(found) for found in cursor.fetchall()]

    def first(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> Any | None:  # noqa: ANN401 - each has its own columns
        """None: there is no row. Further ones are left out."""
        plan, cursor = self._run(connection, values)
        found = cursor.fetchone()
        cursor.close()
        return None if found is None else plan.row(found)

    def one(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> Any:  # noqa: ANN401 - each has its own columns
        """LookupError: there is no row."""
        row = self.first(connection, values)
        if row is None:
            raise LookupError("there is no such row")
        return row

    def scalar(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> Any:  # noqa: ANN401 - the type is the column's
        """The first column of the first row; None: there is none."""
        row = self.first(connection, values)
        return None if row is None else row[0]

    def change(self, connection: Connection, values: Mapping[str, object] = _NO_VALUES) -> int:
        """How many rows were inserted, updated or deleted."""
        cursor = self._run(connection, values)[1]
        changed: int = cursor.rowcount
        return changed

    def _run(self, connection: Connection, values: Mapping[str, object]) -> "tuple[_Plan, Any]":
        names = tuple(values)
        plan = self._plans.get(names)
        if plan is None:
            plan = self._plans[names] = _plan(self._statement, names, connection.dialect)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(plan.sql, plan.parameters(values))
        except sqlite3.Error as error:
            raise sa.exc.DBAPIError.instance(
                plan.sql, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
            ) from error
        return plan, cursor


@dataclass(frozen=True, slots=True)
class _Bind:
    """One place in the SQL: the value of that name, made fit for the driver; without a name always the same."""

    name: str | None
    process: _Process
    constant: object


@dataclass(frozen=True, slots=True)
class _Plan:
    """`results`: the columns that the driver does not bring as they are meant."""

    sql: str
    binds: Sequence[_Bind]
    row_type: Callable[[Any], Any]
    results: Sequence[tuple[int, Callable[[Any], Any]]]

    def parameters(self, values: Mapping[str, object]) -> list[object]:
        return [_parameter(bind, values) for bind in self.binds]

    def row(self, found: Sequence[object]) -> Any:  # noqa: ANN401 - each plan has its own
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
        raise TypeError("another database needs other words for parameters")
    if compiled.post_compile_params:
        raise TypeError("a list within IN is not prepared")
    binds = [compiled.binds[name] for name in compiled.positiontup]
    if unasked := set(names) - {bind.key for bind in binds}:
        raise KeyError(*unasked)
    columns = list(statement.exported_columns.items())
    make_row = namedtuple("Row", [str(name) for name, _ in columns], rename=True)._make  # type: ignore[attr-defined]  # noqa: PYI024 - the columns are the statement's
    processes = [column.type.dialect_impl(dialect).result_processor(dialect, None) for _, column in columns]
    return _Plan(
        compiled.string,
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
