"""`remix-bot evidence` and its subcommands: what was reported as illegal, for the operator alone."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.pictures import pictures_of
from bot.cli.kit.plain_numbers import whole
from bot.settings.settings import Settings
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.migrations import DatabaseTooNewError
from bot.storage.engine.read_only import read_snapshot
from bot.storage.engine.sealing import WrongKeyError, new_keys
from bot.storage.matters import sealed
from bot.storage.matters.sealed import Event, Evidence
from bot.use_cases.reporting.evidence_by_command import (
    NoEvidenceError,
    destroy_evidence,
    export_evidence,
    restore_evidence,
)

_T = TypeVar("_T")

_NUMBER = typer.Argument(help="The number of the evidence.", parser=whole(1), metavar="NUMBER")
_KEY = typer.Option(help="The file with the private key.", exists=True, dir_okay=False, metavar="FILE")
_LAW = (
    "What you may look at, keep and hand on, and whom you have to tell, is a matter of law (docs/operators.md). Do not "
    "send these files to anybody but the authorities."
)

evidence = typer.Typer(add_completion=False)


@evidence.callback(invoke_without_command=True)
def list_evidence(context: typer.Context) -> None:
    """List what was reported as illegal, and what was done with it. The bot can keep running."""
    if context.invoked_subcommand is not None:
        return
    settings: Settings = context.obj
    try:
        found = read_snapshot(settings.database_url, sealed.read_all)
    except (DatabaseUnavailableError, OSError) as error:
        fail_for(error, "list the evidence")
    for each, events in found:
        typer.echo(_line(each))
        for event in events:
            typer.echo(_event(event))
    typer.echo(f"{len(found)} reported as illegal." if found else "Nothing was reported as illegal.")


@evidence.command()
def key(to: Annotated[Path, typer.Option(help="A new file for the private key.", metavar="FILE")]) -> None:
    """Make a pair of keys. The bot gets the public one; take the private one off this machine."""
    private, public = new_keys()
    try:
        with to.open("x", encoding="ascii") as file:
            file.write(f"{private}\n")
        to.chmod(0o600)
    except OSError as error:
        fail(f"Cannot write {to}: {error.strerror}.")
    typer.echo(f"EVIDENCE_PUBLIC_KEY={public}")
    typer.echo(f"The private key is in {to}. Keep it on another machine: without it, nobody can read the evidence.")


@evidence.command()
def export(
    context: typer.Context,
    number: Annotated[int, _NUMBER],
    key: Annotated[Path, _KEY],
    to: Annotated[Path, typer.Option(help="A new folder for the files.", metavar="FOLDER")],
) -> None:
    """Unseal it into files. On SQLite the bot must be stopped."""
    settings: Settings = context.obj
    private = _read_key(key)
    files = _run(
        lambda: export_evidence(settings.database_url, pictures_of(settings), number, private, _by(), _now()), number
    )
    try:
        to.mkdir(mode=0o700)
        for name, data in files.items():
            (to / name).write_bytes(data)
    except OSError as error:
        fail(f"Cannot write into {to}: {error.strerror}.")
    typer.echo(f"{len(files)} files are in {to}. {_LAW}")


@evidence.command()
def destroy(
    context: typer.Context,
    number: Annotated[int, _NUMBER],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Destroy it before its time. On SQLite the bot must be stopped."""
    settings: Settings = context.obj
    if not yes and not typer.confirm("Destroy it? Nothing brings it back, and the law may ask you to keep it."):
        fail("Nothing was destroyed.")
    _run(lambda: destroy_evidence(settings.database_url, pictures_of(settings), number, _by(), _now()), number)
    typer.echo("It is destroyed. The list keeps when, and by whom.")


@evidence.command()
def restore(context: typer.Context, number: Annotated[int, _NUMBER], key: Annotated[Path, _KEY]) -> None:
    """Give the author the results back: they were reported for nothing. On SQLite the bot must be stopped."""
    settings: Settings = context.obj
    private = _read_key(key)
    count = _run(
        lambda: restore_evidence(settings.database_url, pictures_of(settings), number, private, _by(), _now()), number
    )
    typer.echo(f"{count} results are back in /my-remixes of their author. Their messages stay deleted.")


def _run(act: Callable[[], _T], number: int) -> _T:
    try:
        return act()
    except NoEvidenceError:
        fail(f"Nothing is kept as evidence {number}. `remix-bot evidence` lists what there is.")
    except WrongKeyError as error:
        fail(f"That is not the key: {error}.", WRONG_SETTINGS)
    except DatabaseInUseError as error:
        fail(f"Cannot do it: {error}. Stop the bot first.")
    except (DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        fail_for(error, "do it")


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        fail("That file has no key.", WRONG_SETTINGS)


def _by() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _now() -> datetime:
    return datetime.now(UTC)


def _line(found: Evidence) -> str:
    if found.ended is not None:
        state = found.ended.value.replace("_", " ")
    elif found.until is not None:
        state = f"sealed, kept until {found.until:%Y-%m-%d}"
    else:
        state = "not sealed yet"
    return f"{found.id}  remix {found.job_id} by {found.author_id} in server {found.server_id}  {state}"


def _event(event: Event) -> str:
    return f"    {event.at:%Y-%m-%d %H:%M} UTC  {event.act.value.replace('_', ' ')}  by {event.by}"
