"""What the operator reads is posted once, also when the answer to it is lost, and waits while it cannot be posted."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.discord_app.operator.channel import OperatorChannel
from bot.rules.alarms import Alarm, OpenAlarm
from tests.wire.loopback_discord import text_of
from tests.wire.loopback_discord.faults import Answer, Reset

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
POSTS = r"/channels/\d+/messages$"
DISK = OpenAlarm(Alarm.DISK_LOW, "", {"free_mb": 3, "needed_mb": 100}, began_at=NOW, seen_at=NOW)
TASK = OpenAlarm(Alarm.TASK_FAILED, "log channels", {}, began_at=NOW, seen_at=NOW)


async def test_a_message_whose_answer_was_lost_is_not_posted_twice(bot, server, channel):
    server.faults.add("POST", POSTS, Reset(after_effect=True))
    operator = OperatorChannel(bot, channel.id)
    assert await operator.announce([DISK, TASK]) == 0
    assert await operator.announce([replace(DISK, seen_at=datetime.now(UTC)), TASK]) == 2
    (message,) = channel.messages
    assert "3 MB are free" in text_of(message)
    assert "log channels" in text_of(message)


async def test_an_end_is_another_message_than_its_beginning(bot, channel):
    operator = OperatorChannel(bot, channel.id)
    assert await operator.announce([DISK]) == 1
    assert await operator.announce([replace(DISK, announced_at=NOW, over_at=NOW)]) == 1
    assert ["has room again" in text_of(message) for message in channel.messages] == [False, True]


@pytest.mark.parametrize("status", [403, 404])
async def test_what_cannot_be_posted_is_kept(bot, server, channel, status):
    server.faults.add("POST", POSTS, Answer(status))
    assert await OperatorChannel(bot, channel.id).announce([DISK]) == 0


async def test_without_a_channel_the_log_is_enough(bot, channel):
    assert await OperatorChannel(bot, None).announce([DISK, TASK]) == 2
    assert channel.messages == []
