"""A picture of a set is posted only if moderators have published it, also beside pictures that they have."""

from datetime import timedelta

import pytest

from bot.rules.job_states import JobState
from bot.rules.picture_memory import ListedBecause
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.storage.remixes import jobs
from bot.storage.review import in_review
from bot.storage.standing import pictures
from bot.storage.standing.pictures import EVERYWHERE, NewPicture
from bot.use_cases.remixes.sets.pick import Pick
from bot.use_cases.review import decide_review
from bot.use_cases.review.decide_review import expire_reviews
from tests.integration.made_bot import asker
from tests.integration.review.reviews import DAY, IN_CHANNEL, held, is_sound, publish, set_policy
from tests.integration.sets.test_ladders import jobs_of, ladder


async def held_set(bot):
    await set_policy(bot, IN_CHANNEL)
    made = await jobs_of(bot, await ladder(bot))
    await bot.work(*(job.id for job in made))
    return made


async def states(bot, made):
    return [(await bot.job(job.id)).state for job in made]


async def ban_result(bot, job):
    """The operator lists the picture that was made for that job."""
    (result,) = await bot.results(job.id)
    new = NewPicture(result.hash, ListedBecause.ADDED, prints=b"")
    await bot.do(pictures.add, EVERYWHERE, [new], None, bot.clock())


def made_late(connection, job_id, now):
    """It is made and fetched, and its turn to be held comes in a moment."""
    move, changes = (JobState.IN_REVIEW, JobState.GENERATED), {"due_at": now + timedelta(minutes=1)}
    jobs.move(connection, job_id, move, cause="late", now=now, changes=changes)


async def test_a_late_picture_of_a_set_is_not_posted_with_those_that_were_published(bot):
    *made, late = await held_set(bot)
    await bot.do(made_late, late.id, bot.clock())
    assert len((await publish(bot, made[0])).decided) == 3
    await bot.work(*(job.id for job in made))
    assert [len(posted.pictures) for posted in bot.poster.posted] == [3]
    assert await states(bot, made) == [JobState.DELIVERED] * 3
    bot.clock.move(minutes=1)
    await bot.work(late.id)
    assert await states(bot, [late]) == [JobState.IN_REVIEW]
    await publish(bot, late)
    await bot.work(late.id)
    assert [len(posted.pictures) for posted in bot.poster.posted] == [3, 1]
    assert await is_sound(bot)


async def test_no_number_under_a_card_posts_a_picture_that_waits_for_moderators(bot):
    first, *_, late = await held_set(bot)
    await bot.do(made_late, late.id, bot.clock())
    # From now on the server looks at no result first, but goes on with what waits.
    await set_policy(bot, Policy())
    bot.clock.move(minutes=1)
    await bot.work(late.id)
    (alone,) = bot.poster.posted
    assert (alone.post.positions, await states(bot, [first])) == ((0,), [JobState.IN_REVIEW])
    forged = Pick(late.id, alone.post.message_id, 0, is_moderator=False)
    assert await bot.remixes.picks.pick(asker(1), forged) == Refused(Reason.PICTURE_GONE)
    assert bot.poster.posted == [alone]


@pytest.mark.parametrize("number", [0, 3])
async def test_no_picture_of_a_set_that_the_operator_does_not_allow_is_published(bot, number):
    made = await held_set(bot)
    await ban_result(bot, made[number])
    assert await publish(bot, made[0]) == Refused(Reason.PICTURE_BANNED)
    assert await states(bot, made) == [JobState.IN_REVIEW] * 4


async def test_what_the_operator_lists_after_publishing_is_not_posted(bot):
    job = await held(bot)
    await publish(bot, job)
    await ban_result(bot, job)
    await bot.work(job.id)
    assert (await states(bot, [job]), bot.poster.posted) == ([JobState.GENERATED], [])


async def test_many_that_nobody_looks_at_end_some_at_a_time(bot, monkeypatch):
    monkeypatch.setattr(decide_review, "_EXPIRED_AT_ONCE", 3)
    made = await held_set(bot)
    bot.clock.now += 4 * DAY
    assert len(await bot.do(in_review.overdue, bot.clock(), 3)) == 3
    assert await expire_reviews(bot.core) == 4
    assert await states(bot, made) == [JobState.FAILED] * 4
    assert await is_sound(bot)
