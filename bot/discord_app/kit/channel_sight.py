"""Who can read a channel: the person who asks, or everybody whom the server lets make remixes."""

from typing import Any

import discord

from bot.discord_app.kit.raw_channels import channel_id_of
from bot.rules.policies import Policy

_Interaction = discord.Interaction[Any]
_Channel = discord.abc.GuildChannel | discord.Thread


def sees_channel(interaction: _Interaction, channel_id: int) -> bool:
    """Whether the person who asks can see that channel or thread. False if it is not in discord.py's cache."""
    if channel_id == channel_id_of(interaction):
        return True
    guild, person = interaction.guild, interaction.user
    channel = guild.get_channel_or_thread(channel_id) if guild is not None else None
    return channel is not None and isinstance(person, discord.Member) and _lets_read(channel, person)


def is_read_by_all(channel: _Channel, policy: Policy) -> bool:
    """Whether everybody in the server can read that channel, or everybody who can make remixes there."""
    guild = channel.guild
    if _lets_read(channel, guild.default_role):
        return True
    roles = [role for role_id in policy.roles if (role := guild.get_role(role_id)) is not None]
    return bool(roles) and all(_lets_read(channel, role) for role in roles)


def _lets_read(channel: _Channel, reader: discord.Member | discord.Role) -> bool:
    if not isinstance(channel, discord.Thread):
        return channel.permissions_for(reader).view_channel
    if channel.parent is None:
        return False
    held = channel.parent.permissions_for(reader)
    # Discord does not tell the bot who was invited to a private thread. Manage Threads opens all of them.
    return held.view_channel and (held.manage_threads or not channel.is_private())


def is_for_moderators(channel: _Channel) -> bool:
    """Whether all who can read that channel are moderators, as far as roles show it.

    Of a person who was let in by name, or of a role of helpers, the bot cannot know it, and then it is not.
    """
    place = channel.parent if isinstance(channel, discord.Thread) else channel
    if place is None or isinstance(channel, discord.Thread):
        # Who is in a private thread Discord does not tell, and others follow their channel's members.
        return False
    for who, rules in place.overwrites.items():
        is_person = not isinstance(who, discord.Role)
        if is_person and rules.view_channel and who.id not in {channel.guild.me.id, channel.guild.owner_id}:
            return False
    readers = [role for role in channel.guild.roles if not role.is_bot_managed() and _lets_read(channel, role)]
    return all(_is_moderators(role) for role in readers)


def _is_moderators(role: discord.Role) -> bool:
    held = role.permissions
    return held.administrator or held.moderate_members or held.manage_guild
