"""`remix-bot backup`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.kit.exits import fail
from bot.settings.settings import Settings
from bot.storage.engine.backup import back_up
from bot.storage.engine.blobs import BlobStore
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.owner_only import DEFAULT_BACKUPS


def backup(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="A folder that does not exist yet. Default: backups/ and the time.")
    ] = None,
) -> None:
    """Copy the database and the pictures to a new folder. The bot can keep running."""
    settings: Settings = context.obj
    target = folder or DEFAULT_BACKUPS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    try:
        done = back_up(settings.database_url, BlobStore(settings.blob_dir), target)
    except (OSError, DatabaseUnavailableError) as error:
        fail(f"Cannot back up: {error}")
    typer.echo(f"Copied the database and {done.pictures} pictures to {target}.")
    if done.missing:
        fail(f"{done.missing} pictures that the database names are not on the disk.")
