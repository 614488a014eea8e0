"""`remix-bot usage`."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.usage_chart import MOST_DAYS, DailyMoney, daily_money, draw_png, print_bars
from bot.cli.kit.usage_lines import as_csv, as_table
from bot.cli.kit.usage_options import UnreadableError, read_days, read_groupings
from bot.settings.settings import Settings
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.read_only import read_snapshot
from bot.use_cases.usage.report_usage import report_usage

_SINCE = typer.Option(metavar="DATE", help="First day (UTC), such as 2026-05-31.")
_UNTIL = typer.Option(metavar="DATE", help="Last day (UTC). Default: today.")
_DAYS = typer.Option(metavar="N", help="Number of days up to the last one. Default: 30.")
_BY = typer.Option(metavar="GROUP", help="day (default), server, person or speed. Repeat it to combine groups.")
_CSV = typer.Option("--csv", help="Print comma-separated values, without the budgets.")
_CHART = typer.Option("--chart", help="Draw a bar for each day. On a terminal it is drawn for up to 62 days.")
_PNG = typer.Option(metavar="FILE", help="Also write the chart to this PNG file.")


def usage(
    context: typer.Context,
    *,
    since: Annotated[str | None, _SINCE] = None,
    until: Annotated[str | None, _UNTIL] = None,
    days: Annotated[str | None, _DAYS] = None,
    by: Annotated[list[str] | None, _BY] = None,
    csv: Annotated[bool, _CSV] = False,
    chart: Annotated[bool, _CHART] = False,
    png: Annotated[Path | None, _PNG] = None,
) -> None:
    """Show what was spent, and what is reserved or unresolved. The bot can keep running."""
    settings: Settings = context.obj
    now = datetime.now(UTC)
    try:
        asked, groups = read_days(since, until, days, now.date()), read_groupings(by or [])
    except UnreadableError as error:
        fail(str(error), WRONG_SETTINGS)
    if csv and chart:
        fail("--csv and --chart cannot be used together.", WRONG_SETTINGS)
    try:
        found = read_snapshot(settings.database_url, lambda connection: report_usage(connection, asked, groups, now))
    except (DatabaseUnavailableError, OSError) as error:
        fail_for(error, "read the usage")
    money = daily_money(asked, found.by_day_and_speed)
    is_short = len(money.days) <= MOST_DAYS and sys.stdout.isatty()
    if chart or (is_short and not csv and found.sums):
        print_bars(money, sys.stdout)
        typer.echo()
    ceilings = (settings.ceilings, settings.server_ceilings, settings.person_ceilings)
    text = as_csv(found) if csv else "\n".join([*as_table(found, *ceilings), ""])
    typer.echo(text, nl=False)
    if png is not None:
        _write_png(money, png)


def _write_png(money: DailyMoney, file: Path) -> None:
    try:
        file.write_bytes(draw_png(money))
    except OSError as error:
        fail(f"Cannot write the chart: {error}")
