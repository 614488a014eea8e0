"""Creates the server, the people and the welcome message of the demo."""

from dataclasses import dataclass
from typing import Any

import discord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.demo.live_discord import LiveDiscord

BOT_NAME = "remix-bot"
MEMBER = "Mia"
OTHER_MEMBER = "Ben"
NEW_MEMBER = "Nina (new here)"
MODERATOR = "Rosa (moderator)"
SECOND_MODERATOR = "Max (moderator)"
# Fixed, because a database kept with --keep stores the server's id.
_GUILD_ID = 1_460_000_000_000_000_000

WELCOME = """\
**Welcome! Make a remix:** type `/remix` below, choose a picture, describe what it should become, and send it.
No picture at hand? Click **Sample picture** in the command. Use the menu above to become Ben, another \
member, Nina, who has just joined, or Rosa or Max, who moderate.
-# Nothing leaves this computer. A stand-in replaces Ideogram: a result is your picture in other colours, and its \
safety check refuses a prompt with the word "unsafe"."""


@dataclass(frozen=True, slots=True)
class Community:
    """`viewers` are the people that the visitor can be: three members, then two moderators, who alone see `log`."""

    channel: ChannelHandle
    log: ChannelHandle
    viewers: tuple[MemberActor, MemberActor, MemberActor, MemberActor, MemberActor]


def create_community(live: LiveDiscord) -> Community:
    """Creates the same people and channel with the same ids at every start."""
    live.backend.edit_bot_profile(BOT_NAME)
    with live.same_ids_each_time():
        guild = live.create_guild("Studio", id=_GUILD_ID)
        channel = guild.create_text_channel("remixes", topic="Remixes of your pictures: /remix")
        permissions = discord.Permissions(manage_messages=True, moderate_members=True, manage_guild=True)
        moderates = guild.create_role("Moderators", permissions=permissions, color=0xF0A35E)
        member = guild.add_member(live.create_user("mia"), nick=MEMBER)
        moderator = guild.add_member(live.create_user("rosa"), nick=MODERATOR, roles=[moderates])
        seen = discord.PermissionOverwrite(view_channel=True)
        hidden: dict[Any, discord.PermissionOverwrite] = {moderates: seen}
        hidden[guild.default_role] = discord.PermissionOverwrite(view_channel=False)
        if live.bot.user is not None:
            hidden[live.bot.user] = seen
        log = guild.create_text_channel(
            "mod-log", topic="For moderators: empty until log-channel is set", overwrites=hidden
        )
        # Last, so that a database kept with --keep by an older version still has the right ids of the others.
        other = guild.add_member(live.create_user("ben"), nick=OTHER_MEMBER)
        second = guild.add_member(live.create_user("max"), nick=SECOND_MODERATOR, roles=[moderates])
        newcomer = live.create_user("nina")
    # Outside of the block, where it is today: raid mode and reviews are about members who have just joined.
    new = guild.add_member(newcomer, nick=NEW_MEMBER)
    return Community(channel, log, (member, other, new, moderator, second))


async def welcome(community: Community, sample: bytes) -> None:
    """Posts the first message of the channel. `sample` is a JPEG to try."""
    *_, moderator, _second = community.viewers
    await moderator.send(community.channel, WELCOME, attachments=[("sample.jpg", sample)])
