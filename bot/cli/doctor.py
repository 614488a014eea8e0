"""`remix-bot doctor`."""

import asyncio
import logging
import sys
from typing import Annotated

import typer

from bot.cli.checks.examine import examine
from bot.cli.checks.findings import Finding, Subject
from bot.cli.checks.report import as_json, is_good, lines
from bot.cli.checks.settings_checks import wrong_settings
from bot.cli.kit.exits import WRONG_SETTINGS
from bot.cli.lazy_group import ENV_FILE
from bot.discord_app.connection import use_endpoints
from bot.settings.settings import SettingsError, load_settings


def doctor(
    *,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Leave out what needs the network.")] = False,
) -> None:
    """Check settings, token, key, permissions, machine and database. It changes nothing and pays nothing.

    The bot can keep running. Exit code 0: nothing failed. 1: something did. 2: a setting is wrong.
    """
    try:
        settings = load_settings(ENV_FILE)
    except SettingsError as error:
        _show(wrong_settings(error, ENV_FILE), as_object=as_object)
        raise typer.Exit(WRONG_SETTINGS) from None
    # The findings say what went wrong; the libraries' own lines about it would come in between.
    for library in ("discord", "alembic"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    use_endpoints(settings.discord_api_url, settings.discord_gateway_url)
    if sys.stderr.isatty() and not as_object:
        typer.echo("Checking. This takes half a minute at most.", err=True)
    found = asyncio.run(examine(Subject(settings, ENV_FILE), offline=offline))
    _show(found, as_object=as_object)
    if not is_good(found):
        raise typer.Exit(1)


def _show(found: list[Finding], *, as_object: bool) -> None:
    for line in [as_json(found)] if as_object else lines(found):
        typer.echo(line)
