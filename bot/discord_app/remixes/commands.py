"""`/remix`: queues the attached picture, or opens a form to upload one. private_replies.py shows what follows."""

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.remixes import words
from bot.discord_app.remixes.forms.upload_form import open_upload_form
from bot.discord_app.remixes.rescue.answers import answer_refusal
from bot.discord_app.remixes.sets.words import COUNT_OPTION, LADDER_OPTION
from bot.discord_app.remixes.uploads import submit_upload
from bot.discord_app.styles.choices import complete_style
from bot.rules.prices import Prices, Speed
from bot.rules.remix_request import MAX_WEIGHT, MIN_WEIGHT, RawOptions
from bot.rules.resolutions import search_resolutions
from bot.storage.drafts.drafts import Attached, NewDraft

Weight = app_commands.Range[int, MIN_WEIGHT, MAX_WEIGHT]

_CHOICES = 25
# The prompt is required and the picture is not: who leaves the picture out gets a form with what they have typed, so
# nothing is lost. The other way round, a picture without a prompt could not be kept, because no form can be opened with
# a file in it.
_DESCRIPTION = "Remix a picture with Ideogram: say what it should become, and attach it"
_OPTIONS = {
    "prompt": "What it should become",
    "image": "The picture to remix. Without it, a form opens in which you upload it",
    "weight": "1 to 100: high stays close to your picture, low follows the prompt. Default: automatic",
    "resolution": "Size and shape of the result. Default: the shape of your picture",
    "speed": "How carefully it is made, and the price per image. Default: this server's choice",
    "style": "A style of this server, which adds to your prompt",
    "copyright_check": "Check the result for likenesses and logos. Takes a little longer",
    "spoiler": "Hide the result behind a spoiler",
    "ladder": LADDER_OPTION,
    "count": COUNT_OPTION,
}


def remix_command(features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    """The command, with the operator's prices and resolutions in its options."""
    prompt_type = app_commands.Range[str, 1, features.max_prompt_chars]
    count_type = app_commands.Range[int, 1, max(2, features.most_images)]

    @app_commands.command(name="remix", description=_DESCRIPTION)
    @app_commands.guild_only()
    @app_commands.guild_install()
    @app_commands.describe(**_OPTIONS)
    @app_commands.choices(speed=_speed_choices(features.prices))
    async def remix(  # noqa: PLR0913, PLR0917 - discord.py makes an option of each argument
        interaction: discord.Interaction,
        prompt: prompt_type,
        image: discord.Attachment | None = None,
        weight: Weight | None = None,
        resolution: str | None = None,
        speed: str | None = None,
        style: str | None = None,
        copyright_check: bool = False,
        spoiler: bool = False,
        ladder: bool = False,
        count: count_type = 1,
    ) -> None:
        options = RawOptions(prompt, weight, resolution, speed, copyright_check, style, count, ladder=ladder)
        if image is None:
            await open_upload_form(interaction, features, options, spoiler=spoiler)
            return
        await defer(interaction)
        typed = NewDraft(options, Attached(image.url, image.size), spoiler or image.is_spoiler())
        refused = await submit_upload(interaction, features, options, image, spoiler=typed.spoiler)
        if refused:
            await answer_refusal(interaction, features, refused, typed)

    _complete(remix, features)
    if features.most_images == 1:
        remix._params.pop("count")  # noqa: SLF001 - discord.py reads options from the signature and has no other way
    return remix


def _complete(remix: app_commands.Command, features: Features) -> None:  # type: ignore[type-arg]  # as above
    @remix.autocomplete("resolution")
    async def complete(_interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = search_resolutions(typed, features.resolutions)[:_CHOICES]
        return [app_commands.Choice(name=size.label, value=str(size)) for size in found]

    @remix.autocomplete("style")
    async def complete_name(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await complete_style(features.core, interaction, typed)


def _speed_choices(prices: Prices) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=words.speed_choice(speed, prices[speed]), value=speed.value) for speed in Speed]
