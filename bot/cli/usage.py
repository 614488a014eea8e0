"""`remix-bot usage`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.usage_lines import as_csv, as_table
from bot.cli.kit.usage_options import UnreadableError, read_days, read_groupings
from bot.settings.settings import Settings
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.read_only import read_snapshot
from bot.use_cases.usage.report_usage import report_usage


def usage(
    context: typer.Context,
    *,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="First day (UTC), such as 2026-05-31.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day (UTC). Default: today.")] = None,
    days: Annotated[
        str | None, typer.Option(metavar="N", help="Number of days up to the last one. Default: 30.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="GROUP", help="day (default), server, person or speed. Repeat it to combine groups."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values, without the budgets.")] = False,
) -> None:
    """Show what was spent, and what is reserved or unresolved. The bot can keep running."""
    settings: Settings = context.obj
    now = datetime.now(UTC)
    try:
        asked, groups = read_days(since, until, days, now.date()), read_groupings(by or [])
    except UnreadableError as error:
        fail(str(error), WRONG_SETTINGS)
    try:
        found = read_snapshot(settings.database_url, lambda connection: report_usage(connection, asked, groups, now))
    except (DatabaseUnavailableError, OSError) as error:
        fail_for(error, "read the usage")
    ceilings = (settings.ceilings, settings.server_ceilings, settings.person_ceilings)
    text = as_csv(found) if csv else "\n".join([*as_table(found, *ceilings), ""])
    typer.echo(text, nl=False)
