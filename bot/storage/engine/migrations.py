"""Migrates a database to the newest schema with Alembic, after making a backup."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from bot.rules.progress import Progress, Step, unseen
from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.errors import DatabaseUnavailableError
from bot.storage.engine.databases.process_lock import require_no_process
from bot.storage.engine.databases.sqlite import make_engine, sqlite_path

_KEPT_BACKUPS = 3
_ONE_MIGRATION = "SELECT pg_advisory_lock(20260431)"


class DatabaseTooNewError(Exception):
    """The database was migrated by a newer version of the bot."""


def scripts_folder() -> Path:
    """The migrations folder: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parents[2]
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def migrate(url: str, *, keep_copy: bool = True, progress: Progress = unseen) -> str | None:
    """Migrate to the newest revision. Returns that revision, or None if there was nothing to do.

    `keep_copy`: of the database as it was, beside it.

    Raises DatabaseTooNewError, DatabaseUnavailableError where the file cannot be opened or written, and on PostgreSQL
    DatabaseInUseError while processes of the older version work on it.
    """
    path = sqlite_path(url)
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    is_server = postgresql.is_postgresql(url)
    engine = postgresql.make_engine(url) if is_server else make_engine(url)
    try:
        with postgresql.connect(engine, url) if is_server else engine.connect() as connection:
            if is_server:
                postgresql.require_server(connection)
                # Two processes that start together: the second one waits, and then has nothing to do.
                connection.exec_driver_sql(_ONE_MIGRATION).close()
                connection.commit()
            return _migrate(connection, url, keep_copy=keep_copy, progress=progress)
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        raise DatabaseUnavailableError(f"cannot migrate: {getattr(error, 'orig', None) or error}") from error
    finally:
        engine.dispose()


def revision_of(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The revision that this version of the bot migrates to."""
    return ScriptDirectory(str(scripts_folder())).get_current_head()


def is_known(revision: str) -> bool:
    """False for a revision of a newer version of the bot."""
    return revision in {each.revision for each in ScriptDirectory(str(scripts_folder())).walk_revisions()}


def require_newest(connection: Connection) -> None:
    """Raises DatabaseTooNewError if another version of the bot has migrated the database meanwhile."""
    current = revision_of(connection)
    if current != newest_revision():
        raise DatabaseTooNewError(f"its revision {current} is not this version's: install the newer version again")


def _migrate(connection: Connection, url: str, *, keep_copy: bool, progress: Progress) -> str | None:
    newest, current = newest_revision(), revision_of(connection)
    # Reading the revision has begun a transaction, and `run` needs to begin its own.
    connection.rollback()
    if current == newest:
        return None
    if current is not None and not is_known(current):
        raise DatabaseTooNewError(f"its revision {current} is unknown to this version: install the newer version again")
    path = sqlite_path(url)
    if current is not None and path is not None and keep_copy:
        progress(Step.COPY_DATABASE, 0, None)
        back_up_before(path, current)
    run(connection, "upgrade", "head", progress)
    return newest


def run(connection: Connection, direction: str, revision: str, progress: Progress = unseen) -> None:
    """`upgrade` or `downgrade` to a revision, in one transaction."""
    config = Config()
    # Alembic interpolates `%` in its options, as configparser does.
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    last = newest_revision()
    config.attributes["applied"] = lambda **applied: progress(
        Step.MIGRATE, int(applied["step"].up_revision_id), None if last is None else int(last)
    )
    with connection.begin():
        if connection.dialect.name == "postgresql":
            postgresql.one_at_a_time(connection)
            require_no_process(connection)
        getattr(command, direction)(config, revision)


def back_up_before(path: str, revision: str) -> Path:
    """Copy the database beside itself, named by revision and time. Only the newest three copies are kept."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = Path(f"{path}.{revision}-{stamp}.bak")
    copy_sqlite(path, target)
    for old in sorted(target.parent.glob(f"{Path(path).name}.*.bak"), key=lambda file: file.stat().st_mtime)[
        :-_KEPT_BACKUPS
    ]:
        old.unlink()
    return target


def copy_sqlite(path: str, target: Path) -> None:
    """Make a consistent copy, even while the bot is writing. Raises sqlite3.Error."""
    source = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
    try:
        # A second connection that checkpoints can corrupt the log: https://www.sqlite.org/wal.html#walresetbug
        source.execute("PRAGMA wal_autocheckpoint=0").close()
        copy = sqlite3.connect(target)
        try:
            # https://www.sqlite.org/backup.html: copying the file itself would miss what is still in the log.
            source.backup(copy)
        finally:
            copy.close()
    finally:
        source.close()
