"""Acknowledges interactions, and answers those that fail unexpectedly with a reference to the log."""

import asyncio
import secrets
from typing import Any, Protocol, cast

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.discord_app.acknowledgements import Acknowledgements
from bot.discord_app.kit import words
from bot.rules.alarms import Alarm
from bot.storage.engine.blobs.store import BlobsAwayError
from bot.storage.engine.database import DatabaseAwayError, OutcomeUnknownError
from bot.use_cases.operator.alarms import Alarms

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_UNKNOWN_INTERACTION = 10062
_ALREADY_ACKNOWLEDGED = 40060
# A connection that is reset is not a discord.HTTPException, and discord.py does not repeat the request.
_LOST = (aiohttp.ClientError, TimeoutError, OSError)

log = structlog.get_logger(__name__)


class AnsweredElsewhereError(Exception):
    """Another process with our token has acknowledged the interaction, so that one does what was asked for."""


class _Client(Protocol):
    """Our client. It waits for the tasks in `answering` before it closes."""

    answering: set[asyncio.Task[object]]
    acknowledgements: Acknowledgements
    alarms: Alarms


async def defer(interaction: discord.Interaction[Any], *, thinking: bool = True) -> None:
    """Acknowledge privately, before any work: Discord gives up on an interaction after 3 seconds.

    `thinking` False: the answer changes the message that was clicked. Raises AnsweredElsewhereError.
    https://discord.com/developers/docs/interactions/receiving-and-responding
    """
    _remember(_client_of(interaction).answering)
    for is_last in (False, True):
        try:
            await interaction.response.defer(ephemeral=thinking, thinking=thinking)
        except discord.HTTPException as error:
            if error.code != _ALREADY_ACKNOWLEDGED:
                raise
            # If it may be ours, the first try has worked after all, and this one repeats it, here or inside discord.py.
            if _is_answered_elsewhere(interaction):
                raise AnsweredElsewhereError from None
        except _LOST:
            if is_last:
                raise
            continue
        return


def _is_answered_elsewhere(interaction: discord.Interaction[Any]) -> bool:
    """Whether another process has acknowledged it, which raises the alarm: two copies would both pay.

    Once there is a second copy, an acknowledgement that may be ours counts as the other's: it may have come in between
    two attempts of ours, and doing nothing costs nothing.
    """
    client = _client_of(interaction)
    knows_of_copy = any(alarm.alarm is Alarm.SECOND_COPY for alarm in client.alarms.open)
    if client.acknowledgements.may_be_ours(interaction.id) and not knows_of_copy:
        return False
    log.warning("another process has answered an interaction, so nothing is done for it", interaction=interaction.id)
    client.alarms.raise_(Alarm.SECOND_COPY)
    return True


def _client_of(interaction: discord.Interaction[Any]) -> _Client:
    return cast("_Client", interaction.client)


def _remember(answering: set[asyncio.Task[object]]) -> None:
    task = asyncio.current_task()
    if task is not None:
        answering.add(task)
        task.add_done_callback(answering.discard)


async def answer_unexpected_error(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Log the error under a reference, and show the member that reference."""
    if isinstance(error, AnsweredElsewhereError):
        return
    if _is_too_late(error):
        if isinstance(error, discord.HTTPException) and error.code == _ALREADY_ACKNOWLEDGED:
            _is_answered_elsewhere(interaction)
        log.info("an interaction could not be answered in time", error=type(error).__name__)
        return
    reference = secrets.token_hex(4)
    if isinstance(error, DatabaseAwayError):
        log.error("a command or button failed: the database is away", reference=reference, reason=str(error))
        await _send_error(interaction, words.database_away(reference))
        return
    if isinstance(error, BlobsAwayError):
        log.error("a command or button failed: the pictures are away", reference=reference, reason=str(error))
        await _send_error(interaction, words.pictures_away(reference))
        return
    log.error("a command or button failed", reference=reference, exc_info=error)
    is_unknown = isinstance(error, OutcomeUnknownError)
    await _send_error(interaction, (words.perhaps_done if is_unknown else words.unexpected_error)(reference))


async def on_command_error(interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
    """Handles the errors of all slash commands and context menus."""
    if isinstance(error, (app_commands.CommandSignatureMismatch, app_commands.CommandNotFound)):
        # A member's Discord can show the old version for a while after a sync.
        log.warning("Discord shows an older version of a command", error=type(error).__name__)
        await _send_error(interaction, words.UPDATED)
        return
    await answer_unexpected_error(interaction, getattr(error, "original", error))


def _is_too_late(error: BaseException) -> bool:
    # After a reconnect (RESUME) Discord may replay interactions that are older than 3 seconds. Nobody waits for those.
    return isinstance(error, discord.HTTPException) and error.code in {_UNKNOWN_INTERACTION, _ALREADY_ACKNOWLEDGED}


async def _send_error(interaction: discord.Interaction[Any], text: str) -> None:
    try:
        if not interaction.response.is_done() and await _answer(interaction, text):
            return
        await interaction.followup.send(text, ephemeral=True)
    except (discord.HTTPException, *_LOST) as failed:
        log.info("an error message could not be sent", error=type(failed).__name__)


async def _answer(interaction: discord.Interaction[Any], text: str) -> bool:
    """False: an earlier request, whose response was lost, has acknowledged it. discord.py cannot know that."""
    try:
        await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as error:
        if error.code != _ALREADY_ACKNOWLEDGED:
            raise
        return False
    return True
