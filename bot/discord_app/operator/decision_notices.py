"""Notifies authors in the channel when the operator has decided about their parked remix.

Discord ends a private reply 15 minutes after its command, so the channel is all that is left:
https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
"""

import asyncio

import discord
import structlog

from bot.discord_app.kit.sending import Failure, SendError, send
from bot.discord_app.operator import words
from bot.discord_app.rest.request_budget import Urgency, requests_are
from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.core import Core
from bot.use_cases.operator.decide_parked import Unnotified, find_unnotified, mark_notified

_LOOK_EVERY_S = 15.0

log = structlog.get_logger(__name__)


class DecisionNotices:
    """Decisions made on the command line, and notices that fail now, are sent at the next start.

    Two processes can send the same one at once. It has a nonce, so Discord shows it once.
    On a database that several processes share, they are sent soon: there the command can be run beside the bot.
    """

    def __init__(self, client: discord.Client, core: Core) -> None:
        self._client = client
        self._core = core
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """In the process that leads."""
        await self.notify_all()
        while self._core.database.is_shared:
            await asyncio.sleep(_LOOK_EVERY_S)
            await self.notify_all()

    async def notify_all(self) -> None:
        """Notify each author once. Logs what Discord or the database refuses."""
        try:
            async with self._sending:
                for each in await find_unnotified(self._core):
                    if await self._notify(each):
                        await mark_notified(self._core, each.decided)
        except DatabaseUnavailableError as error:
            log.error("authors cannot be notified of the operator's decisions now", reason=str(error))

    async def _notify(self, what: Unnotified) -> bool:
        """True if it needs no further attempt, also because Discord will never take it."""
        job = what.job
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        text = words.author_notice(job, what.decided.decision, counted=what.counted)
        try:
            with requests_are(Urgency.BACKGROUND):
                await send(channel, text, mention=job.user_id, nonce=f"decision-{what.decided.id}")
        except SendError as error:
            log.info("an author could not be notified of a decision", job=job.id, error=str(error))
            return error.failure is not Failure.LATER
        return True
