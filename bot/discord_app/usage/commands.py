"""`/remix-mod records usage`: how much each member used, as lines, a chart and a table."""

import asyncio
from typing import Any

import discord
from discord import app_commands

from bot.discord_app.moderation.actions import lets_in
from bot.discord_app.usage import words
from bot.discord_app.usage.report import chart_of, make_report
from bot.use_cases.core import Core
from bot.use_cases.usage.read_usage import read_usage

_DAYS = 30

Days = app_commands.Range[int, 1, 90]


def usage_command(core: Core) -> app_commands.Command[Any, ..., None]:
    """For the group `/remix-mod records`."""

    @app_commands.command(name="usage", description=words.DESCRIPTION)
    @app_commands.describe(days=words.DAYS, member=words.MEMBER)
    async def usage(interaction: discord.Interaction, days: Days = _DAYS, member: discord.User | None = None) -> None:
        if (acting := await lets_in(interaction)) is None:
            return
        user_id = member.id if member else None
        used = await read_usage(core, acting.guild_id, days, user_id)
        if not used.remixes:
            await interaction.edit_original_response(content=words.no_usage(used, user_id))
            return
        drawn = await core.pictures.draw(*chart_of(used))
        report = await asyncio.to_thread(make_report, used, user_id, drawn)
        await interaction.edit_original_response(view=report.view, attachments=report.files)

    return usage
