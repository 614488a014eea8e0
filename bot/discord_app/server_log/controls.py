"""The buttons on a remix's entry in the log channel: the same ways that the moderators' commands take."""

from datetime import timedelta
from typing import Any

import discord

from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.moderation import words as replies
from bot.discord_app.moderation.actions import (
    acting,
    answer,
    find_remix,
    hide_remix,
    lets_in,
    remove_remix,
)
from bot.discord_app.remixes.controls import JobButton
from bot.use_cases.moderation.find_result import RemixReference

_BLOCKED = timedelta(hours=24)

_Interaction = discord.Interaction[Any]


class _LogButton(JobButton, template=r"remix:log-never:(?P<job>[0-9]+)"):
    """Who clicks, and on whose remix, is asked anew each time."""

    @property
    def reference(self) -> RemixReference:
        return RemixReference(job_id=self.job_id)


class HideFromLog(_LogButton, template=Action.LOG_HIDE.pattern):
    """Behind a spoiler."""

    async def click(self, interaction: _Interaction, features: Features) -> None:
        if await lets_in(interaction):
            await hide_remix(interaction, features.moderation, self.reference)


class RemoveFromLog(_LogButton, template=Action.LOG_REMOVE.pattern):
    """Out of the channel, and the pictures are forgotten."""

    async def click(self, interaction: _Interaction, features: Features) -> None:
        if await lets_in(interaction):
            await remove_remix(interaction, features.moderation, self.reference)


class BlockFromLog(_LogButton, template=Action.LOG_BLOCK.pattern):
    """Its author, for a day."""

    async def click(self, interaction: _Interaction, features: Features) -> None:
        if not await lets_in(interaction):
            return
        job = await find_remix(interaction, features.moderation, self.reference, allow_self=False)
        if job is not None:
            done = await features.moderation.members.block(acting(interaction), job.user_id, _BLOCKED)
            await answer(interaction, replies.blocked(done))


LOG_BUTTONS: tuple[type[JobButton], ...] = (HideFromLog, RemoveFromLog, BlockFromLog)
