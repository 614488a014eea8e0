"""`/my-remixes`: lists the member's newest remixes in this server, with a button where something can be done."""

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.remixes.cards import remix_list
from bot.discord_app.remixes.refusal_words import refusal
from bot.rules.refusals import Reason, Refused


def my_remixes_command(features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    @app_commands.command(name="my-remixes", description="Your latest remixes here: cancel one, or get a result again")
    @app_commands.guild_only()
    @app_commands.guild_install()
    async def my_remixes(interaction: discord.Interaction) -> None:
        await defer(interaction)
        if interaction.guild_id is None:
            await interaction.edit_original_response(content=refusal(Refused(Reason.SERVER_ONLY)))
            return
        last = await features.statuses.newest_of_member(interaction.user.id, interaction.guild_id)
        await interaction.edit_original_response(view=remix_list(last))
        await show_unread_warnings(interaction, features.core)

    return my_remixes
