"""The last net under commands and buttons: whatever nobody planned for is logged, and its person gets a sentence."""

import asyncio
import secrets
from typing import Any, Protocol, cast

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.discord_app.kit import words

_UNKNOWN_INTERACTION = 10062
_ALREADY_ACKNOWLEDGED = 40060
_LOST = (aiohttp.ClientError, TimeoutError, OSError)

log = structlog.get_logger(__name__)


class _Answers(Protocol):
    """Our client: it does not close before what was begun is over."""

    answering: set[asyncio.Task[object]]


async def defer(interaction: discord.Interaction[Any], *, thinking: bool = True) -> None:
    """Acknowledge at once, privately; `thinking` False where a click changes the message that it is on."""
    _remember(cast("_Answers", interaction.client).answering)
    for is_last in (False, True):
        try:
            await interaction.response.defer(ephemeral=thinking, thinking=thinking)
        except discord.HTTPException as error:
            # A repeated one, here or by discord.py after a 5xx: then the first one has worked after all.
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
    """Log it under a reference, and tell the person that reference."""
    if _is_too_late(error):
        log.info("an interaction could not be answered in time", error=type(error).__name__)
        return
    reference = secrets.token_hex(4)
    log.error("a command or button failed", reference=reference, exc_info=error)
    await _tell(interaction, words.unexpected_error(reference))


async def on_command_error(interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
    """The command tree's handler."""
    if isinstance(error, (app_commands.CommandSignatureMismatch, app_commands.CommandNotFound)):
        log.warning("Discord shows an older version of a command", error=type(error).__name__)
        await _tell(interaction, words.UPDATED)
        return
    await answer_unexpected_error(interaction, getattr(error, "original", error))


def _is_too_late(error: BaseException) -> bool:
    """Unknown interaction: an event that Discord replayed, or that came too late. Nobody waits for the answer."""
    return isinstance(error, discord.HTTPException) and error.code in {_UNKNOWN_INTERACTION, _ALREADY_ACKNOWLEDGED}


async def _tell(interaction: discord.Interaction[Any], text: str) -> None:
    try:
        if not interaction.response.is_done() and await _answer(interaction, text):
            return
        await interaction.followup.send(text, ephemeral=True)
    except (discord.HTTPException, *_LOST) as failed:
        log.info("an error could not be told", error=type(failed).__name__)


async def _answer(interaction: discord.Interaction[Any], text: str) -> bool:
    """False: it was acknowledged before, by a request whose answer was lost, so discord.py does not know it."""
    try:
        await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as error:
        if error.code != _ALREADY_ACKNOWLEDGED:
            raise
        return False
    return True
