"""A channel that takes no message holds nobody up: each word in it has a time limit, and is tried later."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.discord_app.kit import sending
from bot.discord_app.operator.channel import OperatorChannel
from bot.discord_app.operator.decision_notices import DecisionNotices
from bot.discord_app.remixes import private_reply
from bot.discord_app.remixes.private_replies import PrivateReplies
from bot.discord_app.remixes.private_reply import PrivateReply, Reached
from bot.rules.budgets import BudgetWarning, Period
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.remixes.decisions import Decided
from bot.use_cases.operator.decide_parked import Unnotified
from tests.unit.remixes.made_jobs import job
from tests.wire.loopback_discord import Hang

POSTS = r"/channels/\d+/messages$"
REPLIES = r"/messages/@original$"
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
    assert await PrivateReplies(bot, None)._notify_in_channel(ended) is Reached.NOT_NOW
    assert hanging.reached.is_set()


@pytest.mark.timeout(20)
async def test_a_decision_of_the_operator(bot, channel, hanging):
    parked = job(channel_id=channel.id, guild_id=channel.guild.id)
    decided = Decided(1, parked.id, ParkedDecision.RETRIED)
    assert not await DecisionNotices(bot, None)._notify(Unnotified(decided, parked))
    assert hanging.reached.is_set()


@pytest.mark.timeout(20)
async def test_a_warning_to_the_operator(bot, channel, hanging):
    warning = BudgetWarning(Period.DAY, 80, 800_000, 1_000_000, NOW)
    await asyncio.wait_for(OperatorChannel(bot, channel.id).warn_of_budget(warning), 15)
    assert hanging.reached.is_set()


@pytest.mark.timeout(20)
async def test_a_word_in_a_private_reply(bot, channel, hanging):
    queued = job(channel_id=channel.id, guild_id=channel.guild.id)
    reply = PrivateReply(bot, bot.application_id, queued.reply_token)
    assert await reply.show("You are next.") is Reached.NOT_NOW
    assert hanging.reached.is_set()
