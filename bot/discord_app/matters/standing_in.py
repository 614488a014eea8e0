"""Finds out whether anybody else could decide what is about the owner of a server, whom nobody stands above."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.use_cases.core import Core
from bot.use_cases.matters.decide import Moderator, NotYours, find_matter
from bot.use_cases.matters.other_moderators import others_who_acted

Interaction = discord.Interaction[Any]


async def standing_in(guild: discord.Guild | None, core: Core, who: Moderator, number: int) -> Moderator:
    """For a matter that is not theirs: with the owner in `stands_in_for` if it is about them, and nobody else can.

    Without Manage Server: no other admin is known. The owner themself: no other moderator is. Every other admin has the
    owner above them.
    """
    if guild is None or guild.owner_id is None:
        return who
    instead = replace(who, stands_in_for=guild.owner_id)
    if isinstance(await find_matter(core, instead, number, decides=False), NotYours):
        # It is not about the owner, so nobody has to be looked up at Discord.
        return who
    others = await known_moderators(guild, core, but={guild.owner_id, who.user_id})
    if who.user_id != guild.owner_id:
        others = [each for each in others if each.guild_permissions.manage_guild]
    return who if others else instead


async def known_moderators(guild: discord.Guild, core: Core, *, but: Collection[int]) -> Sequence[discord.Member]:
    """Those of the people who moderated there lately who still can.

    The bot has no members intent, so it sees no list of members, and asks Discord about each of them.
    """
    lately = await others_who_acted(core, guild.id, but)
    found = await asyncio.gather(*(_find(guild, each) for each in lately))
    return [each for each in found if each is not None and _moderates(each.guild_permissions)]


async def _find(guild: discord.Guild, user_id: int) -> discord.Member | None:
    try:
        return await guild.fetch_member(user_id)
    except discord.NotFound:
        return None


def _moderates(held: discord.Permissions) -> bool:
    return held.moderate_members or held.manage_guild
