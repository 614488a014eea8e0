"""`/remix-help`: what the member who asks may do in this server now. Asking changes nothing and is not written down."""

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.kit.permissions import read_asker
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.server_policy.help_card import help_card
from bot.rules.refusals import Refused


def help_command(features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    @app_commands.command(name="remix-help", description="What you may do here now: limits, price, channels, rules")
    @app_commands.guild_only()
    @app_commands.guild_install()
    async def remix_help(interaction: discord.Interaction) -> None:
        await defer(interaction)
        asker = read_asker(interaction)
        if isinstance(asker, Refused):
            await interaction.edit_original_response(content=refusal(asker))
            return
        standing = await features.config.members.of(asker)
        days = features.config.bounds.keep_pictures_days
        await interaction.edit_original_response(view=help_card(standing, features.prices, days, asker.guild_id))
        await show_unread_warnings(interaction, features.core)

    return remix_help
