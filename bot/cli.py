"""The `remix-bot` command: thin; every subcommand reads the settings, calls one function, and sets the exit code."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from bot import __version__
from bot.settings.settings import Settings, SettingsError, load_settings, misspelled_names

WRONG_SETTINGS = 2
"""The exit code where starting again does not help: settings, a wrong token."""

_ENV_FILE = Path(".env")
_ALL = 10_000
_NOT_DECIDED = {
    "not_parked": "There is no parked remix {job}. `remix-bot parked` lists them.",
    "asked_anew": "Its author has asked for the same again by now, and that one waits. Write {job} off, or wait.",
    "picture_gone": "The picture of {job} is no longer kept, so it can only be written off.",
}

cli = typer.Typer(
    help="A Discord bot that makes Ideogram 4.0 remixes for communities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    cli()


def _fail(message: str, code: int = 1) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _settings(needs: Literal["all", "storage"]) -> Settings:
    try:
        return load_settings(_ENV_FILE, needs=needs)
    except SettingsError as error:
        _fail("\n".join(error.lines), WRONG_SETTINGS)


@cli.command()
def run() -> None:
    """Run the bot until it is told to stop (Ctrl-C or SIGTERM)."""
    settings = _settings("all")
    # Imported late, here and below: a wrong setting is told at once, and `--help` answers at once.
    from bot import logs  # noqa: PLC0415 - see above
    from bot.discord_app.connection import DiscordRefusedError  # noqa: PLC0415 - see above
    from bot.run import run as run_bot  # noqa: PLC0415 - see above
    from bot.storage.engine.database import DatabaseUnavailableError  # noqa: PLC0415 - see above
    from bot.storage.engine.migrations import DatabaseTooNewError  # noqa: PLC0415 - see above
    from bot.storage.engine.process_lock import DatabaseInUseError  # noqa: PLC0415 - see above

    keys = (settings.discord_token.get_secret_value(), settings.ideogram_api_key.get_secret_value())
    logs.configure(settings.log_format, settings.log_level, secrets=keys)
    logs.log_uncaught()
    for line in misspelled_names(_ENV_FILE) if _ENV_FILE.is_file() else ():
        typer.echo(line, err=True)
    try:
        asyncio.run(run_bot(settings))
    except DiscordRefusedError as error:
        _fail(f"{error}. Check the token in the Discord Developer Portal.", WRONG_SETTINGS)
    except (DatabaseInUseError, DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        _fail(f"Cannot run: {error}")


@cli.command()
def migrate() -> None:
    """Bring the database to this version's tables; `run` does the same by itself."""
    settings = _settings("storage")
    from bot.storage.engine.database import DatabaseUnavailableError  # noqa: PLC0415 - see run
    from bot.storage.engine.migrations import DatabaseTooNewError  # noqa: PLC0415 - see run
    from bot.storage.engine.migrations import migrate as migrate_database  # noqa: PLC0415 - see run
    from bot.storage.engine.process_lock import DatabaseInUseError, process_lock  # noqa: PLC0415 - see run

    try:
        with process_lock(settings.database_url):
            revision = migrate_database(settings.database_url)
    except (DatabaseInUseError, DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        _fail(f"Cannot migrate: {error}")
    typer.echo(f"The database is now at revision {revision}." if revision else "The database is up to date.")


@cli.command()
def backup(
    folder: Annotated[Path | None, typer.Argument(help="A new folder. Left out: backups/ and the time.")] = None,
) -> None:
    """Copy the database and its pictures into a new folder; also while the bot is running."""
    settings = _settings("storage")
    from bot.storage.engine.backup import back_up  # noqa: PLC0415 - see run
    from bot.storage.engine.blobs import BlobStore  # noqa: PLC0415 - see run
    from bot.storage.engine.database import DatabaseUnavailableError  # noqa: PLC0415 - see run

    target = folder or Path("backups") / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    try:
        done = back_up(settings.database_url, BlobStore(settings.blob_dir), target)
    except (OSError, DatabaseUnavailableError) as error:
        _fail(f"Cannot back up: {error}")
    typer.echo(f"The database and {done.pictures} pictures were copied to {target}.")
    if done.missing:
        _fail(f"{done.missing} pictures that the database names are not on the disk.")


@cli.command()
def usage(
    *,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="First day of UTC, as 2026-05-31.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day. Left out: today.")] = None,
    days: Annotated[str | None, typer.Option(metavar="N", help="So many days up to the last. Left out: 30.")] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="GROUP", help="day (the default), server, person or speed; more than once: by each."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated, without the budgets.")] = False,
) -> None:
    """Sum up what was spent, set aside and unresolved; also while the bot is running."""
    from bot.rules.usage_days import UnreadableError, read_days, read_groupings  # noqa: PLC0415 - see run

    now = datetime.now(UTC)
    try:
        asked, groups = read_days(since, until, days, now.date()), read_groupings(by or [])
    except UnreadableError as error:
        _fail(str(error), WRONG_SETTINGS)
    settings = _settings("storage")
    from bot.storage.engine.database import DatabaseUnavailableError  # noqa: PLC0415 - see run
    from bot.storage.engine.read_only import read_snapshot  # noqa: PLC0415 - see run
    from bot.usage_lines import as_csv, as_table  # noqa: PLC0415 - see run
    from bot.use_cases.usage.report_usage import report_usage  # noqa: PLC0415 - see run

    try:
        found = read_snapshot(settings.database_url, lambda connection: report_usage(connection, asked, groups, now))
    except (DatabaseUnavailableError, OSError) as error:
        _fail(f"Cannot sum up: {error}")
    text = as_csv(found) if csv else "\n".join([*as_table(found, settings.ceilings), ""])
    typer.echo(text, nl=False)


