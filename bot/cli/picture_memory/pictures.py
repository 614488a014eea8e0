"""`remix-bot pictures` and its subcommands: the operator's list of pictures that no server may use."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.plain_numbers import whole
from bot.images.processes.kept_children import Children
from bot.images.processes.pool import PicturePool
from bot.rules.picture_memory import MOST_LISTED
from bot.rules.refusals import Reason, Refused
from bot.rules_from_settings import operator_rules
from bot.settings.settings import Settings
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.migrations import DatabaseTooNewError
from bot.storage.standing.pictures import ListedPicture, NewPicture
from bot.use_cases.pictures.operators_list import add_by_command, read_by_command, read_files, remove_by_command

_LONGEST_NOTE = 200
_LISTED = "Listed {name} as {number}."
_LISTED_FLAT = "Listed {name} as {number}. There is too little in it for a comparison: only the same file is refused."
_NOT_READ = {
    Reason.PICTURE_UNSUPPORTED: "it isn't a picture that the bot can read",
    Reason.PICTURE_UNREADABLE: "it is damaged or incomplete",
    Reason.PICTURE_TOO_LARGE: "it is larger than MAX_SOURCE_MB",
    Reason.PICTURE_TOO_MANY_PIXELS: "it has more pixels than MAX_SOURCE_MEGAPIXELS",
    Reason.PICTURE_TOO_SMALL: "it is too small",
    Reason.PICTURE_CAMERA_RAW: "it is a camera raw file",
}

pictures = typer.Typer(add_completion=False)


@pictures.callback(invoke_without_command=True)
def list_pictures(context: typer.Context) -> None:
    """List the pictures that no server may use, or change the list.

    Without a subcommand it lists them, and the bot can keep running. Only fingerprints are kept, and no pictures.
    """
    if context.invoked_subcommand is not None:
        return
    settings: Settings = context.obj
    try:
        found = read_by_command(settings.database_url)
    except (DatabaseUnavailableError, OSError) as error:
        fail_for(error, "list")
    for each in found:
        typer.echo(_line(each))
    typer.echo(f"{len(found)} listed." if found else "No picture is listed.")


@pictures.command()
def add(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Picture files.", metavar="FILE...")],
    *,
    note: Annotated[str | None, typer.Option(help="What to remember about them. It is stored.")] = None,
) -> None:
    """Refuse these pictures, and what looks like them, in all servers. On SQLite the bot must be stopped."""
    settings: Settings = context.obj
    if note is not None and len(note) > _LONGEST_NOTE:
        fail(f"The note can have at most {_LONGEST_NOTE} characters.", WRONG_SETTINGS)
    if len(files) > MOST_LISTED:
        fail(f"The list has room for {MOST_LISTED} pictures.", WRONG_SETTINGS)
    try:
        read = asyncio.run(_read(settings, files, note))
    except OSError as error:
        fail(f"Cannot read {error.filename}: {error.strerror}. Nothing was changed.")
    if wrong := [f"Cannot list {path}: {_why(each)}." for path, each in read.items() if isinstance(each, Refused)]:
        fail("\n".join([*wrong, "Nothing was changed."]))
    new = {path: each for path, each in read.items() if isinstance(each, NewPicture)}
    try:
        numbers = add_by_command(settings.database_url, list(new.values()), datetime.now(UTC))
    except DatabaseInUseError as error:
        fail(f"Cannot list them: {error}")
    except (DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        fail_for(error, "list them")
    for (path, each), number in zip(new.items(), numbers, strict=True):
        typer.echo((_LISTED if each.prints else _LISTED_FLAT).format(name=path, number=number))


@pictures.command()
def remove(
    context: typer.Context,
    numbers: Annotated[
        list[int], typer.Argument(help="Their numbers in the list.", parser=whole(1), metavar="NUMBER...")
    ],
) -> None:
    """Take pictures off the list. On SQLite the bot must be stopped."""
    settings: Settings = context.obj
    try:
        done = set(remove_by_command(settings.database_url, numbers))
    except DatabaseInUseError as error:
        fail(f"Cannot change the list: {error}")
    except (DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        fail_for(error, "change the list")
    for number in numbers:
        typer.echo(f"Took {number} off the list." if number in done else f"{number} is not on the list.")
    if not done:
        raise typer.Exit(1)


async def _read(settings: Settings, files: Sequence[Path], note: str | None) -> Mapping[Path, NewPicture | Refused]:
    limits = operator_rules(settings).source
    with closing(Children(max_pixels=limits.max_pixels, count=1)) as children:
        return await read_files(PicturePool(children), limits, files, note)


def _why(refused: Refused) -> str:
    return _NOT_READ.get(refused.reason, "it cannot be read")


def _line(each: ListedPicture) -> str:
    note = f"  {each.note}" if each.note else ""
    only = "" if each.has_prints else "  only this file"
    return f"{each.number}  {each.listed_at:%Y-%m-%d %H:%M} UTC{only}{note}"
