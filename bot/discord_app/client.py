"""The discord.py client: no privileged intent, no mention ever fires by default, commands and buttons installed."""

import asyncio
from collections.abc import Awaitable, Callable

import discord
from discord import app_commands

from bot.discord_app.command_tree import CommandTree
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import on_command_error
from bot.discord_app.moderation.case_pages import OlderCasesButton
from bot.discord_app.moderation.commands import ModerationCommands
from bot.discord_app.moderation.message_commands import message_commands
from bot.discord_app.operator.commands import OperatorCommands
from bot.discord_app.remixes.commands import remix_command
from bot.discord_app.remixes.controls import BUTTONS
from bot.discord_app.remixes.history_command import my_remixes_command
from bot.discord_app.server_log.controls import LOG_BUTTONS
from bot.discord_app.server_policy.commands import ConfigCommands
from bot.discord_app.server_policy.controls import CONTROLS, on_form
from bot.discord_app.server_policy.greeting import greet
from bot.discord_app.server_policy.help_command import help_command
from bot.discord_app.usage.commands import usage_command


class RemixClient(discord.Client):
    """`install` it with its features before it logs in."""

    features: Features

    def __init__(self, sync: Callable[[app_commands.CommandTree[discord.Client]], Awaitable[None]]) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            # Waiting for every server after READY would only delay the first answer.
            guild_ready_timeout=0,
        )
        self.tree = CommandTree(self)
        self.tree.error(on_command_error)
        self._sync = sync
        self.answering: set[asyncio.Task[object]] = set()
        """Commands and clicks that are acknowledged and not over."""

    def install(self, features: Features) -> None:
        self.features = features
        self.tree.add_command(remix_command(features))
        self.tree.add_command(my_remixes_command(features))
        self.tree.add_command(help_command(features))
        self.tree.add_command(ConfigCommands(features.config))
        moderation = ModerationCommands(features.moderation)
        moderation.add_command(usage_command(features.usage))
        self.tree.add_command(moderation)
        for command in message_commands(features.moderation):
            self.tree.add_command(command)
        if (operator := features.operator) is not None:
            self.tree.add_command(OperatorCommands(operator), guild=discord.Object(operator.guild_id))
        self.add_dynamic_items(*BUTTONS, *CONTROLS, *LOG_BUTTONS, OlderCasesButton)

    async def setup_hook(self) -> None:
        await self._sync(self.tree)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Forms are answered here: the library would remember those of this start only."""
        if interaction.type is discord.InteractionType.modal_submit:
            await on_form(interaction)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await greet(guild, self.features.config)

    async def answered(self) -> None:
        """Once nobody waits for the end of what they began: at a shutdown, before the connection is closed."""
        while self.answering:
            await asyncio.wait(self.answering)
