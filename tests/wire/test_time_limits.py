"""What one request cannot do to the others: last for ever, sleep out a long rate limit, or hold all others back."""

import asyncio
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from bot.discord_app import connection
from bot.discord_app.client import RemixClient
from bot.discord_app.command_sync import SyncMemory, sync_changed
from bot.discord_app.kit import sending
from bot.discord_app.kit.sending import Failure, SendError, delete_message, send
from bot.discord_app.operator.channel import OperatorChannel
from bot.discord_app.operator.decision_notices import DecisionNotices
from bot.discord_app.remixes import delivery as delivering
from bot.discord_app.remixes import private_reply
from bot.discord_app.remixes.delivery import ChannelPoster
from bot.discord_app.remixes.private_replies import PrivateReplies
from bot.discord_app.remixes.private_reply import PrivateReply, Reached
from bot.discord_app.remixes.waiting_card import status_card
from bot.rules.budgets import BudgetWarning, Period
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.remixes.decisions import Decided
from bot.use_cases.operator.decide_parked import Unnotified
from bot.use_cases.ports import ChannelClosedError, Delivery, Part, PostFailedError, ResultPicture
from tests.pictures_here import PicturesHere
from tests.unit.remixes.made_jobs import job, result, status
from tests.wire.loopback_discord import Answer, Hang, rate_limited

POSTS = r"/channels/\d+/messages$"
REPLIES = r"/messages/@original$"
LONG_S = 900.0
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def hanging(server, monkeypatch):
    for module in (sending, private_reply):
        monkeypatch.setattr(module, "MAX_SHORT_MESSAGE_S", 0.05)
    held = Hang()
    server.faults.add("POST", POSTS, held, times=None)
    server.faults.add("PATCH", REPLIES, held, times=None)
    yield held
    held.release()


@pytest.mark.timeout(20)
async def test_a_bad_end(bot, channel, hanging):
    ended = job(channel_id=channel.id, guild_id=channel.guild.id)
    assert await PrivateReplies(bot, None, None)._notify_in_channel(ended) is Reached.NOT_NOW
    assert hanging.reached.is_set()


@pytest.mark.timeout(20)
async def test_a_decision_of_the_operator(bot, channel, hanging):
    parked = job(channel_id=channel.id, guild_id=channel.guild.id)
    decided = Decided(1, parked.id, ParkedDecision.RETRIED)
    assert not await DecisionNotices(bot, None)._notify(Unnotified(decided, parked, counted=False))
    assert hanging.reached.is_set()


@pytest.mark.timeout(20)
async def test_a_warning_to_the_operator(bot, channel, hanging):
    warning = BudgetWarning(Period.DAY, 80, 800_000, 1_000_000, NOW)
    await asyncio.wait_for(OperatorChannel(bot, channel.id).warn_of_budget(warning), 15)
    assert hanging.reached.is_set()


@pytest.mark.timeout(20)
async def test_a_word_in_a_private_reply(bot, channel, hanging):
    queued = job(channel_id=channel.id, guild_id=channel.guild.id)
    reply = PrivateReply(bot, bot.application_id, queued.reply_token, datetime.max.replace(tzinfo=UTC))
    assert await reply.show(status_card(status(queued), "You are next.", pictured=False)) is Reached.NOT_NOW
    assert hanging.reached.is_set()


async def sync_nothing(_tree):
    pass


@pytest.fixture
async def client(pointed_here):
    """The product's own, logged in."""
    client = RemixClient(sync_nothing)
    await client.login(pointed_here.world.token)
    yield client
    await client.close()


@pytest.fixture
def made(channel):
    """A result for that channel, and the one message that shows it."""
    file = BytesIO()
    Image.new("RGB", (8, 8), (9, 9, 9)).save(file, "PNG")
    pictures = [ResultPicture(result(), file.getvalue())]
    there = job(channel_id=channel.id, guild_id=channel.guild.id)
    return Delivery(there, pictures, withheld=0, lost=0, look_first=False), Part(0, pictures)


@pytest.mark.timeout(20)
async def test_a_post_that_is_not_answered_is_tried_later(server, client, made, monkeypatch):
    monkeypatch.setattr(delivering, "max_post_s", lambda _size: 0.05)
    held = Hang()
    server.faults.add("POST", POSTS, held)
    with pytest.raises(PostFailedError, match="TimeoutError"):
        await ChannelPoster(client, PicturesHere()).post(*made)
    assert held.reached.is_set()


@pytest.mark.timeout(20)
async def test_a_long_rate_limit_is_not_slept_out_and_says_when_to_try_again(server, client, made):
    server.faults.add("POST", POSTS, rate_limited(LONG_S))
    with pytest.raises(PostFailedError) as failed:
        await ChannelPoster(client, PicturesHere()).post(*made)
    assert failed.value.retry_after == LONG_S


async def test_nothing_leaves_when_another_process_may_be_about_to_post_it(server, client, made):
    held = Hang()
    server.faults.add("POST", POSTS, held)
    with pytest.raises(PostFailedError, match="do not count on this one"):
        await ChannelPoster(client, PicturesHere(), lambda: False).post(*made)
    assert not held.reached.is_set()


@pytest.mark.parametrize("code", [50035, 200000])
async def test_what_discord_will_never_take_is_not_tried_again(server, client, made, code):
    server.faults.add("POST", POSTS, Answer(400, {"code": code, "message": "no"}))
    with pytest.raises(ChannelClosedError, match=str(code)):
        await ChannelPoster(client, PicturesHere()).post(*made)


@pytest.mark.timeout(20)
async def test_a_time_limit_during_a_global_rate_limit_does_not_hold_back_every_later_request(
    server, client, channel, monkeypatch
):
    server.faults.add("POST", POSTS, rate_limited(20.0, everywhere=True))
    there = client.get_partial_messageable(channel.id)
    with monkeypatch.context() as patched:
        patched.setattr(sending, "MAX_SHORT_MESSAGE_S", 0.3)
        with pytest.raises(SendError) as failed:
            await send(there, "first")
    assert failed.value.failure is Failure.LATER
    await asyncio.wait_for(send(client.get_partial_messageable(channel.guild.add_channel().id), "second"), 10)


@pytest.mark.timeout(20)
async def test_a_log_in_that_discord_puts_off_for_long_is_tried_again(server, pointed_here, monkeypatch):
    monkeypatch.setattr(connection, "_FIRST_WAIT_S", 0.01)
    limited = server.faults.add("GET", r"/users/@me$", rate_limited(LONG_S))
    async with RemixClient(sync_nothing) as client:
        await connection.log_in(client, pointed_here.world.token)
        assert (limited.hits, client.user.id) == (1, server.bot.id)


@pytest.mark.timeout(20)
async def test_commands_that_discord_puts_off_for_long_do_not_stop_the_start(server, client):
    """As after 200 new commands within a day."""
    limited = server.faults.add("PUT", r"/commands$", rate_limited(LONG_S))
    written = []

    async def read():
        return {}

    async def write(*scope):
        written.append(scope)

    await sync_changed(client.tree, frozenset(), SyncMemory(read, write))
    assert (limited.hits, written) == (1, [])


@pytest.mark.timeout(20)
async def test_deleting_a_message_is_not_waited_for_for_ever(server, client, channel, monkeypatch):
    message = await send(client.get_partial_messageable(channel.id), "first")
    monkeypatch.setattr(sending, "MAX_SHORT_MESSAGE_S", 0.05)
    held = Hang()
    server.faults.add("DELETE", r"/messages/\d+$", held)
    assert not await delete_message(client, channel.id, message.id)
    held.release()
