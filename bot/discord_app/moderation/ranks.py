"""Finds out how a server ranks its people, for the rule that nobody acts on people above them."""

import discord

from bot.discord_app.kit.controls import Interaction
from bot.rules.hierarchy import NO_ROLE, OutOfReach, RankedMember, check_reach

Person = discord.User | discord.Member


async def out_of_reach(interaction: Interaction, target: Person | int, *, allow_self: bool) -> OutOfReach | None:
    """Why who asks cannot act on that person; None: they can.

    `target` is an id where Discord has not just sent the member, and is fetched then: we cache no members. Raises what
    discord.py raises.
    """
    ranked = await _fetch_ranked(interaction, target) if isinstance(target, int) else _ranked(interaction, target)
    return check_reach(_ranked(interaction, interaction.user), ranked, allow_self=allow_self)


def _ranked(interaction: Interaction, person: Person) -> RankedMember:
    """A `User` is not a member of the server (any more), so has no role."""
    guild, client_user = interaction.guild, interaction.client.user
    top = person.top_role if isinstance(person, discord.Member) else None
    return RankedMember(
        user_id=person.id,
        rank=(top.position, -top.id) if top is not None and not top.is_default() else NO_ROLE,
        is_owner=guild is not None and guild.owner_id == person.id,
        is_bot=client_user is not None and client_user.id == person.id,
    )


async def _fetch_ranked(interaction: Interaction, user_id: int) -> RankedMember:
    if interaction.guild is None:
        return RankedMember(user_id)
    # Nobody outranks the owner, so their roles need no request.
    if interaction.guild.owner_id == user_id:
        return RankedMember(user_id, is_owner=True)
    try:
        member = await interaction.guild.fetch_member(user_id)
    except discord.NotFound:
        return RankedMember(user_id)
    return _ranked(interaction, member)
