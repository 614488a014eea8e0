"""`/remix-config picture-add`, `picture-remove` and `pictures`, and `/remix-mod test picture`."""

from io import BytesIO
from typing import Any

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.moderation import words as moderation_words
from bot.discord_app.moderation.actions import answer, lets_in
from bot.discord_app.moderation.command_options import Reason, Reference
from bot.discord_app.moderation.remix_reference import read_reference
from bot.discord_app.picture_memory import words
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.server_policy.commands import ConfigCommands
from bot.discord_app.server_policy.controls import read_admin
from bot.rules.refusals import Refused
from bot.rules.visible_text import one_line
from bot.storage.moderation.cases import Case
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.find_remix import find_remix
from bot.use_cases.moderation.pictures.picture_list import list_picture, list_results, read_pictures, take_off
from bot.use_cases.moderation.pictures.try_picture import TriedPicture, try_picture

_MOST_SUGGESTED = 25
_MOST_IN_FILE = 10_000

# The column has 32 bits on PostgreSQL.
Number = app_commands.Range[int, 1, 2**31 - 1]
_Command = app_commands.Command[Any, Any, Any]


def add_picture_commands(group: ConfigCommands, features: Features) -> None:
    """Each handler asks `lets_in` first, as those of the group do."""
    for command in (_picture_add, _picture_remove, _pictures):
        group.add_command(command(group, features))


def _picture_add(group: ConfigCommands, features: Features) -> _Command:
    @app_commands.command(name="picture-add", description=words.ADD)
    @app_commands.describe(**words.ADD_OPTIONS)
    async def picture_add(
        interaction: discord.Interaction,
        picture: discord.Attachment | None = None,
        remix: Reference | None = None,
        reason: Reason | None = None,
    ) -> None:
        if (acting := await _acting(group, interaction, reason)) is None:
            return
        if (picture is None) == (remix is None):
            await answer(interaction, words.WHICH)
        elif picture is not None:
            await _changed(interaction, features, await _list_attached(features, acting, picture))
        else:
            await _list_remix(interaction, features, acting, remix or "")

    return picture_add


async def _list_attached(features: Features, acting: Acting, attached: discord.Attachment) -> Case | Refused:
    async with features.reader.reading(attached) as data:
        if isinstance(data, Refused):
            return data
        return await list_picture(features.core, features.rules, acting, data)


async def _list_remix(interaction: discord.Interaction, features: Features, acting: Acting, typed: str) -> None:
    reference = read_reference(typed, acting.guild_id)
    job = await find_remix(features.core, acting.guild_id, reference) if reference is not None else None
    if job is None:
        await answer(interaction, moderation_words.NO_SUCH_REMIX)
    elif (case := await list_results(features.core, acting, job)) is None:
        await answer(interaction, words.NOT_KEPT)
    else:
        await _changed(interaction, features, case)


async def _changed(interaction: discord.Interaction, features: Features, done: Case | Refused) -> None:
    if isinstance(done, Refused):
        await answer(interaction, refusal(done))
        return
    memory = (await read_pictures(features.core, done.guild_id, 0)).memory
    await answer(interaction, words.changed(done, memory), done)


def _picture_remove(group: ConfigCommands, features: Features) -> _Command:
    @app_commands.command(name="picture-remove", description=words.REMOVE)
    @app_commands.describe(**words.REMOVE_OPTIONS)
    async def picture_remove(interaction: discord.Interaction, number: Number, reason: Reason | None = None) -> None:
        if (acting := await _acting(group, interaction, reason)) is None:
            return
        case = await take_off(features.core, acting, number)
        if case is None:
            await answer(interaction, words.NOT_LISTED)
        else:
            await _changed(interaction, features, case)

    @picture_remove.autocomplete("number")
    async def complete(interaction: discord.Interaction, typed: str | float) -> list[app_commands.Choice[int]]:
        admin = read_admin(interaction)
        if admin is None:
            return []
        found = await read_pictures(features.core, admin.guild_id, _MOST_IN_FILE if typed else _MOST_SUGGESTED)
        entries = [each for each, _case in found.shown if str(each.number).startswith(str(typed))]
        return [app_commands.Choice(name=words.choice(each), value=each.number) for each in entries[:_MOST_SUGGESTED]]

    return picture_remove


def _pictures(group: ConfigCommands, features: Features) -> _Command:
    @app_commands.command(name="pictures", description=words.LIST)
    async def pictures(interaction: discord.Interaction) -> None:
        if admin := await group.lets_in(interaction):
            found = await read_pictures(features.core, admin.guild_id, _MOST_IN_FILE)
            name = f"pictures-{admin.guild_id}.txt"
            file = discord.File(BytesIO(words.whole_list(found).encode()), filename=name)
            files = [] if words.is_whole(found) else [file]
            await interaction.edit_original_response(content=words.picture_list(found), attachments=files)

    return pictures


async def _acting(group: ConfigCommands, interaction: discord.Interaction, reason: str | None) -> Acting | None:
    admin = await group.lets_in(interaction)
    return Acting(admin.guild_id, admin.user_id, (one_line(reason or "") or None)) if admin else None


async def _try(features: Features, acting: Acting, data: bytes | Refused) -> TriedPicture | Refused:
    return data if isinstance(data, Refused) else await try_picture(features.core, features.rules, acting, data)


def test_picture_command(features: Features) -> _Command:
    @app_commands.command(name="picture", description=words.TEST)
    @app_commands.describe(**words.TEST_OPTIONS)
    async def test_picture(interaction: discord.Interaction, picture: discord.Attachment) -> None:
        if (acting := await lets_in(interaction)) is None:
            return
        async with features.reader.reading(picture) as data:
            tried = await _try(features, acting, data)
        text = refusal(tried) if isinstance(tried, Refused) else words.tried(tried, acting.guild_id)
        await answer(interaction, text)

    return test_picture
