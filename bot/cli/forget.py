"""`remix-bot forget`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.pictures import pictures_of
from bot.rules.erasures import ErasureKind
from bot.settings.settings import Settings
from bot.storage.engine.blobs.mark import OtherPicturesError
from bot.storage.engine.database import CannotConnectError, DatabaseUnavailableError
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.migrations import DatabaseTooNewError
from bot.storage.engine.read_only import NoDatabaseError
from bot.use_cases.privacy.erase_while_stopped import Erased, erase_while_stopped

_LARGEST_ID = 2**63 - 1
_GOES = {
    ErasureKind.PERSON: (
        "Erases person {id} in all servers: prompts, pictures, results, links, refusals, and what others made from"
        " their pictures with Again.\nStays, without prompts and pictures: costs, limits, blocks, moderators' cases."
        " Evidence stays until its time is over."
    ),
    ErasureKind.SERVER: (
        "Erases server {id}: prompts, pictures and results of all its remixes, its settings, plans, blocks, cases and"
        " log entries.\nStays, without prompts and pictures: costs."
    ),
}
_BACKUPS = "Backups keep what they have: delete those from before today, or erase again after you restore one."


def forget(
    context: typer.Context,
    *,
    person: Annotated[
        int | None, typer.Option(min=1, max=_LARGEST_ID, metavar="ID", help="A person's Discord id.")
    ] = None,
    server: Annotated[int | None, typer.Option(min=1, max=_LARGEST_ID, metavar="ID", help="A server's id.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Erase what is stored about a person or a server. The bot must be stopped.

    Messages in Discord are deleted once the bot runs again.
    """
    settings: Settings = context.obj
    kind, subject_id = _read_subject(person, server)
    typer.echo(_GOES[kind].format(id=subject_id))
    if not yes and not typer.confirm("Erase it? Nothing brings it back."):
        fail("Nothing was erased.")
    try:
        done = erase_while_stopped(
            settings.database_url,
            pictures_of(settings),
            kind,
            subject_id,
            datetime.now(UTC),
            _show_progress,
        )
    except DatabaseInUseError as error:
        fail(f"Cannot erase: {error}. While it runs, people can use /remix-privacy.")
    except OtherPicturesError as error:
        fail(f"Cannot erase: {error}.", WRONG_SETTINGS)
    except (NoDatabaseError, CannotConnectError) as error:
        fail_for(error, "erase")
    except (DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        fail(f"Cannot erase: {error}. Run the same command again to go on.")
    typer.echo("\n".join(_report(done)))


def _read_subject(person: int | None, server: int | None) -> tuple[ErasureKind, int]:
    named = [(ErasureKind.PERSON, person), (ErasureKind.SERVER, server)]
    given = [(kind, subject_id) for kind, subject_id in named if subject_id is not None]
    if len(given) != 1:
        fail("Name one of them: --person ID or --server ID.", WRONG_SETTINGS)
    return given[0]


def _show_progress(remixes: int) -> None:
    typer.echo(f"{remixes} remixes so far", err=True)


def _report(done: Erased) -> list[str]:
    lines = [f"Erased {done.remixes} remixes and {done.files} picture files."]
    if done.messages:
        lines.append("Their messages in Discord are deleted once the bot runs.")
    if done.unfinished:
        lines.append("Some are still being made: the bot erases them once it runs and their paid calls are over.")
    return [*lines, _BACKUPS]