@cli.command()
def audit() -> None:
    """Check that the money and the way of every job add up; also while the bot is running. Exit code 1: they do not."""
    settings = _settings("storage")
    from bot.rules.audit import in_words  # noqa: PLC0415 - see run
    from bot.storage.engine.database import DatabaseUnavailableError  # noqa: PLC0415 - see run
    from bot.storage.engine.read_only import read_snapshot  # noqa: PLC0415 - see run
    from bot.use_cases.operator.audit_ledger import audit as audit_ledger  # noqa: PLC0415 - see run

    try:
        found = read_snapshot(settings.database_url, audit_ledger)
    except (DatabaseUnavailableError, OSError) as error:
        _fail(f"Cannot audit: {error}", WRONG_SETTINGS)
    for violation in found.violations:
        typer.echo(in_words(violation))
    typer.echo(f"{found.jobs} jobs, {len(found.violations)} violations")
    if found.violations:
        raise typer.Exit(1)


parked = typer.Typer(help="Remixes of which nobody knows whether they were made: list them, and decide.")
cli.add_typer(parked, name="parked")


@parked.callback(invoke_without_command=True)
def list_parked(context: typer.Context) -> None:
    """Without a subcommand: list them, also while the bot is running."""
    if context.invoked_subcommand is not None:
        return
    settings = _settings("storage")
    from bot.rules.prices import dollars  # noqa: PLC0415 - see run
    from bot.storage.engine.database import DatabaseUnavailableError  # noqa: PLC0415 - see run
    from bot.storage.engine.read_only import read_snapshot  # noqa: PLC0415 - see run
    from bot.use_cases.operator.decide_parked import list_parked as read_parked  # noqa: PLC0415 - see run

    try:
        found = read_snapshot(settings.database_url, lambda connection: read_parked(connection, _ALL))
    except (DatabaseUnavailableError, OSError) as error:
        _fail(f"Cannot list: {error}")
    for each in found.shown:
        job = each.job
        who = f"person {job.user_id}  server {job.guild_id}"
        money = f"{job.speed.label}  {dollars(each.unresolved_micros)} unresolved"
        typer.echo(f"{job.id}  {each.since:%Y-%m-%d %H:%M} UTC  {who}  {money}  {each.cause}")
    typer.echo(f"{found.count} parked." if found.count else "Nothing is parked.")


@parked.command()
def retry(job: Annotated[int, typer.Argument(help="Its number.")]) -> None:
    """Ask again at the next start: it may be paid twice. The bot must be stopped."""
    _decide("retried", job)
    typer.echo(f"Remix {job} is in the queue again. Its author is told at the next start.")


@parked.command(name="write-off")
def write_off(
    job: Annotated[int, typer.Argument(help="Its number.")],
    *,
    charged: Annotated[
        bool,
        typer.Option(
            "--charged/--not-charged", help="Whether the unresolved money counts as spent.", show_default=False
        ),
    ],
) -> None:
    """End it; it does not count against its author. The bot must be stopped."""
    _decide("written_off" if charged else "written_off_uncharged", job)
    money = "the unresolved money counts as spent" if charged else "the unresolved money is free again"
    typer.echo(f"Remix {job} is over, and {money}. Its author is told at the next start.")


