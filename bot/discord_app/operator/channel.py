"""Tells the operator in a channel of theirs. The log has it all as well, so a message that fails breaks nothing."""

import discord
import structlog

from bot.discord_app.kit.sending import SendError, send
from bot.discord_app.remixes import words as replies
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
            await send(channel, replies.budget_warning(warning))
        except SendError as error:
            log.warning("could not post in the operator's channel", error=str(error))
