"""Tells the operator in a channel of theirs. The log has it all as well, so a message that fails breaks nothing."""

import asyncio

import aiohttp
import discord
import structlog

from bot.discord_app.remixes import words as replies
from bot.discord_app.remixes.private_reply import LONGEST_WORD_S
from bot.rules.budgets import BudgetWarning

log = structlog.get_logger(__name__)


class OperatorChannel:
    """The OperatorNotices of the use cases. Without a channel it says nothing."""

    def __init__(self, client: discord.Client, channel_id: int | None) -> None:
        self._client = client
        self._channel_id = channel_id

    async def warn_of_budget(self, warning: BudgetWarning) -> None:
        """Never raises what Discord or the network may do."""
        if self._channel_id is None:
            return
        channel = self._client.get_partial_messageable(self._channel_id)
        try:
            async with asyncio.timeout(LONGEST_WORD_S):
                await channel.send(replies.budget_warning(warning), allowed_mentions=discord.AllowedMentions.none())
        except (discord.HTTPException, discord.ClientException, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("the operator could not be told in their channel", error=type(error).__name__)
