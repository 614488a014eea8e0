"""The loopback Discord fails as Discord fails: refusals with codes, lost answers, lost connections, a killed bot."""

import asyncio
import importlib.util
import json
import sys
import time
import zlib

import aiohttp
import discord
import pytest
from discord import app_commands

from tests.wire.loopback import tiny_bot
from tests.wire.loopback.tiny_bot import TinyBot, post
from tests.wire.loopback_discord import (
    GATEWAY,
    MEMBER,
    MIB,
    TOKEN_MARK,
    Answer,
    Delay,
    Hang,
    LoopbackDiscord,
    Permission,
    Reset,
    rate_limited,
)

POSTS = r"/channels/\d+/messages$"
LOST = (aiohttp.ClientError, OSError)


@pytest.fixture
def room(bot, channel):
    """The channel as the bot has it."""
    return bot.get_channel(channel.id)


async def refusal(awaitable):
    """Status and code of what Discord answered."""
    with pytest.raises(discord.HTTPException) as caught:
        await awaitable
    return caught.value.status, caught.value.code


async def acknowledged(server, user, channel):
    interaction = await server.slash("remix", user, channel, options={"prompt": "x"}, attachment=b"x")
    await interaction.wait_for(lambda i: i.original is not None and i.original.content == "Done")
    return interaction


async def test_a_wrong_token_is_refused_at_the_login(pointed_here):
    assert pointed_here.world.token != "other"
    async with TinyBot() as tiny:
        with pytest.raises(discord.LoginFailure):
            await tiny.login("other")


async def test_a_wrong_token_closes_the_gateway_with_4004(server):
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        hello = await socket.receive_json()
        await socket.send_json({"op": 2, "d": {"token": "other", "intents": 1}})
        closed = await socket.receive()
    assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41250)
    assert closed.data == 4004


async def test_a_second_acknowledgement_is_40060(server, bot, channel, mia):
    interaction = await server.slash("remix", mia, channel, options={"prompt": "x"}, attachment=b"x")
    await interaction.wait_acknowledged()
    server.redeliver(interaction)
    again = await bot.wait_for("interaction", timeout=10)
    await asyncio.wait_for(bot.failed.wait(), 10)
    assert again.id == interaction.id
    assert [(error.status, error.code) for error in bot.errors] == [(400, 40060)]
    await channel.wait_for(lambda c: len(c.messages) == 1)


async def test_an_acknowledgement_after_three_seconds_is_10062(server, bot, channel, mia):
    server.world.acknowledge_within_s = 0
    interaction = await server.slash("remix", mia, channel, options={"prompt": "x"}, attachment=b"x")
    await asyncio.wait_for(bot.failed.wait(), 10)
    assert [(error.status, error.code) for error in bot.errors] == [(404, 10062)]
    assert not interaction.acknowledged.done()


async def test_an_expired_interaction_is_401_50027(server, bot, channel, mia):
    interaction = await acknowledged(server, mia, channel)
    interaction.expired = True
    webhook = discord.Webhook.from_state(
        data={"id": server.bot.id, "type": 3, "token": interaction.token}, state=bot._connection
    )
    assert await refusal(webhook.send("late")) == (401, 50027)
    assert await refusal(webhook.edit_message(interaction.original.id, content="late")) == (401, 50027)
    assert interaction.original.content == "Done"


async def test_a_follow_up_after_the_reply_is_a_message_of_its_own(server, bot, channel, mia):
    interaction = await acknowledged(server, mia, channel)
    webhook = discord.Webhook.from_state(
        data={"id": server.bot.id, "type": 3, "token": interaction.token}, state=bot._connection
    )
    sent = await webhook.send("more", wait=True, ephemeral=True)
    await webhook.edit_message(sent.id, content="even more")
    assert [message.content for message in interaction.followups] == ["even more"]
    await webhook.delete_message(sent.id)
    assert interaction.followups[0].deleted


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        (MEMBER & ~Permission.VIEW_CHANNEL, (403, 50001)),
        (MEMBER & ~Permission.SEND_MESSAGES, (403, 50013)),
        (MEMBER & ~Permission.ATTACH_FILES, (403, 50013)),
    ],
)
async def test_a_post_without_permission_is_403(room, channel, permissions, expected):
    channel.set_bot_permissions(permissions, announced=False)
    assert await refusal(post(room, "one", b"x")) == expected
    assert not channel.messages


