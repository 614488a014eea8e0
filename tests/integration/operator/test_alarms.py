"""The operator hears once that an alarm begins and once that it is over, whatever Discord, the disk or a restart do."""

import pytest
from structlog.testing import capture_logs

from bot.rules.alarms import Alarm
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.operator import alarms as stored_alarms
from bot.use_cases.operator.alarms import Alarms


class Channel:
    """The operator's channel. `takes`: how many alarms it takes in a message; 0 while Discord is down."""

    def __init__(self):
        self.takes = 10
        self.asked = 0
        self.messages = []
        self.while_posting = lambda: None

    async def announce(self, alarms):
        self.asked += 1
        self.while_posting()
        taken = alarms[: self.takes]
        if taken:
            self.messages.append([_told(each) for each in taken])
        return len(taken)


def _told(alarm):
    begun = [f"{alarm.alarm} {alarm.facts.get('count', '')}".strip()] if alarm.is_new or not alarm.over_at else []
    return " and ".join([*begun, *([f"{alarm.alarm} over"] if alarm.over_at else [])])


@pytest.fixture
def channel():
    return Channel()


@pytest.fixture
def alarms(database, clock, channel):
    return Alarms(database, clock, channel)


async def settle(alarms):
    """Until it has nothing to do before the clock moves."""
    while await alarms.once() == 0:
        pass


async def restart(database, clock, channel):
    again = Alarms(database, clock, channel)
    await again.load()
    return again


async def test_an_alarm_is_announced_once_when_it_begins_and_once_when_it_is_over(alarms, channel, clock):
    with capture_logs() as logged:
        for _ in range(3):
            alarms.raise_(Alarm.DISK_LOW, free_mb=9)
            await settle(alarms)
            clock.move(minutes=5)
        for _ in range(2):
            alarms.clear(Alarm.DISK_LOW)
            await settle(alarms)
    assert channel.messages == [["disk_low"], ["disk_low over"]]
    assert [(line["event"], line["log_level"]) for line in logged] == [
        ("an alarm has begun", "error"),
        ("an alarm is over", "warning"),
    ]


async def test_a_restart_repeats_nothing_and_announces_what_was_left(alarms, channel, clock, database):
    alarms.raise_(Alarm.QUEUE_HELD, "key_rejected")
    await settle(alarms)
    channel.takes = 0
    alarms.raise_(Alarm.TASK_FAILED, "budgets")
    await settle(alarms)

    channel.takes = 10
    again = await restart(database, clock, channel)
    again.raise_(Alarm.QUEUE_HELD, "key_rejected")
    await settle(again)
    assert channel.messages == [["queue_held"], ["task_failed"]]

    again.clear(Alarm.QUEUE_HELD, "key_rejected")
    await settle(again)
    assert channel.messages[2:] == [["queue_held over"]]
    assert [each.alarm for each in await database.transaction(stored_alarms.read)] == [Alarm.TASK_FAILED]


async def test_while_discord_is_down_messages_wait_and_are_joined_in_one(alarms, channel, clock):
    channel.takes = 0
    alarms.raise_(Alarm.DISK_LOW)
    await settle(alarms)
    alarms.raise_(Alarm.QUEUE_HELD, "out_of_credit")
    alarms.clear(Alarm.DISK_LOW)
    await settle(alarms)
    assert channel.asked == 1

    channel.takes = 10
    clock.move(seconds=15)
    await settle(alarms)
    assert channel.messages == [["disk_low and disk_low over", "queue_held"]]


async def test_it_asks_a_closed_channel_less_and_less_often(alarms, channel, clock):
    channel.takes = 0
    alarms.raise_(Alarm.DISK_LOW)
    for _ in range(60):
        await settle(alarms)
        clock.move(minutes=1)
    assert 8 <= channel.asked <= 11


async def test_a_burst_of_parked_remixes_is_one_message_and_growth_another_an_hour_later(alarms, channel, clock):
    for count in range(1, 6):
        alarms.raise_(Alarm.PARKED, count=count)
        await settle(alarms)
        clock.move(seconds=5)
    assert channel.messages == []
    clock.move(seconds=5)
    await settle(alarms)
    assert channel.messages == [["parked 5"]]

    alarms.raise_(Alarm.PARKED, count=8)
    clock.move(minutes=59)
    await settle(alarms)
    assert len(channel.messages) == 1
    clock.move(minutes=1)
    await settle(alarms)
    alarms.raise_(Alarm.PARKED, count=2)
    clock.move(hours=2)
    await settle(alarms)
    assert channel.messages == [["parked 5"], ["parked 8"]]

    alarms.clear(Alarm.PARKED)
    await settle(alarms)
    assert channel.messages[2:] == [["parked over"]]


