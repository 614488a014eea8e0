"""`remix-bot migrate`."""

from contextlib import nullcontext

import typer

from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.progress import shown_progress
from bot.settings.settings import Settings
from bot.storage.engine.backups.stopped import require_changeable
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.databases.postgresql import is_postgresql
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import DatabaseTooNewError
from bot.storage.engine.migrations import migrate as migrate_database


def migrate(context: typer.Context) -> None:
    """Update the database to this version. `run` does this too. The bot must be stopped."""
    settings: Settings = context.obj
    try:
        # On PostgreSQL `migrate_database` refuses by itself, and only if there is something to do.
        alone = nullcontext() if is_postgresql(settings.database_url) else process_lock(settings.database_url)
        with alone, shown_progress() as progress:
            require_changeable(settings.database_url)
            revision = migrate_database(settings.database_url, progress=progress)
    except (DatabaseInUseError, DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        fail_for(error, "migrate")
    typer.echo(f"The database is now at revision {revision}." if revision else "The database is up to date.")
