"""Lists the pictures that a database names, whatever version of the bot made it."""

import sqlite3
from contextlib import closing
from pathlib import Path

_COLUMNS = (("jobs", "source_hash"), ("results", "hash"), ("evidence", "hash"), ("drafts", "source_hash"))


def named_pictures(database: Path) -> set[str]:
    """The hashes of sources, results, evidence and drafts. Raises sqlite3.Error.

    `database`: a copy that nothing writes to.
    """
    with closing(connect_unchanging(database)) as reader:
        tables = {name for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        # A database of an earlier version lacks some of the tables, but never these two.
        needed = [(table, column) for table, column in _COLUMNS if table in tables or table in {"jobs", "results"}]
        queries = [f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL" for table, column in needed]  # noqa: S608 - names of our tables
        return {name for query in queries for (name,) in reader.execute(query)}


def connect_unchanging(database: Path) -> sqlite3.Connection:
    """To a copy that nothing writes to. Leaves no files beside it, and needs no right to write there."""
    # https://www.sqlite.org/c3ref/open.html#coreqparameters
    return sqlite3.connect(f"{database.absolute().as_uri()}?immutable=1", uri=True)
