"""`/remix-privacy`: shows a person privately what is kept about them, with buttons for a copy and for erasing it."""

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.privacy import words
from bot.discord_app.privacy.card import privacy_card


def privacy_command(features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    # Also for people who are blocked: everybody can see and erase their own data.
    @app_commands.command(name="remix-privacy", description=words.DESCRIPTION)
    @app_commands.guild_only()
    @app_commands.guild_install()
    async def remix_privacy(interaction: discord.Interaction) -> None:
        await defer(interaction)
        await interaction.edit_original_response(view=await privacy_card(interaction, features))

    return remix_privacy
