"""Answers a refused remix: says why, keeps what was typed, and offers what can still be done with it."""

from typing import Any

import discord

from bot.discord_app.kit.features import Features
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.remixes.rescue.buttons import refusal_view
from bot.rules.refusals import Refused
from bot.storage.drafts.drafts import NewDraft
from bot.use_cases.drafts.drafts import keep_draft


async def answer_refusal(
    interaction: discord.Interaction[Any], features: Features, refused: Refused, typed: NewDraft | None
) -> None:
    """Every way in answers with this. The interaction is deferred. `typed` None: nothing that could be kept."""
    text, kept = refusal(refused, interaction.guild_id), None
    if typed is not None and interaction.guild_id is not None:
        kept = await keep_draft(features.core, refused, typed, interaction.guild_id, interaction.user.id)
    view = refusal_view(kept, refused)
    await interaction.edit_original_response(content=text, view=view)
