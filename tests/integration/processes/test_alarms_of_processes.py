"""Each process has the alarms about itself, and the one that leads those about all: none is announced twice."""

from dataclasses import dataclass, field, replace

import pytest

from bot.rules.alarms import Alarm
from bot.rules.roles import Part, Role
from bot.storage.engine.databases.process import OnlyProcess
from bot.storage.operator import alarms as stored
from bot.storage.processes import rows as processes
from bot.use_cases.operator.alarms import Alarms
from bot.use_cases.operator.watch_alarms import WatchAlarms
from tests.integration.made_bot import RULES


@dataclass
class Named(OnlyProcess):
    name: str
    leads: bool
    may_act: bool = True


@dataclass
class Channel:
    said: list = field(default_factory=list)

    async def announce(self, alarms):
        self.said += [(each.alarm, each.subject, each.over_at is not None) for each in alarms]
        return len(alarms)


@pytest.fixture
def channel():
    return Channel()


@pytest.fixture
def made(database, clock, channel):
    return lambda name, *, leads: Alarms(database, clock, channel, Named(name, leads))


def rows(database):
    return {each.key for each in database.transaction_now(stored.read)}


async def test_a_trouble_of_one_process_is_announced_with_its_name_and_not_ended_by_another(made, channel, database):
    first, second = made("all on a", leads=True), made("worker on b", leads=False)
    for each in (first, second):
        await each.load()
    second.raise_(Alarm.DISK_LOW, free_mb=1, needed_mb=2)
    second.loop_did("housekeeping", well=False)
    await second.once()
    first.clear(Alarm.DISK_LOW)
    first.loop_did("housekeeping", well=True)
    await first.load()
    first.clear_others(Alarm.TASK_FAILED, [])
    await first.once()
    assert channel.said == [
        (Alarm.DISK_LOW, "(worker on b)", False),
        (Alarm.TASK_FAILED, "housekeeping (worker on b)", False),
    ]
    assert len(rows(database)) == 2
    again = made("worker on b", leads=False)
    await again.load()
    again.clear(Alarm.DISK_LOW)
    await again.once()
    assert channel.said[2:] == [(Alarm.DISK_LOW, "(worker on b)", True)]


async def test_the_leader_alone_looks_at_what_all_share_and_the_next_one_goes_on(made, channel, bot, clock):
    first, second = made("all on a", leads=True), made("all 2 on a", leads=False)
    watches = []
    for each in (first, second):
        await each.load()
        core = replace(bot.core, process=each._process)
        watches.append(WatchAlarms(core, RULES, each, free_bytes=lambda: 10**12))
    first.raise_(Alarm.PARKED, count=1)
    clock.move(minutes=1)
    await first.once()
    # Nothing is parked, but that is not for this one to say.
    await watches[1].look()
    await second.once()
    assert channel.said == [(Alarm.PARKED, "", False)]
    first._process.leads, second._process.leads = False, True
    await first.once()
    assert first.open == []
    await watches[0].look()
    await second.once()
    await watches[1].look()
    await second.once()
    assert channel.said[1:] == [(Alarm.PARKED, "", True)]


async def test_one_that_may_not_act_announces_nothing(made, channel):
    alarms = made("all on a", leads=True)
    await alarms.load()
    alarms._process.may_act = False
    alarms.raise_(Alarm.DISK_LOW, error="full")
    await alarms.once()
    assert channel.said == []
    alarms._process.may_act = True
    await alarms.once()
    assert len(channel.said) == 1


async def test_what_a_process_could_not_announce_before_it_ended_is_announced_once_by_the_one_that_leads(
    made, channel, database
):
    ended, leads = made("worker on b", leads=False), made("all on a", leads=True)
    ended.raise_(Alarm.PICTURES_AWAY, error="403")
    await ended.store()
    await leads.load()
    database.transaction_now(processes.join, "b", Part(Role.WORKER), 20, "b")
    await leads.once()
    assert channel.said == []  # it is there, and says so itself
    database.transaction_now(processes.leave, "b")
    await made("worker on c", leads=False).once()
    assert channel.said == []
    for _ in range(2):
        await leads.once()
    assert channel.said == [(Alarm.PICTURES_AWAY, "(worker on b)", False)]
    again = made("worker on b", leads=False)
    await again.load()
    again.raise_(Alarm.PICTURES_AWAY, error="403")
    await again.once()
    again.clear(Alarm.PICTURES_AWAY)
    await again.store()
    for _ in range(2):
        await leads.once()
    assert channel.said[1:] == [(Alarm.PICTURES_AWAY, "(worker on b)", True)]
    assert rows(database) == set()


async def test_the_alarms_of_a_process_that_is_gone_for_an_hour_are_forgotten(made, database, clock):
    gone, leads = made("worker on b", leads=False), made("all on a", leads=True)
    gone.raise_(Alarm.DISK_LOW, error="full")
    await gone.once()
    await leads.forget_of_gone()
    assert rows(database) == {(Alarm.DISK_LOW, "(worker on b)")}
    clock.move(minutes=61)
    await leads.forget_of_gone()
    assert rows(database) == set()
