"""Runs all checks of `remix-bot doctor` side by side, each within its time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot.cli.checks import (
    application_checks,
    database_checks,
    ideogram_checks,
    machine_checks,
    running_checks,
    server_checks,
    settings_checks,
)
from bot.cli.checks.findings import Finding, Subject, fail, skipped
from bot.discord_app.account import DiscordOutOfReachError, TokenRefusedError
from bot.discord_app.reach import DISCORD_FAILED
from bot.storage.engine.database import DatabaseUnavailableError

_Here = Callable[[Subject], list[Finding]]
_Online = Callable[[Subject], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Check:
    """`here` runs in a thread and needs no network. `seconds`: the limit of an online check."""

    name: str
    here: _Here | None = None
    online: _Online | None = None
    seconds: float = 15.0


CHECKS: Sequence[Check] = (
    Check(settings_checks.SETTINGS, here=settings_checks.settings),
    Check(settings_checks.ENV_FILE, here=settings_checks.env_file),
    Check(application_checks.TOKEN, online=application_checks.token),
    Check(application_checks.APPLICATION, online=application_checks.application),
    Check(application_checks.INVITE, online=application_checks.invite),
    Check(application_checks.COMMANDS, online=application_checks.commands),
    Check(server_checks.SERVERS, online=server_checks.servers),
    Check(server_checks.PERMISSIONS, online=server_checks.permissions, seconds=30.0),
    Check(server_checks.LOG_CHANNELS, online=server_checks.log_channels, seconds=30.0),
    Check(server_checks.OPERATOR_CHANNEL, online=server_checks.operator_channel),
    Check(ideogram_checks.KEY, online=ideogram_checks.key_and_prices, seconds=30.0),
    Check(ideogram_checks.LINKS, online=ideogram_checks.result_hosts),
    Check(machine_checks.CLOCK, online=machine_checks.clock),
    Check(machine_checks.DISK, here=machine_checks.disk),
    Check(machine_checks.FILES, here=machine_checks.files),
    Check(machine_checks.PICTURES, online=machine_checks.pictures, seconds=60.0),
    Check(database_checks.DATABASE, here=database_checks.database),
    Check(database_checks.SCHEMA, here=database_checks.schema),
    Check(database_checks.AUDIT, here=database_checks.audit),
    Check(database_checks.BACKUP, here=database_checks.backup),
    Check(database_checks.QUEUE, here=database_checks.queue),
    Check(database_checks.PARKED, here=database_checks.parked_remixes),
    Check(running_checks.PROCESS, here=running_checks.process),
    Check(running_checks.SHARDS, online=running_checks.shards),
    Check(running_checks.ALARMS, here=running_checks.open_alarms),
)


async def examine(subject: Subject, *, offline: bool = False) -> list[Finding]:
    """All findings, in the order of CHECKS. Never raises for what a check meets."""
    async with aclosing(subject):
        found = await asyncio.gather(*(_run(check, subject, offline=offline) for check in CHECKS))
    return [finding for each in found for finding in each]


async def _run(check: Check, subject: Subject, *, offline: bool) -> list[Finding]:
    try:
        if check.here is not None:
            return await asyncio.to_thread(check.here, subject)
        if check.online is None or offline:
            return [skipped(check.name, "Not checked: it needs the network.")]
        return await _ask(check.name, check.online, subject, check.seconds)
    except DatabaseUnavailableError:
        return [skipped(check.name, "Not checked, because its part of the database cannot be read: see `database`.")]
    except OSError as error:
        return [fail(check.name, f"This could not be checked: {error}.", "Check the owner and mode of that file.")]
    except Exception as error:  # noqa: BLE001 - a mistake in one check must not hide what the others find
        # Only the kind of error: its text could have anything in it.
        sentence = f"This check has a bug ({type(error).__name__})."
        return [fail(check.name, sentence, "Report it, with your version and `remix-bot doctor --json`.")]


async def _ask(name: str, online: _Online, subject: Subject, seconds: float) -> list[Finding]:
    try:
        async with asyncio.timeout(seconds):
            return list(await online(subject))
    except (TokenRefusedError, DiscordOutOfReachError):
        return [skipped(name, "Not checked: see `token`.")]
    except TimeoutError:
        return [fail(name, f"There was no answer within {seconds:g} s.", "Try again, and check the network.")]
    except DISCORD_FAILED as error:
        status = getattr(error, "status", None)
        how = type(error).__name__ if status is None else f"status {status}"
        return [fail(name, f"Discord could not be asked: {how}.", "Try again in a minute, and check the network.")]
