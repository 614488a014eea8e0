"""`remix-bot move-blobs`."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer

from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.pictures import pictures_of
from bot.cli.kit.progress import shown_progress
from bot.rules_from_settings import picture_place
from bot.settings.settings import Settings
from bot.settings.values import read_blob_url
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.moving import Moved
from bot.storage.engine.blobs.moving import move_blobs as move_them
from bot.storage.engine.blobs.store import BlobStore, BlobsUnusableError
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.databases.process_lock import DatabaseInUseError, process_lock
from bot.storage.engine.read_only import NoDatabaseError, read_snapshot, require_existing
from bot.storage.remixes.retention import all_named

_NAMED = 20
_PLACE = "file:///folder or s3://bucket/prefix"


def move_blobs(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", show_default=False, help=f"Where they are: {_PLACE}.")],
    target: Annotated[str, typer.Argument(metavar="TO", show_default=False, help=f"Where they go: {_PLACE}.")],
    *,
    delete: Annotated[
        bool,
        typer.Option("--delete", help="Delete each original once its copy was read. The bot must be stopped."),
    ] = False,
) -> None:
    """Copy all pictures from one place to another, and check each against its hash. Nothing in TO is deleted.

    It goes on where it was stopped. Beside a running bot, repeat it once the bot is stopped, for what came meanwhile.
    Exit code 1: pictures are missing or damaged.
    """
    settings: Settings = context.obj
    origin, place = _url(source, "FROM"), _url(target, "TO")
    read, written = pictures_of(settings, origin), pictures_of(settings, place)
    if picture_place(settings, origin) == picture_place(settings, place):
        fail("FROM and TO are the same place.", WRONG_SETTINGS)
    try:
        with _bot_kept_stopped(settings, needed=delete) as named, shown_progress() as progress:
            if isinstance(read, FileBlobs) and not read.folder.is_dir():
                fail(f"There is no folder {read.folder}. Nothing was changed.", WRONG_SETTINGS)
            written.prepare()
            mark = _shared_mark(read, written)
            moved = move_them(read, written, delete=delete, progress=progress)
            missing = None if named is None else named - {entry.name for entry in written.entries()}
            if mark is not None and missing == set():
                written.write_mark(mark)
                if delete:
                    read.write_mark(None)
    except BlobsUnusableError as error:
        fail(f"Cannot move the pictures: {error}. Nothing was changed.", WRONG_SETTINGS)
    except DatabaseInUseError as error:
        fail(f"Cannot delete the originals: {error}. Nothing was changed.")
    except (DatabaseUnavailableError, OSError) as error:
        fail(f"Cannot move the pictures: {error}. Run the same command again to go on.")
    _report(moved, place, missing)


def _shared_mark(source: BlobStore, target: BlobStore) -> str | None:
    """What the target gets once it has every picture, so that the bot starts on it."""
    mark, other = source.read_mark(), target.read_mark()
    if None not in (mark, other) and mark != other:
        fail(f"TO has the pictures of another database: see {target.mark_place}. Nothing was changed.", WRONG_SETTINGS)
    return mark


def _url(text: str, name: str) -> str:
    try:
        return read_blob_url(text)
    except ValueError as error:
        fail(f"{name} {error}.", WRONG_SETTINGS)


@contextmanager
def _bot_kept_stopped(settings: Settings, *, needed: bool) -> Iterator[set[str] | None]:
    """The pictures that the database names. None: there is none, or the bot runs, which is fine unless `needed`."""
    url = settings.database_url
    try:
        require_existing(url)
    except NoDatabaseError:
        typer.echo("There is no database to compare with: DATABASE_URL.", err=True)
        yield None
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(process_lock(url))
        except DatabaseInUseError:
            if needed:
                raise
            typer.echo("The bot is running: run this again once it is stopped.", err=True)
            yield None
        else:
            yield read_snapshot(url, all_named)


def _report(moved: Moved, target: str, missing: set[str] | None) -> None:
    """`missing`: named by the database; None if nobody asked it."""
    there = f" {moved.there:,} were there already." if moved.there else ""
    typer.echo(f"Copied {moved.copied:,} pictures to {target}.{there}")
    if moved.deleted:
        typer.echo(f"Deleted {moved.deleted:,} originals.")
    others = sorted((missing or set()) - set(moved.bad))
    lines = [*_listed(moved.bad, "damaged, or gone, where they were"), *_listed(others, "missing")]
    if lines:
        fail("\n".join(lines))
    if missing is not None:
        typer.echo(f"It has every picture that the database names. Now set BLOB_URL={target} and start the bot.")


def _listed(names: list[str], what: str) -> list[str]:
    if not names:
        return []
    more = [f"and {len(names) - _NAMED:,} more"] if len(names) > _NAMED else []
    count = "1 picture is" if len(names) == 1 else f"{len(names):,} pictures are"
    return [f"{count} {what}:", *names[:_NAMED], *more]
