"""The buttons on a remix's entry in the log channel. Who clicks, and on whom, is asked anew each time."""

from typing import Any

import discord
from discord import ui

from bot.discord_app import log_replies
from bot.discord_app.buttons import JobButton
from bot.discord_app.custom_ids import Action
from bot.discord_app.errors import defer
from bot.discord_app.facts import moderates
from bot.discord_app.features import Features
from bot.storage.jobs import Job
from bot.storage.results import Post

_BLOCKED_HOURS = 24

_Interaction = discord.Interaction[Any]


class _LogButton(JobButton, template=r"remix:log-never:(?P<job>[0-9]+)"):
    """Subclasses say what is done in `act`, and what is told of it."""

    async def click(self, interaction: _Interaction, features: Features) -> None:
        await defer(interaction)
        await interaction.edit_original_response(content=await self._answer(interaction, features))

    async def _answer(self, interaction: _Interaction, features: Features) -> str:
        guild = interaction.guild
        if guild is None or not moderates(interaction):
            return log_replies.NOT_A_MODERATOR
        job = await features.log.actions.find(self.job_id, guild.id)
        if job is None:
            return log_replies.NOT_HERE
        if not await _outranks(interaction, guild, job.user_id):
            return log_replies.OUTRANKED
        return await self.act(interaction, features, job)

    async def act(self, interaction: _Interaction, features: Features, job: Job) -> str:
        raise NotImplementedError


async def _outranks(interaction: _Interaction, guild: discord.Guild, user_id: int) -> bool:
    """Whether the clicker may act on that person: on who has left the server, too, but nobody on an equal or higher."""
    clicker = interaction.user
    if clicker.id in {user_id, guild.owner_id}:
        return True
    try:
        target = await guild.fetch_member(user_id)
    except discord.NotFound:
        return True
    return isinstance(clicker, discord.Member) and target.id != guild.owner_id and clicker.top_role > target.top_role


class HideFromLog(_LogButton, template=Action.LOG_HIDE.pattern):
    """Behind a spoiler."""

    async def act(self, interaction: _Interaction, features: Features, job: Job) -> str:
        case = await features.log.actions.hide(job, interaction.user.id)
        for post in await _posts(features, job):
            await _cover(interaction.client, post)
        return log_replies.hidden(job, case.number) if case else log_replies.already(job, "hidden")


class RemoveFromLog(_LogButton, template=Action.LOG_REMOVE.pattern):
    """Out of the channel, and the pictures are forgotten."""

    async def act(self, interaction: _Interaction, features: Features, job: Job) -> str:
        posts = await _posts(features, job)
        case = await features.log.actions.remove(job, interaction.user.id)
        for post in posts:
            await _take_down(interaction.client, post)
        return log_replies.removed(job, case.number) if case else log_replies.already(job, "removed")


class BlockFromLog(_LogButton, template=Action.LOG_BLOCK.pattern):
    """Its author, for a day."""

    async def act(self, interaction: _Interaction, features: Features, job: Job) -> str:
        case = await features.log.actions.block(job, _BLOCKED_HOURS, interaction.user.id)
        if case is None:
            return log_replies.already(job, "blocked")
        return log_replies.blocked(job.user_id, _BLOCKED_HOURS, case.number)


async def _posts(features: Features, job: Job) -> list[Post]:
    status = await features.statuses.of(job.id)
    return [post for post in status.posts if post.deleted_at is None] if status else []


async def _cover(client: discord.Client, post: Post) -> None:
    """Every picture of the message becomes a spoiler."""
    channel = client.get_partial_messageable(post.channel_id)
    try:
        message = await channel.fetch_message(post.message_id)
        view = ui.LayoutView.from_message(message, timeout=None)
        for item in view.walk_children():
            if isinstance(item, ui.MediaGallery):
                item.items = [_covered(each) for each in item.items]
        await message.edit(view=view)
        view.stop()
    except discord.NotFound:
        return


def _covered(item: discord.MediaGalleryItem) -> discord.MediaGalleryItem:
    return discord.MediaGalleryItem(item.media, description=item.description, spoiler=True)


async def _take_down(client: discord.Client, post: Post) -> None:
    try:
        await client.get_partial_messageable(post.channel_id).get_partial_message(post.message_id).delete()
    except discord.NotFound:
        return


LOG_BUTTONS: tuple[type[JobButton], ...] = (HideFromLog, RemoveFromLog, BlockFromLog)
