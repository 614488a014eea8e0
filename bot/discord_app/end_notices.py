"""Tells people by direct message how their appeals and reports ended. Whom none reaches reads it at their next use."""

import asyncio

import discord
import structlog

from bot.discord_app.appeals.command import server_name
from bot.discord_app.kit.appealing.words import ended
from bot.discord_app.kit.sending import MAX_SHORT_MESSAGE_S, Failure, SendError, send, send_errors
from bot.discord_app.kit.words import report_ended
from bot.discord_app.rest.request_budget import Urgency, requests_are
from bot.rules.appeals import Outcome
from bot.use_cases.appeals.end_appeals import mark_reached, to_tell
from bot.use_cases.core import Core
from bot.use_cases.reporting.tell_reporters import mark_reporter_reached, reports_to_tell
from bot.use_cases.watch import Rounds

log = structlog.get_logger(__name__)


class EndNotices(Rounds):
    """Runs in the process that leads.

    A message that is sent twice after a crash has a nonce, so Discord shows it once within some minutes.
    """

    name = "a round of messages about appeals and reports"
    unavailable = "people cannot hear now how their appeals and reports ended; will try again"
    failed = "people could not hear how their appeals and reports ended because of an unexpected error"
    look_again_s = 30.0

    def __init__(self, client: discord.Client, core: Core) -> None:
        super().__init__(core)
        self._client = client

    async def round(self) -> bool:
        await self._tell_appellants()
        await self._tell_reporters()
        # A message that failed would be tried again at once, so every next message waits for the next round.
        return False

    async def _tell_appellants(self) -> None:
        for told in await to_tell(self._core):
            appeal = told.appeal
            # Who had their data erased knows that it is withdrawn.
            reached: bool | None = True
            if appeal.outcome is not Outcome.WITHDRAWN:
                text = ended(told, server_name(self._client, appeal.guild_id))
                reached = await self._send(appeal.user_id, text, f"appeal-{appeal.id}")
            if reached is not None:
                await mark_reached(self._core, appeal, reached=reached)

    async def _tell_reporters(self) -> None:
        for report in await reports_to_tell(self._core):
            text = report_ended(report, server_name(self._client, report.guild_id))
            reached = await self._send(report.reporter_id, text, f"report-{report.id}")
            if reached is not None:
                await mark_reporter_reached(self._core, report, reached=reached)

    async def _send(self, user_id: int, text: str, nonce: str) -> bool | None:
        """Whether the message reached them. None: it is tried again."""
        try:
            with requests_are(Urgency.BACKGROUND):
                with send_errors():
                    async with asyncio.timeout(MAX_SHORT_MESSAGE_S):
                        channel = await self._client.create_dm(discord.Object(user_id))
                await send(channel, text, nonce=nonce)
        except SendError as error:
            log.info("somebody could not be sent how something ended", what=nonce, error=str(error))
            return None if error.failure is Failure.LATER else False
        return True
