"""Tells people by direct message how their appeals ended. Whom none reaches reads it at their next use of the bot."""

import asyncio

import discord
import structlog

from bot.discord_app.appeals.command import server_name
from bot.discord_app.kit.appealing.words import ended
from bot.discord_app.kit.sending import MAX_SHORT_MESSAGE_S, Failure, SendError, send, send_errors
from bot.discord_app.rest.request_budget import Urgency, requests_are
from bot.rules.appeals import Outcome
from bot.use_cases.appeals.end_appeals import mark_reached, to_tell
from bot.use_cases.appeals.own_appeals import Told
from bot.use_cases.core import Core
from bot.use_cases.watch import Rounds

log = structlog.get_logger(__name__)


class AppealNotices(Rounds):
    """Runs in the process that leads.

    A message that is sent twice after a crash has a nonce, so Discord shows it once within some minutes.
    """

    name = "a round of messages about appeals"
    unavailable = "people cannot hear now how their appeals ended; will try again"
    failed = "people could not hear how their appeals ended because of an unexpected error"
    look_again_s = 30.0

    def __init__(self, client: discord.Client, core: Core) -> None:
        super().__init__(core)
        self._client = client

    async def round(self) -> bool:
        for told in await to_tell(self._core):
            if (reached := await self._tell(told)) is not None:
                await mark_reached(self._core, told.appeal, reached=reached)
        # What could not be sent is still to be told, so the rest waits for the next look too.
        return False

    async def _tell(self, told: Told) -> bool | None:
        """Whether the message reached them. None: it is tried again."""
        appeal = told.appeal
        if appeal.outcome is Outcome.WITHDRAWN:
            # They had their data erased, and know it.
            return True
        text = ended(told, server_name(self._client, appeal.guild_id))
        try:
            with requests_are(Urgency.BACKGROUND):
                with send_errors():
                    async with asyncio.timeout(MAX_SHORT_MESSAGE_S):
                        channel = await self._client.create_dm(discord.Object(appeal.user_id))
                await send(channel, text, nonce=f"appeal-{appeal.id}")
        except SendError as error:
            log.info("somebody could not be sent how their appeal ended", appeal=appeal.id, error=str(error))
            return None if error.failure is Failure.LATER else False
        return True
