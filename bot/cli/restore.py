"""`remix-bot restore`."""

import sys
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.kit.database_errors import require_file
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.pictures import pictures_of
from bot.cli.kit.plain_numbers import usd
from bot.cli.kit.progress import shown_progress
from bot.cli.kit.restore_lines import finished_lines, gap_lines, restored_lines
from bot.rules.prices import dollars
from bot.rules.progress import Progress
from bot.settings.settings import Settings
from bot.storage.engine.backups.restore import BackupUnusableError, Source, backup_in, in_place
from bot.storage.engine.blobs.store import BlobsUnusableError
from bot.storage.engine.database import CannotConnectError, DatabaseUnavailableError
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.databases.postgresql import is_postgresql
from bot.storage.engine.migrations import DatabaseTooNewError
from bot.storage.engine.read_only import NoDatabaseError
from bot.storage.restores.known import Spent
from bot.use_cases.operator.restore_backup import Prepared, RestoreFinishedError, Restoring, restoring
from bot.use_cases.operator.settle_in_place import SettlingInPlace, settling_in_place

_WRONG = (NoDatabaseError, CannotConnectError, BackupUnusableError, BlobsUnusableError, DatabaseTooNewError)
_SPENT = typer.Option(
    "--spent-usd", parser=usd, metavar="DOLLARS", help="What was spent since the backup. It counts today."
)
_OTHER_TOOLS = (
    "Cannot restore a folder: the database is PostgreSQL. Put its dump back with pg_restore and the pictures into"
    " BLOB_DIR, and then run `remix-bot restore --in-place` (docs/scaling.md). Nothing was changed."
)
_NOT_KNOWN = (
    "Nobody knows what was spent since the backup: there is no newer database to read. Nothing was changed."
    " Look it up on Ideogram's usage page, and add --spent-usd DOLLARS (0 if it was nothing)."
)


def restore(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="A folder that `remix-bot backup` made, or a copy of the database alone.")
    ] = None,
    *,
    here: Annotated[
        bool, typer.Option("--in-place", help="Take the database that is there: you have copied a backup to its place.")
    ] = False,
    without_manifest: Annotated[
        bool, typer.Option("--without-manifest", help="Also take a folder that an earlier version made.")
    ] = False,
    spent_usd: Annotated[int | None, _SPENT] = None,
) -> None:
    """Put a backup in the place of the database and the pictures. The bot must be stopped.

    Nothing is lost: what was there is moved aside. What was waiting or being made at the time of the backup is not paid
    for again.
    """
    settings: Settings = context.obj
    if (folder is None) is not here:
        fail("Name a folder, or use --in-place.", WRONG_SETTINGS)
    try:
        url = settings.database_url
        if folder is None and is_postgresql(url):
            source = None
        else:
            require_file(url, _OTHER_TOOLS)
            source = in_place(url) if folder is None else backup_in(folder, without_manifest=without_manifest)
        lines = _restore(settings, source, spent_usd, datetime.now(UTC))
    except RestoreFinishedError as error:
        lines = [*finished_lines(error.aside)]
    except _WRONG as error:
        fail(f"Cannot restore: {error}. Nothing was changed.", WRONG_SETTINGS)
    except DatabaseInUseError as error:
        fail(f"Cannot restore: {error}")
    except (DatabaseUnavailableError, OSError) as error:
        fail(f"Cannot restore: {error}. Run the same command again to go on.")
    typer.echo("\n".join(lines))


def _restore(settings: Settings, source: Source | None, entered: int | None, now: datetime) -> list[str]:
    """`source` None: the database of the server. Returns what to say about it."""
    with ExitStack() as stack:
        with shown_progress() as progress:
            prepared = stack.enter_context(_prepared(settings, source, now, progress))
        typer.echo("\n".join(gap_lines(prepared)))
        spent = _spent(prepared, entered, now)
        with shown_progress() as progress:
            done = prepared.put_in_place(spent, now, progress)
    return [*restored_lines(prepared, done, spent)]


def _prepared(
    settings: Settings, source: Source | None, now: datetime, progress: Progress
) -> AbstractContextManager[Restoring | SettlingInPlace]:
    if source is None:
        return settling_in_place(settings.database_url, now, progress)
    return restoring(settings.database_url, pictures_of(settings), source, now, progress)


def _spent(prepared: Prepared, entered: int | None, now: datetime) -> Spent:
    """By day and server as the replaced database knows it, unless the operator knows better."""
    proposed = prepared.spent_since
    total = None if proposed is None else sum(proposed.values())
    if entered is None and sys.stdin.isatty() and sys.stderr.isatty():
        entered = _ask(total)
    if entered is None and proposed is None:
        fail(_NOT_KNOWN, WRONG_SETTINGS)
    if proposed is not None and entered in (None, total):
        return proposed
    unknown = (now.date().isoformat(), None)
    if proposed is not None and total is not None and entered is not None and entered > total:
        # What is known still counts on its day and in its server, whose budgets would else be open again.
        return {**proposed, unknown: proposed.get(unknown, 0) + entered - total}
    return {unknown: entered} if entered else {}


def _ask(total: int | None) -> int:
    question = "US dollars spent since the backup, as Ideogram's usage page says"
    answer: int = typer.prompt(
        question, default=None if total is None else dollars(total).removeprefix("$"), value_proc=usd, err=True
    )
    return answer
