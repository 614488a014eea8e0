"""`remix-bot audit`."""

import typer

from bot.cli.kit.audit_lines import violation_line
from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.cli.kit.progress import shown_progress
from bot.settings.settings import Settings
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.read_only import read_snapshot
from bot.use_cases.operator.audit_ledger import audit as audit_ledger


def audit(context: typer.Context) -> None:
    """Check that the money and the history of every job add up. The bot can keep running.

    Exit code 0: they do. 1: they do not. 2: the database cannot be read.
    """
    settings: Settings = context.obj
    try:
        with shown_progress() as progress:
            found = read_snapshot(settings.database_url, lambda connection: audit_ledger(connection, progress))
    except (DatabaseUnavailableError, OSError) as error:
        fail(f"Cannot audit: {error}", WRONG_SETTINGS)
    for violation in found.violations:
        typer.echo(violation_line(violation))
    typer.echo(f"{found.jobs} jobs, {len(found.violations)} violations")
    if found.violations:
        raise typer.Exit(1)
