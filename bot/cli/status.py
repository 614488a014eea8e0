"""`remix-bot status`."""

import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli.kit.database_errors import fail_for
from bot.cli.kit.status_lines import StatusReport, StoredState, as_json, print_table
from bot.monitoring.health_file import health_path, read_health
from bot.monitoring.judgement import find_sickness
from bot.settings.settings import Settings
from bot.storage.engine.copying.moved_mark import find_move
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.engine.databases.postgresql import is_postgresql
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.last_backup import read_last_backup
from bot.storage.engine.read_only import read_snapshot
from bot.storage.operator import alarms
from bot.storage.processes import rows
from bot.storage.reports import operator_facts
from bot.storage.standing import pauses
from bot.use_cases.operator.operating_facts import read_operating_facts

_WIDE = 300


def status(
    context: typer.Context,
    *,
    as_object: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show how the bot is: running or not, the queue, alarms, spending, backup, disk. It changes nothing.

    It works while the bot runs and while it is stopped. `remix-bot health` is for machines that restart it.
    """
    settings: Settings = context.obj
    try:
        report = examine(settings, datetime.now(UTC))
    except (DatabaseUnavailableError, OSError) as error:
        fail_for(error, "show the status")
    if as_object:
        typer.echo(as_json(report))
    else:
        # Elsewhere than on a terminal rich would wrap lines at 80 characters.
        print_table(report, Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE))


def examine(settings: Settings, now: datetime) -> StatusReport:
    """Raises DatabaseUnavailableError and OSError."""
    by_folder = health_path(settings.database_url, settings.picture_folder or settings.blob_dir)
    health = read_health(settings.health_file or by_folder)
    return StatusReport(
        now=now,
        health=health,
        sickness=find_sickness(health, time.monotonic()),
        stored=read_snapshot(settings.database_url, lambda connection: _read(connection, now)),
        ceilings=settings.ceilings,
        last_backup=read_last_backup(settings.database_url),
        is_on_server=is_postgresql(settings.database_url),
        moved=find_move(settings.database_url),
        free_bytes=_free_bytes(settings),
    )


def _read(connection: Connection, now: datetime) -> StoredState:
    return StoredState(
        facts=read_operating_facts(connection),
        spend=operator_facts.spend(connection, now),
        pause=pauses.read(connection),
        alarms=alarms.read_open(connection),
        processes=rows.look(connection),
    )


def _free_bytes(settings: Settings) -> int | None:
    """Of the disk with the pictures, which is the first to be full; with S3, of the disk with the database."""
    database = sqlite_path(settings.database_url)
    folder = settings.picture_folder or (Path(database).absolute().parent if database else None)
    try:
        return None if folder is None else shutil.disk_usage(folder).free
    except OSError:
        return None
