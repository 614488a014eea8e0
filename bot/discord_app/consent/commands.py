"""The entries `Remix picture` and `Remix avatar` in the Apps menu of messages and members."""

from collections.abc import Sequence

import discord
from discord import app_commands, ui

from bot.discord_app.consent import words
from bot.discord_app.consent.pictures import author_of, avatar_of, pictures_of
from bot.discord_app.kit.controls import Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.raw_channels import channel_id_of
from bot.discord_app.remixes.forms.controls import RESULT_WEIGHT, open_result_form
from bot.discord_app.remixes.forms.form import Choices, Filled, remix_form
from bot.discord_app.remixes.refusal_words import refusal
from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.storage.consent.picture_requests import NewPictureRequest, OfferedPicture
from bot.use_cases.consent.requests import OpenedForm, find_own_card, open_form


def picture_commands(features: Features) -> list[app_commands.ContextMenu]:
    """Discord takes a form only as the first response, so nothing is deferred."""

    @app_commands.guild_only()
    @app_commands.guild_install()
    async def picture(interaction: discord.Interaction, message: discord.Message) -> None:
        me = interaction.client.user
        if me is not None and message.author.id == me.id:
            await _open_own(interaction, features, message)
            return
        pictures = pictures_of(message, features.picture_hosts)
        author_id, of_bot = author_of(message)
        new = _new(interaction, author_id, of_bot=of_bot, message_id=message.id, pictures=pictures)
        refused = None if pictures else Refused(Reason.NO_PICTURE_THERE)
        if message.channel.id != new.channel_id:
            # The first message of a thread is in the channel around it, which may be private or age-restricted.
            refused = Refused(Reason.PICTURE_STAYS, channels=(message.channel.id,))
        await _open(interaction, features, new, refused)

    @app_commands.guild_only()
    @app_commands.guild_install()
    async def avatar(interaction: discord.Interaction, member: discord.Member) -> None:
        found = avatar_of(member)
        new = _new(interaction, member.id, of_bot=member.bot, message_id=None, pictures=[found] if found else [])
        await _open(interaction, features, new, None if found else Refused(Reason.NO_AVATAR))

    return [
        app_commands.ContextMenu(name=words.REMIX_PICTURE, callback=picture),
        app_commands.ContextMenu(name=words.REMIX_AVATAR, callback=avatar),
    ]


def _new(
    interaction: Interaction,
    author_id: int,
    *,
    of_bot: bool,
    message_id: int | None,
    pictures: Sequence[OfferedPicture],
) -> NewPictureRequest:
    channel = interaction.channel
    return NewPictureRequest(
        guild_id=interaction.guild_id or 0,
        channel_id=channel_id_of(interaction) or 0,
        parent_channel_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        message_id=message_id,
        asker_id=interaction.user.id,
        author_id=author_id,
        of_bot=of_bot,
        pictures=pictures,
    )


async def _open_own(interaction: Interaction, features: Features, message: discord.Message) -> None:
    """A card of ours: the same as Remix this on it."""
    job_id = await find_own_card(features.core, interaction.guild_id or 0, message.id)
    if job_id is None:
        text = refusal(Refused(Reason.NO_PICTURE_THERE))
        await interaction.response.send_message(text, ephemeral=True)
    else:
        await open_result_form(interaction, features, job_id, message.id)


async def _open(interaction: Interaction, features: Features, new: NewPictureRequest, refused: Refused | None) -> None:
    opened = refused or await open_form(features.core, new)
    if isinstance(opened, Refused):
        await interaction.response.send_message(refusal(opened, interaction.guild_id), ephemeral=True)
        return
    await interaction.response.send_modal(_form(features, new, opened))


def _form(features: Features, new: NewPictureRequest, opened: OpenedForm) -> ui.Modal:
    policy = opened.policy
    speeds = [speed for speed in Speed if policy.allows(speed)]
    choices = Choices(speeds, features.prices, features.resolutions, features.max_prompt_chars)
    filled = Filled("", RESULT_WEIGHT, None, policy.speed, range(len(new.pictures)))
    modal = remix_form(Origin.RESULT, f"remix:picture:{opened.request_id}", filled, choices)
    modal.title = words.PICTURE_TITLE if new.message_id is not None else words.AVATAR_TITLE
    prompt = modal.children[0]
    if opened.asks_author and isinstance(prompt, ui.Label):
        prompt.description = words.ASKS_FIRST
    return modal
