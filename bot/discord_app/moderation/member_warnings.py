"""Tells a member privately what a moderator has warned them of: beside the answer at their next use, never in a DM."""

from typing import Any

import aiohttp
import discord
import structlog

from bot.discord_app.moderation import words as replies
from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.moderation.case_book import CaseBook

log = structlog.get_logger(__name__)


async def tell_warnings(interaction: discord.Interaction[Any], book: CaseBook, *, answered: bool = True) -> None:
    """Never raises: what could not be told is told at the use after this one.

    `answered` False: the deferred answer itself is still to come. Discord puts the first follow-up in its place, so it
    is given words first.
    """
    if interaction.guild_id is None:
        return
    try:
        untold = await book.untold_warnings(interaction.guild_id, interaction.user.id)
        if untold and not answered:
            await interaction.edit_original_response(content=replies.ONE_MOMENT)
        if untold:
            await interaction.followup.send(replies.warnings(untold), ephemeral=True)
            await book.told(untold)
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError, DatabaseUnavailableError) as error:
        log.info("a member could not be told of a warning", error=type(error).__name__)
