"""The people, the channel and the welcome that a visitor of the demo finds."""

from dataclasses import dataclass

import discord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.demo.live_discord import LiveDiscord

BOT_NAME = "remix-bot"
MEMBER = "Mia"
MODERATOR = "Rosa (moderator)"
_GUILD_ID = 1_460_000_000_000_000_000

WELCOME = """\
**Welcome! Make a remix:** type `/remix` below, choose a picture, write what it should become, and press Enter.
No picture at hand? **Sample picture** in the command takes this one. Above you switch to Rosa, who moderates.
-# Nothing leaves this computer. Ideogram is played by a stand-in, so a result is your picture in other colours."""


@dataclass(frozen=True, slots=True)
class Community:
    """`viewers` are those whom the visitor can be, the member first."""

    channel: ChannelHandle
    viewers: tuple[MemberActor, MemberActor]


def create_community(live: LiveDiscord) -> Community:
    """The same people and places at every start, ids included."""
    live.backend.edit_bot_profile(BOT_NAME)
    with live.same_ids_each_time():
        guild = live.create_guild("Studio", id=_GUILD_ID)
        channel = guild.create_text_channel("remixes", topic="Remixes of your pictures: /remix")
        permissions = discord.Permissions(manage_messages=True, moderate_members=True, manage_guild=True)
        moderates = guild.create_role("Moderators", permissions=permissions, color=0xE67E22)
        member = guild.add_member(live.create_user("mia"), nick=MEMBER)
        moderator = guild.add_member(live.create_user("rosa"), nick=MODERATOR, roles=[moderates])
    return Community(channel, (member, moderator))


async def welcome(community: Community, sample: bytes) -> None:
    """What the channel begins with. `sample` is the JPEG to try."""
    _, moderator = community.viewers
    await moderator.send(community.channel, WELCOME, attachments=[("sample.jpg", sample)])