def _decide(word: str, job_id: int) -> None:
    settings = _settings("storage")
    from bot.rules.parked_decisions import ParkedDecision  # noqa: PLC0415 - see run
    from bot.storage.engine.database import DatabaseUnavailableError  # noqa: PLC0415 - see run
    from bot.storage.engine.migrations import DatabaseTooNewError  # noqa: PLC0415 - see run
    from bot.storage.engine.process_lock import DatabaseInUseError  # noqa: PLC0415 - see run
    from bot.use_cases.operator.decide_parked import decide_while_stopped  # noqa: PLC0415 - see run

    age = timedelta(seconds=settings.max_queue_age_s)
    try:
        refused = decide_while_stopped(settings.database_url, job_id, ParkedDecision(word), age, datetime.now(UTC))
    except DatabaseInUseError as error:
        _fail(f"Cannot decide: {error}, or use /remix-operator in Discord")
    except (DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        _fail(f"Cannot decide: {error}")
    if refused is not None:
        _fail(_NOT_DECIDED[refused].format(job=job_id))


@cli.command()
def demo(  # noqa: PLR0913 - typer reads the options from the parameters
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page. 0: a free one.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the page's address.")] = False,
    latency: Annotated[float, typer.Option(min=0, help="Seconds that a remix takes.")] = 3.0,
    fail: Annotated[str | None, typer.Option(metavar="KIND", help="How every call of Ideogram fails.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Folder for database and pictures. Left out: kept nowhere.")] = None,
    smoke: Annotated[bool, typer.Option("--smoke", help="No page: make one remix, write it down and exit.")] = False,
    photo: Annotated[Path | None, typer.Option(help="--smoke: remix this picture instead of the sample.")] = None,
    prompt: Annotated[str, typer.Option(help="--smoke: what it becomes.")] = "the same cup on a snowy mountain at dawn",
    weight: Annotated[int, typer.Option(min=1, max=100, help="--smoke: how close it stays to the picture.")] = 60,
    out: Annotated[Path, typer.Option(help="--smoke: folder for the result.")] = Path("smoke-result"),
) -> None:
    """Try the unchanged bot without any key, in the browser. Stand-ins on this machine play Discord and Ideogram."""
    from bot.demo.simcord_version import WrongSimcordError, require_simcord  # noqa: PLC0415 - see run

    try:
        require_simcord()
    except WrongSimcordError as error:
        _fail(f"The demo cannot run: {error}")
    if smoke:
        _smoke(photo, prompt=prompt, weight=weight, out=out)
    else:
        _page(port=port, browser=not no_browser, latency_s=latency, fail=fail, keep=keep)


def _page(*, port: int, browser: bool, latency_s: float, fail: str | None, keep: Path | None) -> None:
    try:
        from bot.demo.ideogram_stand_in.dials import Fault  # noqa: PLC0415 - see run
        from bot.demo.live_discord import PageUnavailableError  # noqa: PLC0415 - see run
        from bot.demo.page.show import PageOptions, show_page  # noqa: PLC0415 - see run
    except ModuleNotFoundError as error:
        _fail(f"The demo needs {error.name}: install remix-bot[demo].")
    from bot import logs  # noqa: PLC0415 - see run
    from bot.storage.engine.database import DatabaseUnavailableError  # noqa: PLC0415 - see run
    from bot.storage.engine.migrations import DatabaseTooNewError  # noqa: PLC0415 - see run
    from bot.storage.engine.process_lock import DatabaseInUseError  # noqa: PLC0415 - see run

    if fail is not None and fail not in set(Fault):
        _fail(f"--fail {fail} is unknown. There are: {', '.join(Fault)}.", WRONG_SETTINGS)
    logs.configure("console", "WARNING")
    options = PageOptions(port, browser, latency_s, fail, keep)
    try:
        asyncio.run(show_page(options, typer.echo))
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo("The demo has ended.")
    except (PageUnavailableError, DatabaseInUseError, DatabaseTooNewError, DatabaseUnavailableError, OSError) as error:
        _fail(f"The demo cannot run: {error}")


def _smoke(photo: Path | None, *, prompt: str, weight: int, out: Path) -> None:
    try:
        from bot.demo.smoke import SmokeFailedError, make_one_remix, read_source  # noqa: PLC0415 - see run
    except ModuleNotFoundError as error:
        _fail(f"The demo needs {error.name}: install remix-bot[demo].")
    try:
        asyncio.run(make_one_remix(read_source(photo), prompt=prompt, weight=weight, out=out, tell=typer.echo))
    except (SmokeFailedError, OSError) as error:
        _fail(f"The demo did not work: {error}")


@cli.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)
