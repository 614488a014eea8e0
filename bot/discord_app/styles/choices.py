"""Suggests the styles of the server while somebody types."""

import discord
from discord import app_commands

from bot.discord_app.styles import words
from bot.rules.styles import MOST_STYLES
from bot.use_cases.core import Core
from bot.use_cases.styles.read_styles import read_styles


async def complete_style(core: Core, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    if interaction.guild_id is None:
        return []
    found = await read_styles(core, interaction.guild_id, typed)
    return [app_commands.Choice(name=words.choice(style), value=style.name) for style in found[:MOST_STYLES]]
