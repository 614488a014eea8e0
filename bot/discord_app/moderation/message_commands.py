"""Moderators' entries in a message's menu, under Apps: Hide remix, Remove remix."""

import discord
from discord import app_commands

from bot.discord_app.kit.features import ModerationFeatures
from bot.discord_app.moderation.actions import hide_remix, lets_in, remove_remix
from bot.use_cases.moderation.find_result import RemixReference


def message_commands(features: ModerationFeatures) -> list[app_commands.ContextMenu]:
    """Whose result the message shows is looked up: what is written in it counts for nothing."""

    @app_commands.guild_only()
    @app_commands.guild_install()
    @app_commands.default_permissions(moderate_members=True)
    async def hide(interaction: discord.Interaction, message: discord.Message) -> None:
        if await lets_in(interaction):
            await hide_remix(interaction, features, RemixReference(message_id=message.id))

    @app_commands.guild_only()
    @app_commands.guild_install()
    @app_commands.default_permissions(moderate_members=True)
    async def remove(interaction: discord.Interaction, message: discord.Message) -> None:
        if await lets_in(interaction):
            await remove_remix(interaction, features, RemixReference(message_id=message.id))

    return [
        app_commands.ContextMenu(name="Hide remix", callback=hide),
        app_commands.ContextMenu(name="Remove remix", callback=remove),
    ]
