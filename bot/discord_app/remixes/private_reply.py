"""Edits the private reply of a job, which is possible for the 15 minutes that its token lives."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

import aiohttp
import discord
import structlog
from discord import ui
from discord.http import MultipartParameters, handle_message_parameters
from discord.utils import MISSING
from discord.webhook.async_ import async_context

from bot.discord_app.kit.sending import MAX_SHORT_MESSAGE_S, Failure, SendError, send_errors
from bot.storage.remixes.jobs import Job
from bot.use_cases.remixes.job_status import REPLY_LIFETIME

# Seconds before the second and the third try.
_RETRY_WAITS_S = (0.5, 2.0)
_LAST_MINUTE = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Reached(StrEnum):
    """`NEVER`: Discord refuses, for example because the member dismissed the reply or the token expired."""

    YES = "yes"
    NOT_NOW = "not_now"
    NEVER = "never"


def reached_after(error: SendError) -> Reached:
    # Discord's own errors and lost connections are temporary. What it refuses once it refuses again.
    return Reached.NOT_NOW if error.failure is Failure.LATER else Reached.NEVER


@dataclass(frozen=True, slots=True)
class PrivateReply:
    """Uses the stored token, so it also works after a restart, when discord.py has no interaction object."""

    client: discord.Client
    application_id: int
    token: str = field(repr=False)
    ends_at: datetime

    @classmethod
    def of(cls, client: discord.Client, job: Job) -> Self | None:
        """None: the token is deleted or too old."""
        born = discord.utils.snowflake_time(job.interaction_id)
        if not job.reply_token or client.application_id is None or discord.utils.utcnow() > born + REPLY_LIFETIME:
            return None
        return cls(client, client.application_id, job.reply_token, born + REPLY_LIFETIME)

    @property
    def ends_soon(self) -> bool:
        """Whether this may be the last edit: with hundreds of replies, one is edited every 40 seconds or so."""
        return discord.utils.utcnow() > self.ends_at - _LAST_MINUTE

    async def show(
        self,
        view: ui.LayoutView,
        *,
        files: Sequence[discord.File] | None = None,
        within_s: float | None = None,
    ) -> Reached:
        """Replace what the reply shows and, if given, its files. `within_s`: files take longer."""
        if self.client.is_closed():
            return Reached.NOT_NOW
        attachments = MISSING if files is None else files
        no_one = discord.AllowedMentions.none()
        try:
            with (
                send_errors(),
                # What stood there before may be plain text, which a message with a layout cannot have.
                handle_message_parameters(
                    content=None, view=view, attachments=attachments, allowed_mentions=no_one
                ) as parameters,
            ):
                async with asyncio.timeout(within_s or MAX_SHORT_MESSAGE_S):
                    await self._edit_with_retries(parameters)
        except SendError as error:
            log.info("a private reply could not be updated", error=str(error))
            return reached_after(error)
        return Reached.YES

    async def _edit_with_retries(self, parameters: MultipartParameters) -> None:
        # discord.py repeats a request after a 5xx, but not after a lost connection.
        for wait_s in _RETRY_WAITS_S:
            try:
                return await self._edit(parameters)
            except (aiohttp.ClientError, TimeoutError, OSError):
                await asyncio.sleep(wait_s)
            for file in parameters.files or ():
                file.reset(seek=True)
        return await self._edit(parameters)

    async def _edit(self, parameters: MultipartParameters) -> None:
        # The request of discord.py's `Interaction.edit_original_response`. An edit can be repeated safely.
        session = discord.Webhook.partial(self.application_id, self.token, client=self.client).session
        await async_context.get().edit_original_interaction_response(
            self.application_id,
            self.token,
            session=session,
            proxy=self.client.http.proxy,
            proxy_auth=self.client.http.proxy_auth,
            payload=parameters.payload,
            multipart=parameters.multipart,
            files=parameters.files,
        )
