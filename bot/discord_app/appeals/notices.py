"""Tells people by direct message how their appeals ended. Whom none reaches reads it at their next use of the bot."""

import asyncio

import discord
import structlog

from bot.discord_app.appeals.command import server_name
from bot.discord_app.kit.appealing.words import ended
from bot.discord_app.kit.sending import MAX_SHORT_MESSAGE_S, Failure, SendError, send, send_errors
from bot.discord_app.rest.request_budget import Urgency, requests_are
from bot.rules.appeals import Outcome
from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.appeals.end_appeals import mark_reached, to_tell
from bot.use_cases.appeals.own_appeals import Told
from bot.use_cases.core import Core
from bot.waiting import wait_for_event

_LOOK_AGAIN_S = 30.0

log = structlog.get_logger(__name__)


class AppealNotices:
    """Runs in the process that leads. What has to be said is in the database, so a crash loses no message.

    A message that is sent twice after a crash has a nonce, so Discord shows it once within some minutes.
    """

    def __init__(self, client: discord.Client, core: Core) -> None:
        self._client = client
        self._core = core
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            self._woken.clear()
            await self._round()
            await wait_for_event(self._woken, _LOOK_AGAIN_S)

    async def _round(self) -> None:
        try:
            for told in await to_tell(self._core):
                if (reached := await self._tell(told)) is not None:
                    await mark_reached(self._core, told.appeal, reached=reached)
        except DatabaseUnavailableError as error:
            log.error("people cannot be told now how their appeals ended", reason=str(error))
        except Exception:  # the task must go on
            log.exception("people could not be told how their appeals ended because of an unexpected error")
            self._core.news.loop_did("a round of messages about appeals", well=False)
        else:
            self._core.news.loop_did("a round of messages about appeals", well=True)

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
