"""The types of the options that several of the moderators' commands have."""

from discord import app_commands

from bot.discord_app.kit.text import LONGEST_REASON
from bot.discord_app.moderation.case_words import CASE_KINDS

Reason = app_commands.Range[str, 1, LONGEST_REASON]
Reference = app_commands.Range[str, 1, 120]
Duration = app_commands.Range[str, 1, 20]

# Discord allows 25 choices at most: https://discord.com/developers/docs/interactions/application-commands
KINDS = [app_commands.Choice(name=row.title, value=kind.value) for kind, row in CASE_KINDS.items()]
