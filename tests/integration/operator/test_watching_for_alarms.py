"""What is on record or on the disk raises its alarm, and ends it: parked, held, link host, disk, backup."""

import errno
import os
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from bot.rules.alarms import Alarm
from bot.rules.failures import ProviderProblem
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.engine import synced_commands
from bot.storage.engine.blobs import files as blob_files
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.last_backup import LastBackup, write_last_backup
from bot.storage.engine.tables.remixes import jobs
from bot.storage.remixes import holds
from bot.use_cases.operator.alarms import Alarms
from bot.use_cases.operator.decide_parked import decide_parked
from bot.use_cases.operator.watch_alarms import WatchAlarms
from bot.use_cases.remixes.unknown_outcomes import park
from bot.use_cases.removal import change_posts
from bot.use_cases.server_log import write_log
from bot.worker import housekeeping
from bot.worker.housekeeping import Housekeeping
from tests.integration.made_bot import RULES
from tests.integration.made_storage import add_job, walk
from tests.integration.storage.test_full_disk import Disk

MB = 1_000_000
"""As in settings: the alarm names the number that the operator has set."""
DAY = timedelta(days=1)
NEEDED = 100


class Silent:
    """An operator without a channel."""

    async def announce(self, alarms):
        return len(alarms)


@pytest.fixture
def alarms(database, clock):
    return Alarms(database, clock, Silent())


@pytest.fixture
def disk():
    return SimpleNamespace(free=1_000 * MB)


@pytest.fixture
def watch(core, alarms, disk):
    rules = replace(RULES, min_free_bytes=NEEDED * MB)
    return WatchAlarms(core, rules, alarms, free_bytes=lambda: disk.free)


def opened(alarms):
    return [(each.alarm, each.subject, dict(each.facts)) for each in alarms.open]


async def test_parked_remixes_are_counted_until_all_are_decided(core, watch, alarms):
    def park_two(connection):
        for user_id in (1, 2):
            job = walk(connection, add_job(connection, user_id), JobState.GENERATING)
            park(connection, job, "reset", core.clock())

    await core.database.transaction(park_two)
    await watch.look()
    assert opened(alarms) == [(Alarm.PARKED, "", {"count": 2})]
    for job_id in (1, 2):
        decision = ParkedDecision.WRITTEN_OFF
        assert await decide_parked(core, job_id, decision, by=7, queue_age=timedelta(hours=1)) is None
        await watch.look()
    assert opened(alarms) == []


async def test_each_reason_of_a_hold_is_an_alarm_of_its_own(core, watch, alarms):
    await core.database.transaction(holds.place, ProviderProblem.OUT_OF_CREDIT, core.clock())
    await watch.look()
    assert opened(alarms) == [(Alarm.QUEUE_HELD, "out_of_credit", {})]
    await core.database.transaction(holds.place, ProviderProblem.KEY_REJECTED, core.clock())
    await watch.look()
    assert opened(alarms) == [(Alarm.QUEUE_HELD, "key_rejected", {})]
    await core.database.transaction(holds.place_for_host, 1, "images.example.com")
    await watch.look()
    assert opened(alarms) == [(Alarm.LINK_HOST, "images.example.com", {})]
    await core.database.transaction(holds.lift_for_host, 1, "images.example.com", is_last=True)
    await watch.look()
    assert opened(alarms) == []


async def test_results_that_are_not_fetched_or_posted_are_an_alarm_after_twenty_minutes(core, watch, alarms, clock):
    def make(connection):
        made = walk(connection, add_job(connection, 1), JobState.GENERATING, JobState.GENERATED, now=core.clock())
        kept = walk(connection, add_job(connection, 2), JobState.GENERATING, JobState.GENERATED, now=core.clock())
        connection.execute(sa.update(jobs).where(jobs.c.id == kept.id).values(due_at=None, lease=None))
        return made.id

    job_id = await core.database.transaction(make)
    clock.move(minutes=20)
    await watch.look()
    assert opened(alarms) == []
    clock.move(seconds=1)
    await watch.look()
    assert opened(alarms) == [(Alarm.RESULTS_LATE, "", {"count": 1})]

    await core.database.transaction(holds.place_for_host, job_id, "images.example.com")
    await watch.look()
    assert opened(alarms) == [(Alarm.LINK_HOST, "images.example.com", {})]


