"""The moderators' entries in a message's menu, under Apps: Hide remix, Remove remix."""

import discord
from discord import app_commands

from bot.discord_app.moderation import command_words
from bot.discord_app.moderation.reason_forms import RemixAction, ask_reason
from bot.use_cases.moderation.find_remix import RemixReference


def message_commands() -> list[app_commands.ContextMenu]:
    """The remix is looked up by the message's id. The text of the message is never trusted."""

    @app_commands.guild_only()
    @app_commands.guild_install()
    @app_commands.default_permissions(moderate_members=True)
    async def hide(interaction: discord.Interaction, message: discord.Message) -> None:
        await ask_reason(interaction, RemixAction.HIDE, RemixReference(message_id=message.id))

    @app_commands.guild_only()
    @app_commands.guild_install()
    @app_commands.default_permissions(moderate_members=True)
    async def remove(interaction: discord.Interaction, message: discord.Message) -> None:
        await ask_reason(interaction, RemixAction.REMOVE, RemixReference(message_id=message.id))

    return [
        app_commands.ContextMenu(name=command_words.HIDE_MENU, callback=hide),
        app_commands.ContextMenu(name=command_words.REMOVE_MENU, callback=remove),
    ]
