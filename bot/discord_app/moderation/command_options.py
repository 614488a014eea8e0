"""The options that several of the moderators' commands have."""

import discord
from discord import app_commands

from bot.discord_app.kit.text import LONGEST_REASON
from bot.discord_app.moderation.case_words import CASE_KINDS
from bot.rules.cases import CaseKind

Reason = app_commands.Range[str, 1, LONGEST_REASON]
Reference = app_commands.Range[str, 1, 120]
Duration = app_commands.Range[str, 1, 20]

Kind = app_commands.Range[str, 1, 40]
_CHOICES = 25
"""An option has no more: https://discord.com/developers/docs/interactions/application-commands. There are more kinds of
cases, so they are offered while somebody types."""


async def complete_kind(_interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    offered = {row.title: kind.value for kind, row in CASE_KINDS.items() if typed.casefold() in row.title.casefold()}
    return [app_commands.Choice(name=title, value=value) for title, value in list(offered.items())[:_CHOICES]]


def read_kind(typed: str) -> CaseKind | None:
    """Discord lets people ignore what is offered, so a kind can be typed by its title too. None: there is none."""
    wanted = typed.strip().casefold()
    return next((kind for kind, row in CASE_KINDS.items() if wanted in {kind.value, row.title.casefold()}), None)
