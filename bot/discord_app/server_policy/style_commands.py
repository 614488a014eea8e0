"""`/remix-config style-add`, `style-remove` and `styles`: admins decide which styles members can choose."""

import discord
from discord import app_commands, ui

from bot.discord_app.kit.controls import Control, Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.server_policy import style_words as words
from bot.discord_app.server_policy import words as policy_words
from bot.discord_app.server_policy.commands import ConfigCommands, page_view
from bot.discord_app.server_policy.controls import read_admin
from bot.discord_app.styles.choices import complete_style
from bot.rules.policy_fields import UNSET
from bot.rules.policy_file import PolicyTexts
from bot.rules.policy_problems import Problems
from bot.rules.prices import Speed
from bot.rules.remix_request import MAX_WEIGHT, MIN_WEIGHT
from bot.rules.styles import LONGEST_ENDING, LONGEST_NAME, SUGGESTED, style_texts
from bot.use_cases.server_policy.change_policy import change_policy
from bot.use_cases.server_policy.read_server_policy import read_server_policy

_SUGGESTIONS = "remix-config:style-suggestions"
_SPEEDS = [app_commands.Choice(name=speed.label, value=speed.label) for speed in Speed]

Name = app_commands.Range[str, 1, LONGEST_NAME]
Ending = app_commands.Range[str, 1, LONGEST_ENDING]
Weight = app_commands.Range[int, MIN_WEIGHT, MAX_WEIGHT]


def add_style_commands(group: ConfigCommands, features: Features) -> None:
    """Each handler asks `lets_in` first, as those of the group do."""
    group.add_command(_style_add(group))
    group.add_command(_style_remove(group, features))
    group.add_command(_styles(group, features))


def _style_add(group: ConfigCommands) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    @app_commands.command(name="style-add", description=words.ADD)
    @app_commands.describe(**words.ADD_OPTIONS)
    @app_commands.choices(speed=_SPEEDS)
    async def style_add(
        interaction: discord.Interaction,
        name: Name,
        prompt_ending: Ending,
        weight: Weight | None = None,
        speed: str | None = None,
    ) -> None:
        if admin := await group.lets_in(interaction):
            texts = {"ending": prompt_ending, "weight": str(weight or UNSET), "speed": speed or UNSET}
            await group.change(interaction, admin, PolicyTexts(styles={name: texts}))

    return style_add


def _style_remove(group: ConfigCommands, features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # as above
    @app_commands.command(name="style-remove", description=words.REMOVE)
    @app_commands.describe(**words.REMOVE_OPTIONS)
    async def style_remove(interaction: discord.Interaction, name: Name) -> None:
        if admin := await group.lets_in(interaction):
            await group.change(interaction, admin, PolicyTexts(styles={name: None}), unchanged=words.no_such_style())

    @style_remove.autocomplete("name")
    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await complete_style(features.core, interaction, typed)

    return style_remove


def _styles(group: ConfigCommands, features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # as above
    @app_commands.command(name="styles", description=words.LIST)
    async def styles(interaction: discord.Interaction) -> None:
        if admin := await group.lets_in(interaction):
            await _show_list(interaction, features, admin.guild_id)

    return styles


async def _show_list(interaction: Interaction, features: Features, guild_id: int) -> None:
    server = await read_server_policy(features.core, guild_id)
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(words.style_list(server.styles, server.policy)))
    if missing := words.missing(server.styles):
        view.add_item(ui.TextDisplay(words.suggestions(missing)))
        label = words.suggestions_label(len(missing))
        button: ui.Button[ui.LayoutView] = ui.Button(label=label, custom_id=_SUGGESTIONS)
        view.add_item(ui.ActionRow(button))
    view.stop()
    await interaction.edit_original_response(view=view)


class SuggestionsButton(Control, template=_SUGGESTIONS):
    """Adds the suggestions whose names are free when it is pressed, or none if there is no room for all of them."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction, thinking=False)
        admin = read_admin(interaction)
        if admin is None:
            await interaction.followup.send(policy_words.NOT_AN_ADMIN, ephemeral=True)
            return
        wanted = PolicyTexts(styles={style.name: style_texts(style) for style in SUGGESTED}, keep_styles=True)
        outcome = await change_policy(features.core, features.rules.bounds, admin, wanted)
        await _show_list(interaction, features, admin.guild_id)
        text = policy_words.outcome(outcome, features.rules.bounds, words.ALL_TAKEN)
        done = () if isinstance(outcome, Problems) else outcome
        await interaction.followup.send(view=page_view(text, done), ephemeral=True)
