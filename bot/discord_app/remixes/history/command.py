"""`/my-remixes`: the member's own remixes in this server, with pictures and buttons."""

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.remixes.history import words
from bot.discord_app.remixes.history.remix_list import LONGEST_TEXT, show_list
from bot.discord_app.remixes.refusal_words import refusal
from bot.rules.refusals import Reason, Refused


def my_remixes_command(features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    @app_commands.command(name="my-remixes", description=words.DESCRIPTION)
    @app_commands.guild_only()
    @app_commands.guild_install()
    @app_commands.describe(text=words.TEXT)
    async def my_remixes(
        interaction: discord.Interaction, text: app_commands.Range[str, 1, LONGEST_TEXT] | None = None
    ) -> None:
        await defer(interaction)
        if interaction.guild_id is None:
            await interaction.edit_original_response(content=refusal(Refused(Reason.SERVER_ONLY)))
            return
        await show_list(interaction, features, interaction.guild_id, (text or "").strip(), None)
        await show_unread_warnings(interaction, features.core)

    return my_remixes