async def test_little_free_space_is_an_alarm_until_there_is_a_tenth_more_than_needed(watch, alarms, disk):
    for free, is_open in [(101, False), (99, True), (100, True), (109, True), (111, False), (101, False)]:
        disk.free = free * MB
        await watch.look()
        assert bool(alarms.open) is is_open, free
    disk.free = 7 * MB
    await watch.look()
    assert opened(alarms) == [(Alarm.DISK_LOW, "", {"free_mb": 7, "needed_mb": NEEDED})]


@pytest.mark.sqlite_only  # it is about the file
async def test_a_database_that_cannot_write_is_an_alarm_until_it_can(core, watch, alarms):
    disk = Disk(core.database)
    disk.fill()
    entry = synced_commands.Synced("x" * 100_000)
    with pytest.raises(DatabaseUnavailableError):
        await core.database.transaction(synced_commands.write, "global", entry)
    for _ in range(2):  # Reading goes on, and ends nothing.
        await watch.look()
        assert opened(alarms) == [(Alarm.DISK_LOW, "", {"error": "database or disk is full"})]
    disk.empty()
    await core.database.transaction(synced_commands.write, "global", entry)
    await watch.look()
    assert opened(alarms) == []


async def test_a_picture_that_cannot_be_written_is_an_alarm_for_a_quarter_of_an_hour(
    core, watch, alarms, clock, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(blob_files, "_write_synced", full)
        with pytest.raises(OSError, match="No space"):
            core.blobs.put(b"picture")
    for minutes in (0, 14):
        clock.move(minutes=minutes)
        await watch.look()
        assert opened(alarms) == [(Alarm.DISK_LOW, "", {"error": "No space left on device"})]
    clock.move(minutes=1)
    await watch.look()
    assert opened(alarms) == []


@pytest.mark.sqlite_only  # it is about the file
async def test_an_old_or_missing_backup_is_an_alarm_if_the_operator_wants_to_know(core, alarms, disk):
    wants = replace(RULES, backup_max_age=timedelta(hours=24))
    watch = WatchAlarms(core, wants, alarms, free_bytes=lambda: disk.free)
    await watch.look()
    assert opened(alarms) == [(Alarm.BACKUP_OLD, "", {"max_age_h": 24})]

    made = core.clock() - timedelta(hours=23, minutes=59)
    write_last_backup(core.database.url, LastBackup(made, core.blobs.path("a").parent))
    await watch.look()
    assert opened(alarms) == []

    core.clock.move(minutes=1)
    await watch.look()
    assert opened(alarms) == [(Alarm.BACKUP_OLD, "", {"max_age_h": 24, "made_at": int(made.timestamp())})]

    # The operator no longer wants to know.
    await WatchAlarms(core, RULES, alarms, free_bytes=lambda: disk.free).look()
    assert opened(alarms) == []


@pytest.mark.parametrize("broken", ["housekeeping", "log channels", "changes of posts"])
async def test_a_loop_that_catches_its_own_errors_tells_of_each_round(core, broken, monkeypatch):
    rounds = {
        "housekeeping": (housekeeping, "expire_jobs", lambda: Housekeeping(core, keep_pictures=DAY).once(forget=False)),
        "log channels": (write_log.WriteLog, "round", lambda: write_log.WriteLog(core, None)._try_round()),
        "changes of posts": (
            change_posts.post_changes,
            "due",
            lambda: change_posts.ChangePosts(core, None)._try_round(),
        ),
    }
    told = []
    core.news.on_loop.append(lambda name, well: told.append((name, well)))
    where, what, once = rounds[broken]

    def fails(*_):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(where, what, fails)
        await once()
    await once()
    assert told == [(f"a round of {broken}", False), (f"a round of {broken}", True)]
