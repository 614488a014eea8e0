"""Finds out whether a database is damaged, such as by a file that was copied over it, before anything writes to it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.storage.engine.databases.errors import DatabaseUnavailableError
from bot.storage.engine.databases.sqlite import sqlite_path

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

# A file and the log of a later state of it can make a whole database: then pages that only the replaced file had are
# older than the rest. A remix that has ended would be open again, and paid for again.
_REVERTED = """
    SELECT jobs.id, jobs.state, (
        SELECT to_state FROM job_events WHERE job_id = jobs.id ORDER BY id DESC LIMIT 1
    ) AS last
    FROM jobs WHERE state IN ('queued', 'generating', 'generated', 'in_review', 'outcome_unknown')
    AND last IS NOT jobs.state LIMIT 1
"""


class DatabaseDamagedError(DatabaseUnavailableError):
    """Starting again does not help: the operator has to restore a backup. The text says so."""


def require_sound(url: str) -> None:
    """Raises DatabaseDamagedError, and DatabaseUnavailableError where it cannot be read at all. Changes nothing."""
    path = sqlite_path(url)
    if path is None or not Path(path).is_file():
        return
    if (damage := find_damage(Path(path))) is not None:
        raise DatabaseDamagedError(
            f"{path} is damaged: {damage}. If you copied it here, it may not belong to the log beside it, {path}-wal."
            " Put a backup in its place with `remix-bot restore FOLDER`. Nothing was changed"
        )


def find_damage(path: Path) -> str | None:
    """What SQLite says about the damage, without what is stored; None if it finds none.

    Raises DatabaseUnavailableError. Reads the whole file: for 200,000 remixes (240 MB) 0.6 to 1 s, and 3.3 s where a
    log is left.
    """
    # quick_check does not compare the indexes with their tables. After a stop in order there is no log, and nothing to
    # compare for. A log that was left by a kill, or that belongs to another file, is worth the longer check.
    # https://www.sqlite.org/pragma.html#pragma_quick_check
    has_log = _has_log(path)
    check = "integrity_check" if has_log else "quick_check"
    try:
        # Read-only: closing the last connection that can write would mix a foreign log into the file for good.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as reader:
            (found,) = reader.execute(f"PRAGMA {check}(1)").fetchone()
            if found == "ok" and has_log:
                return _find_reverted(reader)
    except sqlite3.DatabaseError as error:
        # An extended error code has the primary one in its lowest byte: https://www.sqlite.org/rescode.html
        if error.sqlite_errorcode & 0xFF in _DAMAGED:
            return str(error)
        raise DatabaseUnavailableError(f"{path} cannot be checked: {error}") from error
    return None if found == "ok" else str(found).replace("*** in database main ***\n", "").replace("\n", "; ")


def _find_reverted(reader: sqlite3.Connection) -> str | None:
    try:
        row = reader.execute(_REVERTED).fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            # It has no such tables: of an early version, or made a moment ago.
            return None
        raise
    return None if row is None else "remix {} is {}, but its last event is {}".format(*row)


def _has_log(path: Path) -> bool:
    log = Path(f"{path}-wal")
    return log.is_file() and log.stat().st_size > 0
