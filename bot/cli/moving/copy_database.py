"""`remix-bot copy-database`."""

from typing import Annotated

import typer

from bot.cli.kit.audit_lines import violation_line
from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.progress import shown_progress
from bot.settings.settings import Settings
from bot.settings.values import read_database_url
from bot.storage.engine.copying.moved_mark import DatabaseMovedError
from bot.storage.engine.copying.rows import NotEmptyError
from bot.storage.engine.database import DatabaseUnavailableError, OutcomeUnknownError
from bot.storage.engine.databases.postgresql import is_postgresql
from bot.storage.engine.databases.process_lock import DatabaseInUseError
from bot.storage.engine.databases.shown import shown_database
from bot.storage.engine.migrations import DatabaseTooNewError
from bot.use_cases.moving.copy_database import (
    BooksWrongError,
    Copied,
    CopyDiffersError,
    OldSchemaError,
)
from bot.use_cases.moving.copy_database import copy_database as copy_it

_ASK_THE_AUDIT = (
    "Run `remix-bot audit` with DATABASE_URL set to the new database: it has all remixes or none. If it has none,"
    " delete"
)
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_PLACES = typer.Argument(
    metavar="[FROM] [TO]",
    show_default=False,
    help="A SQLite file (its path or URL), and the URL of an empty PostgreSQL database. The one that you leave out is "
    "DATABASE_URL.",
)


def copy_database(
    context: typer.Context,
    places: Annotated[list[str], _PLACES],
    *,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Copy and check everything, then store nothing. The bot must be stopped.")
    ] = False,
    with_wrong_books: Annotated[
        bool, typer.Option("--with-wrong-books", help="Copy even though `remix-bot audit` finds something.")
    ] = False,
) -> None:
    """Copy a SQLite database into an empty PostgreSQL database. The bot must be stopped.

    All or nothing: if anything fails, the new database stays empty. The file is not changed, but the bot no longer
    starts on it. Pictures stay where they are.
    """
    settings: Settings = context.obj
    source, target = _both(places, settings.database_url)
    try:
        with shown_progress() as progress:
            copied = copy_it(source, target, rehearse=rehearse, with_wrong_books=with_wrong_books, progress=progress)
    except BooksWrongError as error:
        for violation in error.found.violations:
            typer.echo(violation_line(violation))
        fail(
            "Cannot copy: the books of the file are wrong. Nothing was copied. To copy it as it is: --with-wrong-books"
        )
    except (OldSchemaError, NotEmptyError, DatabaseMovedError) as error:
        fail(f"Cannot copy: {error}. Nothing was changed.", WRONG_SETTINGS)
    except CopyDiffersError:
        fail("Cannot copy: the audit of the copy says something else than that of the file. Nothing was stored.")
    except OutcomeUnknownError as error:
        fail(f"Cannot copy: {error}. {_ASK_THE_AUDIT} {shown_database(source)}.moved and copy again.")
    except (DatabaseInUseError, DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        fail_for(error, "copy")
    typer.echo("\n".join(_lines(copied, source, target)))


def _both(places: list[str], here: str) -> tuple[str, str]:
    """The URLs of the file and of the server."""
    if len(places) > 2:  # noqa: PLR2004 - FROM and TO
        fail("Name FROM and TO, or one of them.", WRONG_SETTINGS)
    named = [_url(place) for place in places]
    if len(named) == 1:
        named = [here, *named] if is_postgresql(named[0]) else [*named, here]
    source, target = named
    if is_postgresql(source) or not is_postgresql(target):
        fail(
            "FROM must be a SQLite file, and TO a PostgreSQL database: postgresql://user:password@host:port/name. The"
            " one that you do not name is DATABASE_URL. The other direction is not offered.",
            WRONG_SETTINGS,
        )
    return source, target


def _url(place: str) -> str:
    is_url = place.startswith(("sqlite:", "postgresql:", "postgres:")) or "://" in place
    try:
        return read_database_url(place if is_url else f"sqlite:///{place}")
    except ValueError as error:
        fail(f"A database that you named {error}.", WRONG_SETTINGS)


def _lines(copied: Copied, source: str, target: str) -> list[str]:
    rows, wrong = sum(copied.rows.values()), len(copied.audit.violations)
    lines = [f"Copied {rows:,} rows of {len(copied.rows)} tables, with {copied.audit.jobs:,} remixes."]
    lines += [f"The audit says the same of both: {wrong} violations."]
    lines += [
        f"{column}: {number} texts had characters that PostgreSQL does not store. There they are {_REPLACED}."
        for column, number in copied.replaced.items()
    ]
    if copied.mark is None:
        return [*lines, "This was a rehearsal: nothing was stored, and the bot can go on with the file."]
    goes_on = f"All of it is in {shown_database(target)} now. Set DATABASE_URL to it, and start the bot."
    goes_back = f"So that nobody uses both, the bot no longer starts on it: to go back, delete {copied.mark}"
    return [
        *lines,
        f"{goes_on} The pictures stay where they are.",
        f"{shown_database(source)} is as it was. {goes_back}",
    ]
