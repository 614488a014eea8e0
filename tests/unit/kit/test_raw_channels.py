"""What is read of an interaction's channels, although discord.py drops it."""

import discord
import pytest
from discord import app_commands

from bot.discord_app.client import RemixClient
from bot.discord_app.kit.permissions import read_asker, read_asker_of
from bot.rules.refusals import Reason, Refused

GUILD, CHANNEL, FORUM, OTHER = 11, 22, 33, 44
SPOILER_CHANNEL = 1 << 21
TEXT, FORUM_THREAD, UNKNOWN = 0, 11, 99
PERSON = {"id": "5", "username": "mia", "discriminator": "0", "avatar": None, "global_name": None}
ALL = discord.Permissions.all_channel()


async def sync_nothing(_tree):
    pass


@pytest.fixture
async def arrives(monkeypatch):
    """Parses an interaction as the gateway does, and returns it."""
    client = RemixClient(sync_nothing)
    state, seen = client._connection, []
    state.user = discord.ClientUser(state=state, data=PERSON | {"id": "2", "bot": True})
    monkeypatch.setattr(state, "dispatch", lambda *_: None)
    monkeypatch.setattr(client.tree, "_from_interaction", seen.append)

    def receive(channel, *, resolved=None, guild_id=GUILD):
        member = {"user": PERSON, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "flags": 0}
        place = {"id": str(CHANNEL), "name": "art", "position": 0, "permission_overwrites": [], "parent_id": None}
        where = {"guild_id": str(guild_id), "member": member | {"permissions": "0"}} if guild_id else {"user": PERSON}
        client._connection.parsers["INTERACTION_CREATE"](
            {
                "id": "1",
                "application_id": "2",
                "type": 2,
                "token": "t",
                "version": 1,
                "data": {"id": "3", "name": "remix", "type": 1, "resolved": resolved or {}},
                "channel_id": str(CHANNEL),
                "channel": place | channel,
                "app_permissions": str(ALL.value),
                "attachment_size_limit": 1,
                **where,
            }
        )
        return seen[-1]

    receive.client = client
    yield receive
    await client.close()


async def test_a_channel_of_an_unknown_type_is_a_channel_too(arrives):
    asker = read_asker(arrives({"type": UNKNOWN}))
    assert (asker.guild_id, asker.channel_id, asker.missing_permissions) == (GUILD, CHANNEL, ())


async def test_a_direct_message_is_refused(arrives):
    assert read_asker(arrives({"type": UNKNOWN}, guild_id=None)) == Refused(Reason.SERVER_ONLY)


@pytest.mark.parametrize("kind", [TEXT, UNKNOWN])
@pytest.mark.parametrize(("flags", "hidden"), [(SPOILER_CHANNEL | 2, True), (2, False), (None, False)])
async def test_a_spoiler_channel_is_known_by_its_flag(arrives, kind, flags, hidden):
    assert read_asker(arrives({"type": kind, "flags": flags})).in_spoiler_channel is hidden


@pytest.mark.parametrize(("flags", "hidden"), [(SPOILER_CHANNEL, True), (0, False)])
async def test_a_post_in_a_spoiler_forum_is_in_a_spoiler_channel(arrives, flags, hidden):
    state = arrives.client._connection
    guild = state._get_or_create_unavailable_guild(GUILD)
    state._add_guild(guild)
    forum = {"id": str(FORUM), "name": "art", "type": 15, "position": 0, "parent_id": None, "flags": flags}
    guild._add_channel(discord.ForumChannel(state=state, guild=guild, data=forum | {"permission_overwrites": []}))
    times = {"archived": False, "auto_archive_duration": 60, "archive_timestamp": "2026-01-01T00:00:00+00:00"}
    counts = {"message_count": 1, "member_count": 1}
    thread = {"type": FORUM_THREAD, "parent_id": str(FORUM), "owner_id": "5", "thread_metadata": times, **counts}
    asker = read_asker(arrives(thread))
    assert (asker.parent_channel_id, asker.in_spoiler_channel) == (FORUM, hidden)


async def test_the_bots_permissions_in_a_chosen_channel_need_no_cache(arrives):
    held = discord.Permissions(ALL.value & ~discord.Permissions(attach_files=True).value)
    sent = {"id": str(OTHER), "name": "other", "type": TEXT, "permissions": "0", "app_permissions": str(held.value)}
    interaction = arrives({"type": TEXT}, resolved={"channels": {str(OTHER): sent}})
    chosen = app_commands.AppCommandChannel(state=interaction._state, data=sent, guild_id=GUILD)
    assert read_asker_of(interaction, interaction.user, chosen).missing_permissions == ("Attach Files",)
