"""Tells authors what the operator has decided about their parked remix: in the channel, where their reply is over."""

import asyncio

import aiohttp
import discord
import structlog

from bot.discord_app.remixes import words as replies
from bot.discord_app.remixes.private_reply import LONGEST_WORD_S
from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.operator.decide_parked import DecideParked, ToTell

_SERVER_ERRORS = 500

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
        author = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(job.user_id)])
        nonce = f"decision-{what.decided.id}"
        try:
            async with asyncio.timeout(LONGEST_WORD_S):
                await channel.send(replies.decided(job, what.decided.decision), allowed_mentions=author, nonce=nonce)
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.info("an author could not be told of a decision", job=job.id, error=type(error).__name__)
            return isinstance(error, discord.HTTPException) and error.status < _SERVER_ERRORS
        return True
