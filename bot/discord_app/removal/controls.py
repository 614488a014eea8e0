"""The Delete button of a card, its question in private, and the moderators' look at what an author deleted."""

from typing import Any

import discord
from discord import app_commands, ui

from bot.discord_app.kit.controls import Interaction
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import manages_messages
from bot.discord_app.kit.sending import fitted_files
from bot.discord_app.moderation.actions import answer, lets_in, reaches_all
from bot.discord_app.moderation.command_options import Reference
from bot.discord_app.moderation.remix_reference import read_reference
from bot.discord_app.moderation.words import NO_SUCH_REMIX, asked_second, not_moderated, removed
from bot.discord_app.remixes.controls import JobButton
from bot.discord_app.remixes.delivery import REQUEST_LIMIT
from bot.discord_app.removal import words
from bot.rules.removals import Removal
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.find_remix import NotModerated, find_remix
from bot.use_cases.purges.second_moderator import AskedSecond, remove_or_ask
from bot.use_cases.removal.delete_result import CannotDelete, Deletion, delete_result, find_deletion
from bot.use_cases.removal.show_deleted import read_deleted


class DeleteButton(JobButton, template=Action.DELETE.pattern):
    """On the card. Asks once more, because nothing brings a deleted result back."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        card_id = self.card_id(interaction)
        found = await _find(interaction, features, self.job_id, card_id)
        if found is not None:
            view = _question(self.job_id, card_id)
            await interaction.edit_original_response(content=words.ask(found), view=view)


def _question(job_id: int, card_id: int) -> ui.View:
    view = ui.View(timeout=None)
    custom_id = Action.DELETE_FOR_GOOD.custom_id(job_id, card_id)
    view.add_item(ui.Button(label=words.DELETE_FOR_GOOD, style=discord.ButtonStyle.danger, custom_id=custom_id))
    # discord.py need not remember the view: its button is found by its custom id, also after a restart.
    view.stop()
    return view


class DeleteForGoodButton(JobButton, template=Action.DELETE_FOR_GOOD.pattern):
    """In private. Asks the database and Discord again, because its custom id can be forged."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        private = interaction.message is not None and interaction.message.flags.ephemeral
        # Forged on another message, the answer must not replace that message.
        await defer(interaction, thinking=not private)
        found = await _find(interaction, features, self.job_id, self.card_id(interaction))
        if found is not None:
            act = self._remove if found.by is Removal.MODERATOR else self._delete
            await interaction.edit_original_response(content=await act(interaction, features), view=None)

    async def _delete(self, interaction: Interaction, features: Features) -> str:
        keep, card = features.rules.keep_evidence, (interaction.channel_id, self.card_id(interaction))
        done = await delete_result(features.core, self.job_id, card, interaction.user.id, keep=keep)
        if isinstance(done, CannotDelete):
            return words.cannot_delete(done)
        return words.deleted(keep, await features.posts.apply(done))

    async def _remove(self, interaction: Interaction, features: Features) -> str:
        acting = Acting(interaction.guild_id or 0, interaction.user.id)
        done = await remove_or_ask(features.core, acting, self.job_id)
        if isinstance(done, NotModerated):
            return not_moderated(done)
        if isinstance(done, AskedSecond):
            return asked_second(done)
        return removed(done, await features.posts.apply(done.job_ids))


async def _find(interaction: Interaction, features: Features, job_id: int, card_id: int) -> Deletion | None:
    """None: they may not delete it, and have read why."""
    card, manages = (interaction.channel_id, card_id), manages_messages(interaction)
    found = await find_deletion(features.core, job_id, card, interaction.user.id, manages_messages=manages)
    if isinstance(found, CannotDelete):
        await interaction.edit_original_response(content=words.cannot_delete(found), view=None)
        return None
    if found.by is Removal.MODERATOR and not await reaches_all(interaction, found.job.user_id, found.owner_id):
        return None
    return found


class ShowDeletedButton(JobButton, template=Action.SHOW_DELETED.pattern):
    """On a deletion's entry in the log, and on a case about it."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        acting = await lets_in(interaction)
        if acting is not None:
            await show_deleted(interaction, features, acting.guild_id, self.job_id)


async def show_deleted(interaction: Interaction, features: Features, guild_id: int, job_id: int) -> None:
    found = await read_deleted(features.core, guild_id, job_id)
    if found is None:
        await answer(interaction, words.NOTHING_KEPT)
        return
    # Behind a spoiler: moderators choose whether they look.
    pictures = {f"remix-{each.job_id}-{each.position + 1}": each.data for each in found.pictures}
    most = min(interaction.filesize_limit, REQUEST_LIMIT // len(found.pictures))
    files = await fitted_files(features.core.pictures, pictures, most, spoiler=True)
    await interaction.edit_original_response(content=words.shown(found), attachments=files)


def deleted_command(features: Features) -> app_commands.Command[Any, ..., None]:
    """For the group `/remix-mod records`."""

    @app_commands.command(name="deleted", description=words.DELETED_COMMAND)
    @app_commands.describe(remix=words.DELETED_REMIX)
    async def deleted(interaction: discord.Interaction, remix: Reference) -> None:
        acting = await lets_in(interaction)
        if acting is None:
            return
        reference = read_reference(remix, acting.guild_id)
        job = await find_remix(features.core, acting.guild_id, reference) if reference is not None else None
        if job is None:
            await answer(interaction, NO_SUCH_REMIX)
        else:
            await show_deleted(interaction, features, acting.guild_id, job.id)

    return deleted


DELETION_CONTROLS: tuple[type[JobButton], ...] = (DeleteButton, DeleteForGoodButton, ShowDeletedButton)
