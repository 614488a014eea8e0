"""S3 hangs, refuses or is gone: newcomers are asked to try again, what is paid waits, and work goes on by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.alarms import Alarm
from bot.rules.job_states import JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.blobs import reach, s3
from bot.storage.engine.blobs.s3 import S3Blobs
from bot.storage.remixes import retention
from bot.use_cases.operator.alarms import Alarms
from bot.use_cases.operator.watch_alarms import WatchAlarms
from bot.use_cases.remixes.expiry import delete_unneeded
from bot.worker.housekeeping import Housekeeping
from tests.integration.made_bot import asker, click_again
from tests.integration.pictures.test_pictures_in_s3 import SHORT, until_back

AWAY = Refused(Reason.PICTURES_AWAY)


@pytest.fixture
def blobs(bucket, monkeypatch):
    monkeypatch.setattr(s3, "_TAKES_LONG_S", 0.1)
    monkeypatch.setattr(reach, "_BETWEEN_QUESTIONS_S", 0.05)
    monkeypatch.setattr(reach, "_FRESH_S", 0.0)
    monkeypatch.setattr(s3, "PROBE", SHORT)
    store = S3Blobs(bucket.place)
    store.prepare()
    return store


def refuse(bucket):
    bucket.status = 503


FAULTS = pytest.mark.parametrize("break_", [refuse, lambda bucket: bucket.hang()], ids=["503", "hangs"])


async def test_a_remix_is_made_with_its_pictures_in_s3(bot, bucket):
    job = await bot.remix(1)
    await bot.work(job.id)
    (result,) = await bot.results(job.id)
    assert {f"{name[:2]}/{name}" for name in (job.source_hash, result.hash)} == set(bucket.keys)
    assert (await bot.job(job.id)).state is JobState.DELIVERED
    asked = [each.split()[0] for each in bucket.requests if each.endswith((job.source_hash, result.hash))]
    assert asked == ["PUT", "GET", "PUT"], "what was just downloaded is posted from memory"


@FAULTS
async def test_a_paid_result_waits_until_it_can_be_stored_and_nothing_is_paid_twice(bot, bucket, monkeypatch, break_):
    fetch, broken = bot.ideogram.fetch_image, []

    async def fetch_and_break(url):
        data = await fetch(url)
        if not broken:
            broken.append(url)
            break_(bucket)
        return data

    monkeypatch.setattr(bot.ideogram, "fetch_image", fetch_and_break)
    async with bot.working():
        job = await bot.remix(1)
        await bot.heard.until(lambda: was_released(bot, job))
        assert await bot.ask(2) == AWAY
        assert (await bot.submit.look(asker(2), None)).refused == AWAY
        bucket.go_on()
        await bot.heard.until(lambda: bot.has_delivered(job))
    assert (bot.calls, bot.paid_calls) == (1, 1)
    assert await bot.money(job.id) == ("settled", 30_000)


async def was_released(bot, job):
    now = await bot.job(job.id)
    return now.state is JobState.GENERATED and now.lease is None and now.attempts > 0


@FAULTS
async def test_what_is_queued_waits_unpaid_and_is_made_when_its_source_can_be_read(bot, bucket, break_):
    job = await bot.remix(1)
    break_(bucket)
    async with bot.working():
        while bot.blobs.away_reason is None:
            assert await bot.ask(2) == AWAY
        bucket.go_on()
        await bot.heard.until(lambda: bot.has_delivered(job))
    assert (bot.calls, bot.paid_calls) == (1, 1)


@FAULTS
async def test_a_picture_that_cannot_be_read_now_is_not_said_to_be_gone(bot, bucket, break_):
    job = await bot.remix(1)
    await bot.work(job.id)
    break_(bucket)
    assert await bot.submit.submit_from(asker(1), click_again(job.id)) == AWAY
    bucket.go_on()
    await until_back(bot.blobs)


async def test_an_error_about_one_source_alone_is_not_repeated_at_once(bot, bucket, monkeypatch):
    monkeypatch.setattr(s3, "try_out", lambda _store: None)
    job = await bot.remix(1)
    bucket.status = 500
    async with bot.working():
        await bot.heard.until(lambda: was_put_off(bot, job))
    assert bot.calls == 0


async def was_put_off(bot, job):
    now = await bot.job(job.id)
    return now.lease is None and now.due_at is not None and now.due_at > bot.clock()


class Silent:
    async def post(self, _alarms):
        return None


async def test_the_operator_hears_that_the_store_does_not_answer_and_that_it_does_again(bot, bucket):
    alarms = Alarms(bot.database, bot.clock, Silent())
    watch = WatchAlarms(bot.core, bot.rules, alarms, free_bytes=lambda: 10**12)
    refuse(bucket)
    assert await bot.ask(1) == AWAY
    await watch.look()
    assert [(each.alarm, each.facts) for each in alarms.open] == [
        (Alarm.PICTURES_AWAY, {"error": "S3 answers 503 SlowDown"})
    ]
    bucket.go_on()
    await until_back(bot.blobs)
    await watch.look()
    assert [each for each in alarms.open if each.over_at is None] == []


async def test_housekeeping_goes_on_without_the_pictures(bot, bucket, monkeypatch):
    waiting = await bot.remix(1)
    refuse(bucket)
    assert await bot.ask(2) == AWAY
    bot.clock.move(hours=2)
    done = []
    monkeypatch.setattr("bot.worker.housekeeping.forget_refusals", lambda _core: done_with(done))
    await Housekeeping(bot.core, keep_pictures=bot.rules.queue_age).once(forget=True)
    assert (await bot.job(waiting.id)).state is JobState.FAILED
    assert done == [True]


async def done_with(done):
    done.append(True)


async def test_a_source_that_is_let_go_is_deleted_once_it_is_old_by_any_clock_and_not_asked_for_before(bot, bucket):
    """S3's clock may be 15 minutes off. `bot.clock` stands still, in the past of S3's."""
    job = await bot.remix(1)
    await bot.database.transaction(retention.let_source_go, job.id, bot.clock())
    bot.clock.move(minutes=16)
    asked = len(bucket.requests)
    assert await delete_unneeded(bot.core) == 0
    assert len(bucket.requests) == asked
    bot.clock.now = datetime.now(UTC) + timedelta(minutes=18)
    assert await delete_unneeded(bot.core) == 1
    assert bucket.keys == []
