"""`remix-bot parked` and its subcommands."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.pictures import pictures_of
from bot.cli.kit.plain_numbers import whole
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.prices import dollars
from bot.settings.settings import Settings
from bot.storage.engine.blobs.mark import OtherPicturesError
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.migrations import DatabaseTooNewError
from bot.storage.engine.read_only import read_snapshot
from bot.storage.remixes.parked import Parked
from bot.use_cases.operator.decide_parked import NotDecided, decide_by_command, read_parked

_ALL = 10_000
_JOB = typer.Argument(help="The number of the remix.", parser=whole(1), metavar="JOB")
_AUTHOR_LATER = "The bot notifies the author within a minute, or at its next start."

# Tables of their own beside those of `/remix-operator` (bot/discord_app/operator/words.py): the commands have other
# names here, and importing discord.py would make this command slow.
_DECIDED = {
    ParkedDecision.RETRIED: f"Remix {{job}} is back in the queue. {_AUTHOR_LATER}",
    ParkedDecision.WRITTEN_OFF: f"Remix {{job}} is closed, and the unresolved money counts as spent. {_AUTHOR_LATER}",
    ParkedDecision.WRITTEN_OFF_UNCHARGED: (
        f"Remix {{job}} is closed, and the unresolved money is available again. {_AUTHOR_LATER}"
    ),
}
_NOT_DECIDED = {
    NotDecided.NOT_PARKED: "There is no parked remix {job}. `remix-bot parked` lists them.",
    NotDecided.REPEAT_WAITING: "The author has already requested remix {job} again, and that request is waiting."
    " Write {job} off, or wait.",
    NotDecided.SOURCE_DELETED: "The picture of remix {job} is gone, so you can only write it off.",
    NotDecided.TAKEN_DOWN: (
        "Remix {job} was taken down, or the owner of its picture wants no remixes of it. You can only write it off."
    ),
}

parked = typer.Typer(add_completion=False)


@parked.callback(invoke_without_command=True)
def list_parked(context: typer.Context) -> None:
    """List remixes whose paid call has an unknown outcome, or decide about one.

    Without a subcommand it lists them, and the bot can keep running.
    """
    if context.invoked_subcommand is not None:
        return
    settings: Settings = context.obj
    try:
        found = read_snapshot(settings.database_url, lambda connection: read_parked(connection, _ALL))
    except (DatabaseUnavailableError, OSError) as error:
        fail_for(error, "list")
    for each in found.shown:
        typer.echo(_line(each))
    typer.echo(f"{found.count} parked." if found.count else "Nothing is parked.")


@parked.command()
def retry(context: typer.Context, job: Annotated[int, _JOB]) -> None:
    """Send it to Ideogram again. You may pay twice. On SQLite the bot must be stopped."""
    _decide(context.obj, job, ParkedDecision.RETRIED)


@parked.command(name="write-off")
def write_off(
    context: typer.Context,
    job: Annotated[int, _JOB],
    *,
    charged: Annotated[
        bool | None,
        typer.Option(
            "--charged/--not-charged", help="Whether the unresolved money counts as spent.", show_default=False
        ),
    ] = None,
) -> None:
    """End it without a result. On SQLite the bot must be stopped."""
    if charged is None:
        fail("Add --charged if Ideogram billed it, or --not-charged if it did not.", WRONG_SETTINGS)
    _decide(context.obj, job, ParkedDecision.WRITTEN_OFF if charged else ParkedDecision.WRITTEN_OFF_UNCHARGED)


def _line(each: Parked) -> str:
    job = each.job
    who = f"person {job.user_id}  server {job.guild_id}"
    money = f"{job.speed.label}  {dollars(each.unresolved_micros)} unresolved"
    return f"{job.id}  {each.since:%Y-%m-%d %H:%M} UTC  {who}  {money}  {each.cause}"


def _decide(settings: Settings, job_id: int, decision: ParkedDecision) -> None:
    age = timedelta(seconds=settings.max_queue_age_s)
    try:
        refused = decide_by_command(
            settings.database_url, pictures_of(settings), job_id, decision, age, datetime.now(UTC)
        )
    except OtherPicturesError as error:
        fail(f"Cannot decide: {error}.", WRONG_SETTINGS)
    except DatabaseInUseError as error:
        fail(f"Cannot decide: {error}, or use /remix-operator in Discord")
    except (DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        fail_for(error, "decide")
    if refused is not None:
        fail(_NOT_DECIDED[refused].format(job=job_id))
    typer.echo(_DECIDED[decision].format(job=job_id))
