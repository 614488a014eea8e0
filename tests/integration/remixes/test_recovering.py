"""What a killed process leaves behind, in each state: nothing is lost, posted twice or paid twice."""

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.failures import ProviderProblem
from bot.rules.job_states import JobState
from bot.storage.remixes import claims, holds, ledger, results
from bot.use_cases.ports import PostFailedError
from bot.use_cases.remixes.cancel_remix import cancel_remix
from bot.use_cases.remixes.recover_jobs import recover_jobs
from tests.integration.made_storage import START


async def begun(bot, user_id=1):
    """A job of which the paid request may have left."""
    job = await bot.remix(user_id)
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    held = await bot.remixes.generate.begin(held)
    return job, held


async def answered(bot):
    """A job whose answer is on record, and nothing of it here."""
    job, held = await begun(bot)
    prepared = await bot.remixes.generate.prepare(held)
    await bot.remixes.generate.record_answer(held, await bot.remixes.generate.ask(prepared))
    return job


async def finish(bot, job):
    async def over():
        return (await bot.job(job.id)).finished_at is not None

    async with bot.working():
        await bot.heard.until(over)


@pytest.mark.parametrize("is_claimed", [False, True])
async def test_one_that_waited_is_made(bot, is_claimed):
    job = await bot.remix()
    if is_claimed:
        await bot.do(claims.claim_queued, bot.lease, 1, START)
    again = await bot.start_again()
    await again.work(job.id)
    assert (await again.job(job.id)).state is JobState.DELIVERED
    assert (bot.paid_calls, len(again.poster.posted)) == (1, 1)


@pytest.mark.parametrize("fails", ["to be read", "to be booked"])
async def test_a_damaged_row_is_parked_alone_and_the_others_are_taken_over(bot, monkeypatch, fails):
    (bad, _), (good, _) = await begun(bot, 1), await begun(bot, 2)
    if fails == "to be read":
        await bot.do(lambda own: own.exec_driver_sql("UPDATE jobs SET origin = 'unheard of' WHERE user_id = 1"))
    else:
        book = ledger.mark_unresolved
        monkeypatch.setattr(ledger, "mark_unresolved", lambda own, job_id: book(own, 1 // (job_id - bad.id) and job_id))
    again = await bot.start_again()
    assert (await again.job(good.id)).state is JobState.OUTCOME_UNKNOWN
    assert (await again.events(good.id))[-1] == (await again.events(bad.id))[-1] == "outcome_unknown: restart"
    await again.work((await again.remix(3)).id)


@pytest.mark.parametrize("is_sent", [False, True])
async def test_one_that_was_being_made_is_parked_whether_or_not_it_was_paid(bot, is_sent):
    job, held = await begun(bot)
    if is_sent:
        await bot.remixes.generate.ask(await bot.remixes.generate.prepare(held))
    again = await bot.start_again()
    assert (await again.job(job.id)).state is JobState.OUTCOME_UNKNOWN
    assert (await again.events(job.id))[-1] == "outcome_unknown: restart"
    assert await again.money(job.id) == ("unresolved", None)
    assert await again.cooldown() is None
    await again.work((await again.remix(2)).id)
    assert bot.calls == 1 + is_sent
    third = await again.start_again()
    assert (await third.job(job.id)).state is JobState.OUTCOME_UNKNOWN


async def test_one_whose_links_are_on_record_is_fetched_and_posted_and_not_bought_again(bot):
    job = await answered(bot)
    await bot.do(claims.claim_generated, bot.lease, 1, START)
    again = await bot.start_again()
    await finish(again, job)
    assert (bot.calls, len(again.poster.posted)) == (1, 1)


async def test_one_whose_picture_is_here_is_posted_even_if_the_link_is_gone(bot):
    job = await answered(bot)
    await bot.remixes.fetch.run(await bot.job(job.id))
    bot.stand_in._results._kept.clear()
    again = await bot.start_again()
    await finish(again, job)
    assert len(again.poster.posted) == 1


async def test_one_that_was_posted_without_our_knowing_is_looked_for_and_not_posted_twice(bot):
    job = await answered(bot)
    (held,) = await bot.do(claims.claim_generated, bot.lease, 1, START)
    bot.poster.unheard = 1
    with pytest.raises(KeyboardInterrupt):
        await die_after_the_post(bot, held)
    again = await bot.start_again()
    await finish(again, job)
    assert again.poster.looked == [True]
    assert len(again.poster.posted) == 1
    assert [post.message_id for post in await again.posts(job.id)] == [again.poster.posted[0].post.message_id]


async def die_after_the_post(bot, job):
    """The process ends between the post and its commit."""
    delivery = await bot.remixes.fetch.load(job, await bot.remixes.fetch.run(job))
    await bot.do(claims.mark_posting, job, START)
    (part,) = await bot.poster.plan(delivery)
    with pytest.raises(PostFailedError):
        await bot.poster.post(delivery, part)
    raise KeyboardInterrupt


async def test_of_several_messages_only_the_missing_ones_are_posted(bot):
    bot.stand_in.dials.images = 3
    job = await answered(bot)
    bot.poster.in_a_message = 1
    (held,) = await bot.do(claims.claim_generated, bot.lease, 1, START)
    delivery = await bot.remixes.fetch.load(held, await bot.remixes.fetch.run(held))
    first = (await bot.poster.plan(delivery))[0]
    await bot.do(results.add_post, job.id, await bot.poster.post(delivery, first), START)
    again = await bot.start_again()
    again.poster.in_a_message = 1
    await finish(again, job)
    assert [made.post.part for made in again.poster.posted] == [0, 1, 2]
    assert len(again.poster.looked) == 2


@pytest.mark.parametrize("state", [JobState.DELIVERED, JobState.CANCELLED, JobState.FAILED])
async def test_what_was_over_stays_as_it_was(bot, state):
    job = await bot.remix()
    if state is JobState.CANCELLED:
        await cancel_remix(bot.core, job.id, 1)
    elif state is JobState.FAILED:
        bot.stand_in.dials.fail = [Fault.REJECTED]
    if state is not JobState.CANCELLED:
        await bot.work(job.id)
    before = await bot.job(job.id)
    again = await bot.start_again()
    assert before.state is state
    assert await again.job(job.id) == before


async def test_one_that_is_kept_for_its_person_is_still_kept_and_not_tried(bot):
    job = await answered(bot)
    (held,) = await bot.do(claims.claim_generated, bot.lease, 1, START)
    await bot.do(claims.release, held, None)
    again = await bot.start_again()
    await again.work((await again.remix(2)).id)
    assert (await again.job(job.id)).state is JobState.GENERATED
    assert [made.job_id for made in again.poster.posted] == [job.id + 1]


async def test_a_start_lets_a_held_queue_try_at_once(bot):
    job = await bot.remix()
    await bot.do(holds.place, ProviderProblem.KEY_REJECTED, START)
    again = await bot.start_again()
    await again.work(job.id)
    assert await again.hold() is None
    assert (await again.job(job.id)).state is JobState.DELIVERED


async def test_recovering_twice_changes_nothing_more(bot):
    await begun(bot)
    again = await bot.start_again()
    before = await again.events(1)
    await recover_jobs(again.core, again.rules)
    assert await again.events(1) == before
