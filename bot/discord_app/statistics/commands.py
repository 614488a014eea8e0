"""`/remix-mod records statistics`: what each moderator did, for people with Manage Server alone."""

import csv
from io import BytesIO, StringIO
from typing import Any

import discord
from discord import app_commands

from bot.discord_app.kit.permissions import administers
from bot.discord_app.moderation.actions import answer, lets_in
from bot.discord_app.statistics import words
from bot.use_cases.core import Core
from bot.use_cases.moderation.oversight.statistics import Statistics, read_statistics

_DAYS = 30
_FILE = "moderators.csv"

Days = app_commands.Range[int, 1, 366]


def statistics_command(core: Core) -> app_commands.Command[Any, ..., None]:
    """For the group `/remix-mod records`."""

    @app_commands.command(name="statistics", description=words.DESCRIPTION)
    @app_commands.describe(days=words.DAYS)
    async def statistics(interaction: discord.Interaction, days: Days = _DAYS) -> None:
        acting = await lets_in(interaction)
        if acting is None:
            return
        if not administers(interaction):
            await answer(interaction, words.NOT_AN_ADMIN)
            return
        found = await read_statistics(core, acting.guild_id, days)
        files = [discord.File(BytesIO(make_table(found)), filename=_FILE)] if found.moderators else []
        await interaction.edit_original_response(content=words.summary(found), attachments=files)

    return statistics


def make_table(found: Statistics) -> bytes:
    """CSV. No cell has people's text in it or begins like a formula."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(words.COLUMNS)
    for each in found.moderators:
        # A spreadsheet would round the bare id, which has more digits than its numbers can hold. `<@id>` stays text.
        who = f"<@{each.user_id}>"
        for kind, count in each.actions.items():
            writer.writerow([who, f"case: {kind}", count, each.undone[kind], ""])
        for matter, decided in each.decided.items():
            writer.writerow([who, f"decided: {matter}", decided.count, "", words.usually(decided)])
    return text.getvalue().encode()
