"""The operator's decision about a parked job: asked again, or written off, and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.origins import Origin
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.removals import Removal
from bot.storage.engine.blobs.store import BlobsAwayError
from bot.storage.remixes import families, retention
from bot.use_cases.operator.decide_parked import NotDecided, decide_parked, find_unnotified, list_parked, mark_notified
from bot.use_cases.remixes.starting_points import Start
from tests.integration.made_bot import asker, click_again
from tests.integration.made_storage import START

OPERATOR = 900


async def decide(bot, job_id, decision):
    return await decide_parked(bot.core, job_id, decision, by=OPERATOR, queue_age=timedelta(hours=1))


async def parked(bot, user_id=1):
    bot.stand_in.dials.fail = [Fault.INTERNAL]
    job = await bot.remix(user_id)
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN
    return job


async def delivered(bot, job):
    async def so():
        return (await bot.job(job.id)).state is JobState.DELIVERED

    async with bot.working():
        await bot.heard.until(so)


async def test_a_parked_job_is_listed_with_what_is_unresolved_since_when_and_why(bot):
    job = await parked(bot)
    listed = await list_parked(bot.core, 10)
    (entry,) = listed.shown
    assert (entry.job.id, entry.since, entry.cause, entry.unresolved_micros) == (
        job.id,
        START,
        "outcome_unknown",
        30_000,
    )
    assert listed.count == 1


async def test_asked_again_it_is_made_within_a_new_age_limit_and_both_calls_count(bot):
    job = await parked(bot)
    bot.clock.move(days=3)
    assert await decide(bot, job.id, ParkedDecision.RETRIED) is None
    again = await bot.job(job.id)
    assert (again.state, again.queue_until) == (JobState.QUEUED, bot.clock() + timedelta(hours=1))
    assert await bot.money(job.id) == ("reserved", None)
    await delivered(bot, job)
    assert await bot.money(job.id) == ("settled", 60_000)
    assert (await bot.events(job.id))[3] == "queued: by the operator"


async def test_the_end_of_one_that_is_asked_again_is_told_though_its_reply_token_was_forgotten(bot):
    job = await parked(bot)
    await bot.statuses.mark_notified(job.id)
    bot.clock.move(days=2)
    await decide(bot, job.id, ParkedDecision.RETRIED)
    await bot.do(retention.forget_reply_tokens, bot.clock())
    assert (await bot.job(job.id)).reply_token == ""
    bot.stand_in.dials.fail = [Fault.REJECTED]
    await bot.work(job.id)
    assert await bot.statuses.find_unnotified() == [job.id]


@pytest.mark.parametrize(
    ("decision", "money"),
    [
        (ParkedDecision.WRITTEN_OFF, ("settled", 30_000)),
        (ParkedDecision.WRITTEN_OFF_UNCHARGED, ("released", None)),
    ],
)
async def test_written_off_it_is_over_and_costs_what_the_operator_says(bot, decision, money):
    job = await parked(bot)
    assert await decide(bot, job.id, decision) is None
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, FailureKind.OUTCOME_WRITTEN_OFF)
    assert await bot.money(job.id) == money
    assert (await list_parked(bot.core, 10)).count == 0


async def test_one_that_was_asked_again_and_parked_again_holds_two_calls(bot):
    job = await parked(bot)
    await decide(bot, job.id, ParkedDecision.RETRIED)
    bot.stand_in.dials.fail = [Fault.INTERNAL]
    await bot.work(job.id)
    (entry,) = (await list_parked(bot.core, 10)).shown
    assert entry.unresolved_micros == 60_000
    await decide(bot, job.id, ParkedDecision.WRITTEN_OFF_UNCHARGED)
    assert await bot.money(job.id) == ("released", None)


@pytest.mark.parametrize("lost", ["file", "taken down"])
async def test_one_that_could_not_be_made_is_not_sent_back_to_the_queue(bot, lost):
    job = await parked(bot)
    if lost == "file":
        await bot.core.blobs.in_thread(bot.core.blobs.delete_all, [job.source_hash], datetime.max.replace(tzinfo=UTC))
        reason = NotDecided.SOURCE_DELETED
    else:
        await bot.do(families.mark_removed, job.id, Removal.MODERATOR, bot.clock())
        reason = NotDecided.TAKEN_DOWN
    assert await decide(bot, job.id, ParkedDecision.RETRIED) is reason
    assert (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN
    assert await decide(bot, job.id, ParkedDecision.WRITTEN_OFF) is None


async def test_while_the_picture_store_is_away_a_retry_waits_for_it(bot, monkeypatch):
    job = await parked(bot)

    def fail(_names):
        raise BlobsAwayError("S3 does not answer")

    monkeypatch.setattr(bot.core.blobs, "missing", fail)
    assert await decide(bot, job.id, ParkedDecision.RETRIED) is None


async def test_a_decision_is_on_record_until_its_author_was_told(bot):
    job = await parked(bot)
    await decide(bot, job.id, ParkedDecision.WRITTEN_OFF)
    (untold,) = await find_unnotified(bot.core)
    assert (untold.job.id, untold.decided.decision) == (job.id, ParkedDecision.WRITTEN_OFF)
    await mark_notified(bot.core, untold.decided)
    assert await find_unnotified(bot.core) == []


@pytest.mark.parametrize("decision", ParkedDecision)
async def test_what_is_not_parked_is_not_touched(bot, decision):
    job = await bot.remix()
    assert await decide(bot, job.id, decision) is NotDecided.NOT_PARKED
    assert await decide(bot, 99, decision) is NotDecided.NOT_PARKED
    assert (await bot.job(job.id)).state is JobState.QUEUED
    assert await bot.money(job.id) == ("reserved", None)


async def test_an_again_whose_author_has_pressed_again_anew_is_not_asked_twice(bot):
    first = await bot.remix()
    await bot.work(first.id)
    bot.stand_in.dials.fail = [Fault.INTERNAL]
    again = (await bot.submit.submit_from(asker(1), click_again(first.id))).job
    await bot.work(again.id)
    second = (await bot.submit.submit_from(asker(1), click_again(first.id))).job
    assert await decide(bot, again.id, ParkedDecision.RETRIED) is NotDecided.REPEAT_WAITING
    assert (await bot.job(again.id)).state is JobState.OUTCOME_UNKNOWN
    await bot.work(second.id)
    assert await decide(bot, again.id, ParkedDecision.RETRIED) is None


async def test_a_parked_edit_can_be_retried_while_its_author_repeats_the_same_remix(bot):
    first = await bot.remix()
    await bot.work(first.id)
    bot.stand_in.dials.fail = [Fault.INTERNAL]
    edited = (await bot.submit.submit_from(asker(1), Start(Origin.EDIT, first.id, request=first.request))).job
    await bot.work(edited.id)
    await bot.submit.submit_from(asker(1), click_again(first.id))
    assert await decide(bot, edited.id, ParkedDecision.RETRIED) is None
