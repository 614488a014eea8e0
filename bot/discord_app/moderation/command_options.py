"""The types of the options that several of the moderators' commands have."""

from discord import app_commands

from bot.discord_app.kit.text import LONGEST_REASON

Reason = app_commands.Range[str, 1, LONGEST_REASON]
Reference = app_commands.Range[str, 1, 120]
Duration = app_commands.Range[str, 1, 20]
