"""Acknowledges interactions, and answers those that fail unexpectedly with a reference to the log."""

import asyncio
import secrets
from typing import Any, Protocol, cast

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.discord_app.kit import words
from bot.storage.engine.database import OutcomeUnknownError

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_UNKNOWN_INTERACTION = 10062
_ALREADY_ACKNOWLEDGED = 40060
# A connection that is reset is not a discord.HTTPException, and discord.py does not repeat the request.
_LOST = (aiohttp.ClientError, TimeoutError, OSError)

log = structlog.get_logger(__name__)


class _Answers(Protocol):
    """Our client. It waits for these tasks before it closes."""

    answering: set[asyncio.Task[object]]


async def defer(interaction: discord.Interaction[Any], *, thinking: bool = True) -> None:
    """Acknowledge privately, before any work: Discord gives up on an interaction after 3 seconds.

    `thinking` False: the answer changes the message that was clicked.
    https://discord.com/developers/docs/interactions/receiving-and-responding
    """
    _remember(cast("_Answers", interaction.client).answering)
    for is_last in (False, True):
        try:
            await interaction.response.defer(ephemeral=thinking, thinking=thinking)
        except discord.HTTPException as error:
            # The first try has worked after all, and this one repeats it, here or inside discord.py after a 5xx.
            if error.code != _ALREADY_ACKNOWLEDGED:
                raise
        except _LOST:
            if is_last:
                raise
            continue
        return


def _remember(answering: set[asyncio.Task[object]]) -> None:
    task = asyncio.current_task()
    if task is not None:
        answering.add(task)
        task.add_done_callback(answering.discard)


async def answer_unexpected_error(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Log the error under a reference, and show the member that reference."""
    if _is_too_late(error):
        log.info("an interaction could not be answered in time", error=type(error).__name__)
        return
    reference = secrets.token_hex(4)
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