async def test_a_post_into_a_deleted_channel_is_10003(room, channel):
    channel.delete(announced=False)
    assert await refusal(room.send("one")) == (404, 10003)


@pytest.mark.parametrize(("tier", "size", "fits"), [(0, 10, True), (0, 11, False), (2, 11, True), (3, 26, False)])
async def test_a_file_over_the_servers_limit_or_a_request_over_25_mib_is_413(room, guild, channel, tier, size, fits):
    guild.boost_tier = tier
    sending = post(room, "large", bytes(size * MIB))
    if fits:
        await sending
        assert len(channel.messages[0].attachments[0].data) == size * MIB
    else:
        assert await refusal(sending) == (413, 40005)
        assert not channel.messages


async def test_what_discord_would_not_take_is_refused(room, channel):
    gallery = discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://missing.png"))
    card = discord.ui.LayoutView(timeout=None)
    card.add_item(gallery)
    assert await refusal(room.send(view=card)) == (400, 50035)
    assert await refusal(room.send("x" * 2001)) == (400, 50035)
    assert await refusal(room.send("x", nonce="n" * 26)) == (400, 50035)
    assert await refusal(room.send()) == (400, 50006)
    assert not channel.messages


async def test_a_fault_answers_as_often_as_it_was_told_to(server, room, channel):
    fault = server.faults.add("POST", POSTS, Answer(503, {"message": "no", "code": 0}), times=2)
    assert await refusal(room.send("one")) == (503, 0)
    assert await refusal(room.send("two")) == (503, 0)
    await room.send("three")
    assert [message.content for message in channel.messages] == ["three"]
    assert fault.hits == 2


async def test_a_reset_before_the_effect_posts_nothing(server, room, channel):
    server.faults.add("POST", POSTS, Reset())
    with pytest.raises(LOST):
        await post(room, "one", b"x")
    assert not channel.messages
    assert server.requests[-1].status is None


async def test_a_reset_after_the_effect_posts_and_a_nonce_saves_the_repeat(server, room, channel):
    server.faults.add("POST", POSTS, Reset(after_effect=True))
    with pytest.raises(LOST):
        await post(room, "one", b"x", nonce="job-1")
    assert len(channel.messages) == 1
    again = await post(room, "one", b"x", nonce="job-1")
    assert [message.id for message in channel.messages] == [again.id]


async def test_a_5xx_after_the_effect_posts_twice_without_a_nonce(server, room, channel):
    server.faults.add("POST", POSTS, Answer(503, after_effect=True))
    assert (await refusal(room.send("one")))[0] == 503
    await room.send("one")
    assert len(channel.messages) == 2


async def test_a_rate_limit_is_honoured_by_discord_py(server, room, channel):
    server.faults.add("POST", POSTS, rate_limited(0.01))
    await room.send("one")
    assert [request.status for request in server.requests if request.path.endswith("/messages")] == [429, 200]
    assert len(channel.messages) == 1


async def test_a_held_request_goes_on_when_it_is_released(server, room, channel):
    held = Hang()
    server.faults.add("POST", POSTS, held)
    sending = asyncio.create_task(room.send("one"))
    await asyncio.wait_for(held.reached.wait(), 10)
    assert not channel.messages
    held.release()
    await sending
    assert len(channel.messages) == 1


async def test_a_delayed_request_is_answered_in_the_end(server, room, channel):
    server.faults.add("POST", POSTS, Delay(0))
    await room.send("one")
    assert len(channel.messages) == 1


async def test_what_nobody_here_knows_is_recorded(server, bot, room):
    assert (await refusal(room.create_invite()))[0] == 404
    assert [(r.method, r.path.split("/")[-1]) for r in server.unknown_requests] == [("POST", "invites")]
    await bot.ws.send_as_json({"op": 8, "d": {}})
    await server.wait_for_request("GATEWAY", "op 8", status=None)
    assert len(server.unknown_requests) == 2


async def test_tokens_are_in_no_record_and_in_no_repr(server, bot, channel, mia):
    interaction = await acknowledged(server, mia, channel)
    assert interaction.token.startswith(TOKEN_MARK)
    assert TOKEN_MARK not in f"{server.requests}{interaction}{server.world}"
    assert server.world.token not in f"{server.requests}{server.world}"
    assert bot.http.token == server.world.token


