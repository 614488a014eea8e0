"""Tells authors what the operator has decided about their parked remix: in the channel, where their reply is over."""

import asyncio

import discord
import structlog

from bot.discord_app.kit.sending import Failure, SendError, send
from bot.discord_app.remixes import words as replies
from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.operator.decide_parked import DecideParked, ToTell

log = structlog.get_logger(__name__)


class DecisionTeller:
    """What could not be told now is told at the next start, also what was decided on the command line."""

    def __init__(self, client: discord.Client, decide: DecideParked) -> None:
        self._client = client
        self._decide = decide
        self._telling = asyncio.Lock()

    async def tell_all(self) -> None:
        """Each once; never raises."""
        try:
            async with self._telling:
                for each in await self._decide.untold():
                    if await self._tell(each):
                        await self._decide.told(each.decided)
        except DatabaseUnavailableError as error:
            log.error("the operator's decisions cannot be told now", reason=str(error))

    async def _tell(self, what: ToTell) -> bool:
        """True as well where the author cannot be reached there, now or ever."""
        job = what.job
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        text = replies.decided(job, what.decided.decision)
        try:
            await send(channel, text, mention=job.user_id, nonce=f"decision-{what.decided.id}")
        except SendError as error:
            log.info("an author could not be told of a decision", job=job.id, error=str(error))
            return error.failure is not Failure.LATER
        return True
