"""`/remix-privacy`: shows a person privately what is kept about them, with buttons for a copy and for erasing it."""

import discord
from discord import app_commands, ui

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.privacy import words
from bot.discord_app.privacy.controls import EXPORT_ID, FORGET_ID
from bot.use_cases.privacy.privacy_facts import PrivacyFacts, privacy_facts


def privacy_command(features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    # Also for people who are blocked: everybody can see and erase their own data.
    @app_commands.command(name="remix-privacy", description=words.DESCRIPTION)
    @app_commands.guild_only()
    @app_commands.guild_install()
    async def remix_privacy(interaction: discord.Interaction) -> None:
        await defer(interaction)
        facts = await privacy_facts(features.core, features.rules, interaction.user.id, interaction.guild_id)
        await interaction.edit_original_response(view=_card(features, facts))

    return remix_privacy


def _card(features: Features, facts: PrivacyFacts) -> ui.LayoutView:
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(words.kept(facts)), ui.TextDisplay(words.where_pictures_go(features.privacy.api))
    )
    if facts.erasing_since is not None:
        container.add_item(ui.TextDisplay(words.erasing(facts.erasing_since)))
    export: ui.Button[ui.LayoutView] = ui.Button(label=words.EXPORT, custom_id=EXPORT_ID)
    forget: ui.Button[ui.LayoutView] = ui.Button(
        label=words.FORGET, custom_id=FORGET_ID, style=discord.ButtonStyle.danger
    )
    container.add_item(ui.ActionRow(export, forget))
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    view.stop()
    return view
