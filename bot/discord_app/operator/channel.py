"""Posts notices in the operator's channel. The bot's log has them too, so a failed message loses nothing."""

import discord
import structlog

from bot.discord_app.kit.sending import SendError, send
from bot.discord_app.operator import words
from bot.ideogram.lifecycle import Lifecycle
from bot.rules.budgets import BudgetWarning
from bot.rules.generations import IdeogramApi
from bot.use_cases.ports import OftenRefused

log = structlog.get_logger(__name__)


class OperatorChannel:
    """The OperatorNotices of the use cases. Without a channel it does nothing."""

    def __init__(self, client: discord.Client, channel_id: int | None) -> None:
        self._client = client
        self._channel_id = channel_id

    async def warn_of_budget(self, warning: BudgetWarning) -> None:
        await self._post(words.budget_warning(warning))

    async def warn_of_deprecation(self, api: IdeogramApi, lifecycle: Lifecycle) -> None:
        await self._post(words.deprecation(api, lifecycle))

    async def tell_of_refusals(self, refused: OftenRefused) -> None:
        await self._post(words.often_refused(refused))

    async def _post(self, text: str) -> None:
        """Logs what Discord refuses."""
        if self._channel_id is None:
            return
        channel = self._client.get_partial_messageable(self._channel_id)
        try:
            await send(channel, text)
        except SendError as error:
            log.warning("could not post in the operator's channel", error=str(error))
