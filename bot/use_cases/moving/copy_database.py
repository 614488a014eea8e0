"""Copies a SQLite file into an empty PostgreSQL database: all or nothing, with the audit of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.rules.audit import Violation
from bot.rules.progress import Progress, unseen
from bot.storage.engine.backups.stopped import require_changeable
from bot.storage.engine.copying.moved_mark import mark_moved
from bot.storage.engine.copying.rows import commit, copy_rows, drop_tables, empty_target, has_tables
from bot.storage.engine.database import Connection
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.databases.shown import shown_database
from bot.storage.engine.migrations import DatabaseTooNewError, is_known, migrate, newest_revision, revision_of
from bot.storage.engine.read_only import existing_database, read_snapshot
from bot.use_cases.operator.audit_ledger import Audit, audit


@dataclass(frozen=True, slots=True)
class Copied:
    """`rows`: by table. `replaced`: how many texts of a column have a replaced character. `mark`: None in a rehearsal.

    `audit`: of the file, and the same of the copy.
    """

    rows: Mapping[str, int]
    replaced: Mapping[str, int]
    audit: Audit
    mark: Path | None


class BooksWrongError(Exception):
    """The audit of the file finds something. Nothing was copied."""

    def __init__(self, found: Audit) -> None:
        super().__init__()
        self.found = found


class CopyDiffersError(Exception):
    """The audit of the copy says something else than that of the file. Nothing was stored."""


class OldSchemaError(Exception):
    """The file has to be migrated first."""


def copy_database(
    source: str, target: str, *, rehearse: bool, with_wrong_books: bool, progress: Progress = unseen
) -> Copied:
    """From the URL of a file to that of a server, while no bot runs on either. The file is not changed.

    `rehearse`: do all of it, then store nothing. The tables go again, if it had none before.

    Raises NoDatabaseError, DatabaseInUseError, DatabaseTooNewError, OldSchemaError, BooksWrongError, NotEmptyError,
    CopyDiffersError, OSError, and DatabaseUnavailableError with its subclasses.
    """
    existing_database(source)
    with process_lock(source), process_lock(target):
        require_changeable(source)
        read_snapshot(source, partial(_require_newest_schema, source))
        was_empty = not has_tables(target)
        try:
            migrate(target, progress=progress)
            copy = partial(_copy, source, target, rehearse, with_wrong_books, progress)
            return read_snapshot(source, copy)
        finally:
            if rehearse and was_empty:
                drop_tables(target)


def _require_newest_schema(url: str, connection: Connection) -> None:
    revision = revision_of(connection)
    if revision is not None and not is_known(revision):
        raise DatabaseTooNewError(f"its revision {revision} is unknown to this version: install the newer version")
    if revision != newest_revision():
        raise OldSchemaError(
            f"{shown_database(url)} is of an earlier version (revision {revision}). Run `remix-bot migrate` with"
            " DATABASE_URL set to that file first"
        )


def _copy(
    source: str, target: str, rehearse: bool, with_wrong_books: bool, progress: Progress, reader: Connection
) -> Copied:
    found = audit(reader, progress)
    if found.violations and not with_wrong_books:
        raise BooksWrongError(found)
    with empty_target(target) as writer:
        copied = copy_rows(reader, writer, progress)
        if not _says_the_same(found, audit(writer, progress)):
            raise CopyDiffersError
        if rehearse:
            writer.rollback()
            return Copied(copied.rows, copied.replaced, found, None)
        # Before the COMMIT: after a crash in between, one database too few can be used, and not one too many.
        mark = mark_moved(source, shown_database(target))
        commit(writer)
        return Copied(copied.rows, copied.replaced, found, mark)


def _says_the_same(one: Audit, other: Audit) -> bool:
    return one.jobs == other.jobs and sorted(map(_figures, one.violations)) == sorted(map(_figures, other.violations))


def _figures(violation: Violation) -> tuple[str, ...]:
    # PostgreSQL's sums are Decimals.
    figures = (f"{name}={value}" for name, value in sorted(violation.figures.items()))
    return (violation.invariant, violation.finding, str(violation.job_id), *figures)
