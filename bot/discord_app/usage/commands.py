"""`/remix-mod usage`: who used how much, as lines, as a chart and as a table."""

import asyncio
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.discord_app.moderation.actions import lets_in
from bot.discord_app.usage.report import make_report, no_usage
from bot.use_cases.core import Core
from bot.use_cases.usage.read_usage import read_usage

_DAYS = 30

if TYPE_CHECKING:
    Days = int
else:
    Days = app_commands.Range[int, 1, 90]


def usage_command(core: Core) -> app_commands.Command[Any, ..., None]:
    """For the group `/remix-mod`."""

    @app_commands.command(name="usage", description="Who used how much here, with a chart and a table")
    @app_commands.describe(days="How many days back, 30 if you leave it out", member="Of one member alone")
    async def usage(interaction: discord.Interaction, days: Days = _DAYS, member: discord.User | None = None) -> None:
        if (acting := await lets_in(interaction)) is None:
            return
        user_id = member.id if member else None
        used = await read_usage(core, acting.guild_id, days, user_id)
        if not used.remixes:
            await interaction.edit_original_response(content=no_usage(used, user_id))
            return
        report = await asyncio.to_thread(make_report, used, user_id)
        await interaction.edit_original_response(view=report.view, attachments=report.files)

    return usage
