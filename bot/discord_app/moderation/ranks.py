"""How a server ranks its people, for the rule on who may act on whom."""

from typing import Any

import discord

from bot.rules.hierarchy import NO_ROLE, RankedMember


def ranked(interaction: discord.Interaction[Any], person: discord.User | discord.Member) -> RankedMember:
    """Who is no member there (any more) has no role."""
    guild, client_user = interaction.guild, interaction.client.user
    top = person.top_role if isinstance(person, discord.Member) else None
    return RankedMember(
        user_id=person.id,
        rank=(top.position, -top.id) if top is not None and not top.is_default() else NO_ROLE,
        is_owner=guild is not None and guild.owner_id == person.id,
        is_bot=client_user is not None and client_user.id == person.id,
    )


async def fetch_ranked(interaction: discord.Interaction[Any], user_id: int) -> RankedMember:
    """As the server ranks them now: asked of Discord, as no member is kept. Raises what Discord may raise."""
    if interaction.guild is None:
        return RankedMember(user_id)
    if interaction.guild.owner_id == user_id:
        return RankedMember(user_id, is_owner=True)
    try:
        member = await interaction.guild.fetch_member(user_id)
    except discord.NotFound:
        return RankedMember(user_id)
    return ranked(interaction, member)
