"""Builds what `/remix-privacy` shows."""

import discord
from discord import ui

from bot.discord_app.kit.controls import Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.privacy import words
from bot.use_cases.privacy.privacy_facts import PrivacyFacts, privacy_facts

EXPORT_ID = "remix-privacy:export"
FORGET_ID = "remix-privacy:forget"
OPT_OUT_ID = "remix-privacy:opt-out"
OPT_IN_ID = "remix-privacy:opt-in"


async def privacy_card(interaction: Interaction, features: Features) -> ui.LayoutView:
    """For the person of the interaction, as things are now."""
    facts = await privacy_facts(features.core, features.rules, interaction.user.id, interaction.guild_id)
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(words.kept(facts)),
        ui.TextDisplay(words.where_pictures_go(features.privacy.api)),
        ui.TextDisplay(words.others(facts.opted_out_since)),
    )
    if facts.erasing_since is not None:
        container.add_item(ui.TextDisplay(words.erasing(facts.erasing_since)))
    export: ui.Button[ui.LayoutView] = ui.Button(label=words.EXPORT, custom_id=EXPORT_ID)
    forget: ui.Button[ui.LayoutView] = ui.Button(
        label=words.FORGET, custom_id=FORGET_ID, style=discord.ButtonStyle.danger
    )
    container.add_item(ui.ActionRow(export, _wish(facts), forget))
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    view.stop()
    return view


def _wish(facts: PrivacyFacts) -> "ui.Button[ui.LayoutView]":
    if facts.opted_out_since is None:
        return ui.Button(label=words.OPT_OUT, custom_id=OPT_OUT_ID)
    return ui.Button(label=words.OPT_IN, custom_id=OPT_IN_ID)
