"""Numbers each commit that changes something, so that the data tells whether a COMMIT that failed was stored."""

import secrets
import sqlite3


class CommitMarks:
    """The marks of one writing connection.

    An engine with several writers has a row for each. Locking it waits for a COMMIT that is still on its way:
    https://www.postgresql.org/docs/15/explicit-locking.html#LOCKING-ROWS
    """

    def __init__(self, writer: int = 1) -> None:
        # No number of an earlier process: its last commit may be in the row.
        self._writer, self._number = writer, secrets.randbits(60)

    def put(self, driver: sqlite3.Connection) -> int:
        self._number += 1
        driver.execute(
            "INSERT OR REPLACE INTO commit_marks (writer, number) VALUES (?, ?)", (self._writer, self._number)
        )
        return self._number

    def is_there(self, driver: sqlite3.Connection, number: int) -> bool:
        found = driver.execute("SELECT number FROM commit_marks WHERE writer = ?", (self._writer,)).fetchone()
        return bool(found == (number,))


def error_code(error: Exception) -> int | None:
    """SQLite's primary result code: https://www.sqlite.org/rescode.html#primary_result_code_list"""
    code: int | None = getattr(getattr(error, "orig", None) or error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
