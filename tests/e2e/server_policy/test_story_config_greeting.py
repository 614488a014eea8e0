"""On joining a server the bot greets its admins once, where it may post, and rings nobody."""

import discord
import pytest
from simcord.backend import serializers
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from tests.e2e.world import World, private_words

SETTLED = "an answer to something later"


class Club:
    """A server that the bot is added to. It has an announcement channel that is closed to bots, and a lobby."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.server = world.discord.create_guild("Club")
        self.closed = self.server.create_text_channel("announcements")
        self.lobby = self.server.create_text_channel("lobby")
        self.staff = self.server.create_text_channel("staff")
        world.deny("send_messages", channel=self.closed)

    def join(self):
        """As Discord tells of a server that the bot was added to just now."""
        guild = self.world.discord.backend.guilds[self.server.id]
        payload = serializers.guild_create_payload(self.world.discord.backend, guild)
        del payload["unavailable"]
        self.world.discord.backend.emit("GUILD_CREATE", payload)

    def use(self, **channels):
        for name, channel in channels.items():
            setattr(self.world.discord.backend.guilds[self.server.id], name, channel.id)

    async def settle(self):
        """The bot has answered something that came later, elsewhere."""
        result = await self.world.mia.slash(self.world.channel, "remix-help")
        await self.world.until(lambda: private_words(result), SETTLED)

    def said(self):
        channels = (self.closed, self.lobby, self.staff)
        return {channel.name: card for channel in channels for card in self.world.cards(channel)}


@pytest.fixture
async def club(world):
    return Club(world)


async def greeted(club):
    await club.world.until(club.said, "a greeting")
    await club.settle()
    return club.said()


async def test_it_is_short_says_where_to_begin_and_rings_nobody(club):
    club.join()
    ((channel, card),) = (await greeted(club)).items()
    assert channel == "lobby"
    words = card.stored.content
    assert "</remix-config panel:" in words
    assert "</remix-help:" in words
    assert len(words.splitlines()) <= 3
    assert card.notified == []
    assert card.message.flags.suppress_notifications


async def test_moderators_own_channel_comes_first_then_the_system_channel(club):
    club.use(public_updates_channel_id=club.staff, system_channel_id=club.lobby)
    club.join()
    assert set(await greeted(club)) == {"staff"}


async def test_a_channel_that_is_closed_to_the_bot_is_passed_over(club):
    club.use(public_updates_channel_id=club.closed, system_channel_id=club.staff)
    club.join()
    assert set(await greeted(club)) == {"staff"}


async def test_nothing_is_said_again_after_a_reconnect_a_restart_or_an_invitation_anew(club):
    club.join()
    await greeted(club)
    club.join()
    await club.settle()
    await club.world.restart()
    club.join()
    await club.settle()
    assert len(club.world.cards(club.lobby)) == 1


async def test_servers_that_were_there_before_are_not_greeted_at_a_start(club):
    await club.world.restart()
    await club.settle()
    assert club.said() == {}
    assert club.world.cards() == []


async def test_what_the_bot_lacks_is_told(club):
    backend = club.world.discord.backend
    role = backend.guilds[club.server.id].roles[club.server.id]
    role.permissions = discord.Permissions(view_channel=True, send_messages=True).value
    backend.get_member(club.server.id, backend.bot_user.id).role_ids.clear()
    club.join()
    (card,) = (await greeted(club)).values()
    assert "I still need **Attach Files** and **Read Message History**" in card.stored.content


async def test_a_server_that_is_not_on_the_list_is_told_how_to_ask(make_world):
    club = Club(await make_world(allowed_guild_ids=frozenset({1})))
    club.join()
    (card,) = (await greeted(club)).values()
    assert "not on my operator's list" in card.stored.content
    assert f"`{club.server.id}`" in card.stored.content


async def test_where_the_bot_may_write_nowhere_it_says_nothing(club):
    me = club.world.discord.backend.bot_user.id
    for channel in (club.lobby, club.staff):
        denied = discord.Permissions(view_channel=True).value
        overwrite = Overwrite(target_id=me, type=OverwriteType.MEMBER, allow=0, deny=denied)
        club.world.discord.backend.set_overwrite(channel.id, overwrite)
    club.join()
    await club.settle()
    assert club.said() == {}