async def test_a_cut_connection_is_resumed_and_nothing_is_missed(server, bot, channel, mia):
    await server.drop_gateway(resumable=True)
    assert not server.gateway.connected
    await acknowledged(server, mia, channel)
    assert (server.gateway.identified, server.gateway.resumed) == (1, 1)
    assert not bot.errors


@pytest.mark.parametrize("code", [None, 4000])
async def test_a_session_that_cannot_be_resumed_begins_anew(server, bot, channel, mia, code):
    await server.drop_gateway(resumable=False, code=code)
    await server.ready()
    await acknowledged(server, mia, channel)
    assert (server.gateway.identified, server.gateway.resumed) == (2, 0)
    assert not bot.errors


async def test_a_bot_that_is_asked_to_reconnect_resumes(server, bot, channel, mia):
    server.gateway.ask_to_reconnect()
    await server.gateway.watch.wait_for(lambda: server.gateway.resumed == 1, 10, "a resume")
    await acknowledged(server, mia, channel)
    assert not bot.errors


@pytest.mark.parametrize("outcome", [Reset(), Answer(503)])
async def test_the_gateway_refuses_connections_until_the_fault_is_cleared(server, outcome):
    server.faults.add("GET", GATEWAY, outcome, times=None)
    async with aiohttp.ClientSession() as session:
        for _ in range(2):
            with pytest.raises(LOST):
                await session.ws_connect(server.gateway_url)
        server.faults.clear()
        async with session.ws_connect(server.gateway_url) as socket:
            assert (await socket.receive_json())["op"] == 10


async def test_the_login_answers_503_as_often_as_told(pointed_here):
    pointed_here.faults.add("GET", r"/users/@me$", Answer(503), times=1)
    async with TinyBot() as tiny:
        with pytest.raises(discord.DiscordServerError):
            await tiny.login(pointed_here.world.token)


async def test_heartbeats_are_answered():
    async with LoopbackDiscord(heartbeat_interval_ms=10) as server, aiohttp.ClientSession() as session:
        async with session.ws_connect(server.gateway_url) as socket:
            await socket.receive_json()
            await socket.send_json({"op": 1, "d": None})
            assert (await socket.receive_json())["op"] == 11
        assert server.gateway.heartbeats == 1


class Unpacked:
    """For a gateway that was asked for no compression."""

    def decompress(self, data):
        return data


def unpacker(compress):
    if compress == "zlib-stream":
        return zlib.decompressobj()
    return importlib.import_module("zstandard").ZstdDecompressor().decompressobj() if compress else Unpacked()


ZSTD = ["zstd-stream"] if importlib.util.find_spec("zstandard") else []
"""discord.py asks for it only where the package is installed, so only there it is spoken."""


@pytest.mark.parametrize("compress", ["", "zlib-stream", *ZSTD])
async def test_the_gateway_is_compressed_as_asked_for(server, compress):
    stream = unpacker(compress)
    url = server.gateway_url + (f"?compress={compress}" if compress else "")
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        hello = await socket.receive()
        await socket.send_json({"op": 1, "d": None})
        ack = await socket.receive()
    assert [json.loads(stream.decompress(message.data))["op"] for message in (hello, ack)] == [10, 11]


async def test_an_unsynced_command_reaches_the_bot_all_the_same(server, bot, channel, mia):
    await server.slash("unknown", mia, channel)
    await asyncio.wait_for(bot.failed.wait(), 10)
    assert isinstance(bot.errors[0], app_commands.CommandNotFound)


async def start_process(server):
    arguments = (tiny_bot.__file__, server.world.token, server.api_url, server.gateway_url)
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stderr=asyncio.subprocess.DEVNULL)
    await server.ready(within_s=30)
    return process


async def test_a_bot_process_is_killed_after_its_post_and_a_new_one_serves(server, channel, mia):
    held = Hang(after_effect=True)
    server.faults.add("POST", POSTS, held)
    first = await start_process(server)
    killed = await server.slash("remix", mia, channel, options={"prompt": "one"}, attachment=b"1")
    await asyncio.wait_for(held.reached.wait(), 10)
    first.kill()
    await first.wait()
    await server.disconnected()
    held.release()
    second = await start_process(server)
    started = time.monotonic()
    await acknowledged(server, mia, channel)
    print(f"served {time.monotonic() - started:.2f} s after the restart")  # noqa: T201 - a figure for the report
    second.kill()
    await second.wait()
    assert [message.content for message in channel.messages] == ["one", "x"]
    assert killed.original.content == "Queued: one at 50"
    assert server.gateway.identified == 2
