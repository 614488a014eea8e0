"""`/remix`: defers privately, reads the picture and queues it. private_replies.py shows the author what follows."""

from dataclasses import replace

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings, show_warnings_first
from bot.discord_app.kit.permissions import read_asker
from bot.discord_app.remixes import words
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.styles.choices import complete_style
from bot.rules.prices import Prices, Speed
from bot.rules.refusals import Refused
from bot.rules.remix_request import MAX_WEIGHT, MIN_WEIGHT, RawOptions, read_options
from bot.rules.resolutions import search_resolutions
from bot.use_cases.remixes.submit_remix import Accepted

Weight = app_commands.Range[int, MIN_WEIGHT, MAX_WEIGHT]

_CHOICES = 25
_OPTIONS = {
    "image": "The picture to remix",
    "prompt": "What it should become",
    "weight": "1 to 100: high stays close to your picture, low follows the prompt. Default: automatic",
    "resolution": "Size and shape of the result. Default: the shape of your picture",
    "speed": "How carefully it is made, and the price per image. Default: this server's choice",
    "style": "A style of this server, which adds to your prompt",
    "copyright_check": "Check the result for likenesses and logos. Takes a little longer",
    "spoiler": "Hide the result behind a spoiler",
}


def remix_command(features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    """The command, with the operator's prices and resolutions in its options."""
    prompt_type = app_commands.Range[str, 1, features.max_prompt_chars]

    @app_commands.command(
        name="remix", description="Remix a picture with Ideogram: attach it and say what it should become"
    )
    @app_commands.guild_only()
    @app_commands.guild_install()
    @app_commands.describe(**_OPTIONS)
    @app_commands.choices(speed=_speed_choices(features.prices))
    async def remix(
        interaction: discord.Interaction,
        image: discord.Attachment,
        prompt: prompt_type,
        weight: Weight | None = None,
        resolution: str | None = None,
        speed: str | None = None,
        style: str | None = None,
        copyright_check: bool = False,
        spoiler: bool = False,
    ) -> None:
        await defer(interaction)
        options = RawOptions(prompt, weight, resolution, speed, copyright_check, style)
        refused = await _submit(interaction, features, options, image, spoiler=spoiler or image.is_spoiler())
        if refused:
            await interaction.edit_original_response(content=refusal(refused, interaction.guild_id))

    @remix.autocomplete("resolution")
    async def complete(_interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = search_resolutions(typed, features.resolutions)[:_CHOICES]
        return [app_commands.Choice(name=size.label, value=str(size)) for size in found]

    @remix.autocomplete("style")
    async def complete_name(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await complete_style(features.core, interaction, typed)

    return remix


def _speed_choices(prices: Prices) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=words.speed_choice(speed, prices[speed]), value=speed.value) for speed in Speed]


async def _submit(
    interaction: discord.Interaction,
    features: Features,
    options: RawOptions,
    image: discord.Attachment,
    *,
    spoiler: bool,
) -> Refused | None:
    """The cheap checks come first, so that a refusal needs no download."""
    asker = read_asker(interaction)
    if isinstance(asker, Refused):
        return asker
    request = read_options(options, max_prompt_chars=features.max_prompt_chars, offered=features.resolutions)
    if isinstance(request, Refused):
        await show_unread_warnings(interaction, features.core, before_answer=True)
        return request
    look = await features.submit.look(asker, request.speed if options.speed else None, options.style)
    await show_warnings_first(interaction, features.core, look.warnings)
    if look.refused:
        return look.refused
    async with features.submit.turn_of(asker, look.speed) as refused:
        if refused:
            return refused
        async with features.reader.reading(image) as picture:
            if isinstance(picture, Refused):
                return picture
            outcome = await features.submit.submit(asker, replace(request, speed=look.speed), picture, spoiler=spoiler)
    if isinstance(outcome, Accepted) and outcome.was_animated:
        features.statuses.note_animation(outcome.job.id)
    return outcome if isinstance(outcome, Refused) else None