async def test_what_is_over_before_its_first_message_is_due_is_not_announced(alarms, channel, clock, database):
    alarms.raise_(Alarm.PARKED, count=1)
    await settle(alarms)
    clock.move(seconds=20)
    alarms.clear(Alarm.PARKED)
    clock.move(minutes=1)
    await settle(alarms)
    assert channel.messages == []
    assert await database.transaction(stored_alarms.read) == []


async def test_a_storm_makes_a_few_messages_a_minute(alarms, channel, clock):
    for number in range(59):
        alarms.raise_(Alarm.TASK_FAILED, f"task {number}")
        await settle(alarms)
        clock.move(seconds=1)
    assert len(channel.messages) == 4
    clock.move(minutes=1)
    await settle(alarms)
    assert list(map(len, channel.messages)) == [1] * 4 + [10] * 4


async def test_an_end_that_comes_while_the_beginning_is_posted_is_announced_next(alarms, channel):
    alarms.raise_(Alarm.DISK_LOW)
    channel.while_posting = lambda: alarms.clear(Alarm.DISK_LOW)
    await settle(alarms)
    assert channel.messages == [["disk_low"], ["disk_low over"]]


async def test_an_alarm_that_begins_again_while_its_end_is_posted_is_announced_again(alarms, channel):
    alarms.raise_(Alarm.DISK_LOW)
    await settle(alarms)
    alarms.clear(Alarm.DISK_LOW)
    channel.while_posting = lambda: alarms.raise_(Alarm.DISK_LOW)
    await settle(alarms)
    assert channel.messages == [["disk_low"], ["disk_low over"], ["disk_low"]]


async def test_an_alarm_that_flickers_before_its_end_is_posted_simply_goes_on(alarms, channel):
    alarms.raise_(Alarm.DISK_LOW)
    await settle(alarms)
    alarms.clear(Alarm.DISK_LOW)
    alarms.raise_(Alarm.DISK_LOW)
    await settle(alarms)
    assert channel.messages == [["disk_low"]]


async def test_an_alarm_about_a_full_disk_needs_no_disk(alarms, channel, database, clock, monkeypatch):
    async def full(*_):
        raise DatabaseUnavailableError("nothing was stored: database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(database, "transaction", full)
        alarms.raise_(Alarm.DISK_LOW, free_mb=0)
        await settle(alarms)
    assert channel.messages == [["disk_low"]]
    await settle(alarms)
    again = await restart(database, clock, channel)
    await settle(again)
    assert channel.messages == [["disk_low"]]
    assert [each.alarm for each in again.open] == [Alarm.DISK_LOW]


async def test_a_second_copy_is_over_after_an_hour_without_a_sign_also_after_a_restart(
    alarms, channel, clock, database
):
    for _ in range(3):
        alarms.raise_(Alarm.SECOND_COPY)
        await settle(alarms)
        clock.move(minutes=40)
    again = await restart(database, clock, channel)
    await settle(again)
    assert channel.messages == [["second_copy"]]
    clock.move(minutes=20)
    await settle(again)
    assert channel.messages == [["second_copy"], ["second_copy over"]]


async def test_a_loop_that_catches_its_own_errors_is_told_until_a_round_goes_well(alarms, channel, clock):
    for well in (True, False, False, True):
        alarms.loop_did("a round of housekeeping", well)
        await settle(alarms)
    assert alarms.open == []
    clock.move(minutes=10)
    await settle(alarms)
    assert channel.messages == [["task_failed"], ["task_failed over"]]


async def test_a_loop_that_fails_in_every_second_round_is_one_message_until_it_stops(alarms, channel, clock):
    for second in range(120):
        alarms.loop_did("worker (deliver)", bool(second % 2))
        await settle(alarms)
        clock.move(seconds=30)
    assert channel.messages == [["task_failed"]]
    clock.move(minutes=10)
    await settle(alarms)
    assert channel.messages == [["task_failed"], ["task_failed over"]]


async def test_others_of_a_kind_are_over(alarms):
    alarms.raise_(Alarm.QUEUE_HELD, "out_of_credit")
    alarms.raise_(Alarm.DISK_LOW)
    await settle(alarms)
    alarms.clear_others(Alarm.QUEUE_HELD, {"key_rejected"})
    await settle(alarms)
    assert [each.alarm for each in alarms.open] == [Alarm.DISK_LOW]
