"""`remix-bot backup`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.kit.database_errors import fail_for, require_file
from bot.cli.kit.exits import fail
from bot.cli.kit.pictures import pictures_of
from bot.cli.kit.plain_numbers import whole
from bot.cli.kit.progress import shown_progress
from bot.settings.settings import Settings
from bot.storage.engine.backups.backup import back_up
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.owner_only import DEFAULT_BACKUPS

_OTHER_TOOLS = (
    "Cannot back up: the database is PostgreSQL. Use pg_dump, and then copy the pictures, unless they are in S3"
    " (docs/scaling.md)."
)
_KEEP = typer.Option(
    parser=whole(1), metavar="N", help="Afterwards delete this database's older backups beside it, all but N."
)


def backup(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="A folder that does not exist yet. Default: backups/ and the time.")
    ] = None,
    *,
    keep: Annotated[int | None, _KEEP] = None,
) -> None:
    """Copy the database and the pictures to a new folder. The bot can keep running. Pictures in S3 stay there.

    `remix-bot restore` puts them back. Exit code 2: there is no database, or it is PostgreSQL.
    """
    settings: Settings = context.obj
    require_file(settings.database_url, _OTHER_TOOLS)
    now = datetime.now(UTC)
    target = folder or DEFAULT_BACKUPS / now.strftime("%Y-%m-%dT%H-%M-%SZ")
    try:
        with shown_progress() as progress:
            done = back_up(settings.database_url, pictures_of(settings), target, now, keep=keep, progress=progress)
    except (DatabaseUnavailableError, OSError) as error:
        fail_for(error, "back up")
    if settings.picture_folder is None:
        typer.echo(f"Copied the database to {target}. Its {done.pictures} pictures stay in {settings.blob_url}.")
    else:
        typer.echo(f"Copied the database and {done.pictures} pictures to {target}.")
    if done.deleted:
        typer.echo(f"Deleted {done.deleted} older backups.")
    if done.missing:
        where = "on the disk" if settings.picture_folder else f"in {settings.blob_url}"
        fail(f"{done.missing} pictures that the database names are not {where}.")
