"""A paid result reaches its person: in the channel, else privately, else it is kept until they ask."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.removals import Removal
from bot.storage.remixes import claims
from bot.use_cases.ports import ChannelClosedError, PostFailedError
from bot.use_cases.remixes.fetch_results import Fetched
from bot.use_cases.removal.delete_result import CannotDelete, delete_result, find_deletion
from tests.integration.made_bot import Bot
from tests.integration.made_storage import START, add_job, walk


async def deliver(bot: Bot, job_id: int) -> None:
    """What the worker does with a result that is due."""
    held = await bot.do(claims.claim_generated, bot.lease, 5, bot.clock())
    (job,) = [job for job in held if job.id == job_id]
    await bot.remixes.deliver.run(job)


def its_day_is_over(bot):
    """The links lead nowhere any more."""
    bot.clock.move(days=1)
    bot.stand_in._results._kept.clear()


@pytest.fixture
async def made(bot):
    """A job with its answer on record, due to be delivered."""
    bot.stand_in.dials.images = 3
    accepted = await bot.remix()
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    prepared = await bot.remixes.generate.prepare(held)
    held = await bot.remixes.generate.begin(held)
    await bot.remixes.generate.record_answer(held, await bot.remixes.generate.ask(prepared))
    return await bot.job(accepted.id)


async def test_a_post_that_fails_is_tried_again_later_and_buys_nothing(bot, made):
    bot.poster.trouble = [PostFailedError("500 0"), PostFailedError("500 0")]
    await deliver(bot, made.id)
    waiting = await bot.job(made.id)
    assert (waiting.state, waiting.attempts, waiting.lease) == (JobState.GENERATED, 1, None)
    assert waiting.due_at == START + timedelta(seconds=1)
    bot.clock.move(seconds=1)
    await deliver(bot, made.id)
    assert (await bot.job(made.id)).due_at == bot.clock() + timedelta(seconds=2)
    bot.clock.move(seconds=2)
    await deliver(bot, made.id)
    assert (await bot.job(made.id)).state is JobState.DELIVERED
    assert (bot.calls, len(bot.poster.posted)) == (1, 1)
    assert bot.poster.looked == [False, True, True]


async def test_a_post_that_discord_puts_off_waits_as_long_as_that_with_all_others_of_its_channel(bot, made):
    states = (JobState.GENERATING, JobState.GENERATED)
    other = await bot.do(walk, await bot.do(add_job, 2), *states)
    elsewhere = await bot.do(walk, await bot.do(partial(add_job, user_id=3, channel_id=23)), *states)
    bot.poster.trouble = [PostFailedError("429", retry_after=900.0)]
    (held,) = await bot.do(claims.claim_generated, bot.lease, 1, bot.clock())
    assert held.id == made.id
    await bot.remixes.deliver.run(held)
    late = START + timedelta(seconds=900)
    assert [(await bot.job(job.id)).due_at for job in (made, other, elsewhere)] == [late, late, START]
    assert await bot.do(claims.next_generated_due) == START


async def test_a_result_that_is_made_while_its_channel_is_put_off_is_not_asked_for_before(bot, made):
    bot.poster.trouble = [PostFailedError("429", retry_after=900.0)]
    await deliver(bot, made.id)
    later = await bot.remix(2)
    await bot.work(later.id)
    assert (await bot.job(later.id)).due_at == START + timedelta(seconds=900)
    assert len(bot.poster.looked) == 1
    bot.clock.move(seconds=900)
    await bot.work(made.id, later.id)
    assert sorted(posted.job_id for posted in bot.poster.posted) == [made.id, later.id]


async def test_a_post_whose_answer_was_lost_is_found_again_and_not_repeated(bot, made):
    bot.poster.unheard = 1
    await deliver(bot, made.id)
    assert (await bot.posts(made.id), len(bot.poster.posted)) == ([], 1)
    bot.clock.move(seconds=1)
    await deliver(bot, made.id)
    assert (await bot.job(made.id)).state is JobState.DELIVERED
    assert len(bot.poster.posted) == 1


async def test_several_messages_go_on_where_they_stopped(bot, made):
    bot.poster.in_a_message = 1
    bot.poster.trouble = [None, PostFailedError("500 0")]
    await deliver(bot, made.id)
    assert [post.part for post in await bot.posts(made.id)] == [0]
    bot.clock.move(seconds=1)
    await deliver(bot, made.id)
    assert [post.part for post in await bot.posts(made.id)] == [0, 1, 2]
    assert len({made.post.message_id for made in bot.poster.posted}) == 3


async def test_where_the_channel_is_closed_the_private_reply_has_the_pictures(bot, made):
    bot.poster.trouble = [ChannelClosedError("403 50001")]
    await deliver(bot, made.id)
    assert (await bot.job(made.id)).state is JobState.DELIVERED
    assert (await bot.events(made.id))[-1] == "delivered: privately"
    assert [len(delivery.pictures) for delivery in bot.poster.private] == [3]


@pytest.fixture
async def kept(bot, made):
    """A result that could be posted neither in the channel nor privately."""
    bot.poster.trouble, bot.poster.reply_lives = [ChannelClosedError("403 50001")], False
    await deliver(bot, made.id)
    return await bot.job(made.id)


async def test_where_nothing_can_be_reached_it_is_kept_without_a_due_time(bot, kept):
    assert (kept.state, kept.due_at, kept.lease) == (JobState.GENERATED, None, None)
    bot.clock.move(days=3)
    assert await bot.do(claims.claim_generated, bot.lease, 5, bot.clock()) == []
    assert await bot.money(kept.id) == ("settled", 90_000)


async def test_what_is_kept_is_handed_over_once_to_its_person_only(bot, kept):
    assert await bot.hand_over.take(kept.id, 2) is None
    assert await bot.hand_over.take(kept.id + 1, 1) is None
    delivery = await bot.hand_over.take(kept.id, 1)
    assert [len(picture.data) > 0 for picture in delivery.pictures] == [True] * 3
    assert await bot.hand_over.take(kept.id, 1) is None
    await bot.hand_over.record_handed_over(delivery.job)
    assert (await bot.events(kept.id))[-1] == "delivered: collected"
    assert await bot.hand_over.take(kept.id, 1) is None


async def test_what_could_not_be_handed_over_is_still_kept(bot, kept):
    delivery = await bot.hand_over.take(kept.id, 1)
    await bot.hand_over.put_back(delivery.job)
    assert replace(await bot.job(kept.id), claim=kept.claim) == kept
    assert await bot.hand_over.take(kept.id, 1) is not None


async def test_what_cannot_be_read_when_its_person_asks_is_still_kept(bot, kept):
    async with unreadable(bot, kept.id) as name:
        with pytest.raises(OSError, match=name):
            await bot.hand_over.take(kept.id, 1)
        assert replace(await bot.job(kept.id), claim=kept.claim) == kept
    assert await bot.hand_over.take(kept.id, 1) is not None


async def test_what_runs_into_something_unplanned_when_its_person_asks_is_still_kept(bot, kept, monkeypatch):
    async def broken(_job):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(bot.remixes.fetch, "run", broken)
        with pytest.raises(ZeroDivisionError):
            await bot.hand_over.take(kept.id, 1)
    assert replace(await bot.job(kept.id), claim=kept.claim) == kept
    assert await bot.hand_over.take(kept.id, 1) is not None


@pytest.mark.parametrize("is_damaged", [False, True])
async def test_a_picture_that_the_disk_has_lost_is_fetched_again_within_its_day(bot, made, is_damaged):
    await bot.remixes.fetch.run(made)
    first = (await bot.results(made.id))[0]
    if is_damaged:
        bot.blobs.path(first.hash).write_bytes(b"x")
    else:
        bot.blobs.path(first.hash).unlink()
    await deliver(bot, made.id)
    (posted,) = bot.poster.posted
    assert (len(posted.pictures), posted.delivery.lost, bot.calls) == (3, 0, 1)


async def test_one_that_is_kept_for_its_person_is_fetched_again_as_well(bot, kept):
    for result in await bot.results(kept.id):
        bot.blobs.path(result.hash).unlink()
    delivery = await bot.hand_over.take(kept.id, 1)
    assert len(delivery.pictures) == 3
    await bot.hand_over.record_handed_over(delivery.job)
    assert all(result.url is None for result in await bot.results(kept.id))


async def test_a_picture_that_was_damaged_after_its_day_counts_as_lost_and_the_others_are_posted(bot, made):
    await bot.remixes.fetch.run(made)
    first = (await bot.results(made.id))[0]
    bot.blobs.path(first.hash).write_bytes(b"x")
    its_day_is_over(bot)
    await deliver(bot, made.id)
    (posted,) = bot.poster.posted
    assert (len(posted.pictures), posted.delivery.lost, posted.delivery.withheld) == (2, 1, 0)


async def test_with_every_picture_lost_on_the_disk_the_job_has_failed_and_nothing_is_posted(bot, made):
    await bot.remixes.fetch.run(made)
    for result in await bot.results(made.id):
        bot.blobs.path(result.hash).unlink()
    its_day_is_over(bot)
    await deliver(bot, made.id)
    failed = await bot.job(made.id)
    assert (failed.state, failed.failure_kind) == (JobState.FAILED, FailureKind.RESULT_LOST)
    assert await bot.money(made.id) == ("settled", 90_000)
    assert await bot.cooldown() is None
    assert bot.poster.posted == []


@asynccontextmanager
async def unreadable(bot, job_id):
    """The disk does not give a stored picture out: a folder lies in its place."""
    path = bot.blobs.path((await bot.results(job_id))[0].hash)
    data = path.read_bytes()
    path.unlink()
    path.mkdir()
    yield path.name
    path.rmdir()
    path.write_bytes(data)


async def test_a_picture_that_cannot_be_read_just_now_is_posted_later_and_not_lost(bot, made):
    await bot.remixes.fetch.run(made)
    async with unreadable(bot, made.id):
        await deliver(bot, made.id)
    waiting = await bot.job(made.id)
    assert (waiting.state, waiting.attempts, waiting.lease) == (JobState.GENERATED, 1, None)
    assert waiting.due_at == START + timedelta(seconds=1)
    bot.clock.move(seconds=1)
    await deliver(bot, made.id)
    assert (await bot.job(made.id)).state is JobState.DELIVERED
    (posted,) = bot.poster.posted
    assert (len(posted.pictures), posted.delivery.lost) == (3, 0)


async def test_what_is_here_is_not_fetched_again(bot, made):
    first = await bot.remixes.fetch.run(made)
    hashes = [result.hash for result in await bot.results(made.id)]
    assert isinstance(first, Fetched)
    assert list(first.fresh) == hashes
    bot.stand_in._results._kept.clear()
    assert await bot.remixes.fetch.run(made) == Fetched({})
    assert [result.hash for result in await bot.results(made.id)] == hashes
    assert all(result.url is not None for result in await bot.results(made.id))
    await deliver(bot, made.id)
    assert [(result.hash, result.url) for result in await bot.results(made.id)] == [(name, None) for name in hashes]


async def test_its_author_and_moderators_may_delete_a_posted_result_and_nobody_else(bot, made):
    await deliver(bot, made.id)
    (post,) = await bot.posts(made.id)
    check, card = partial(find_deletion, bot.core), (post.channel_id, post.message_id)
    assert await check(made.id, card, 2, manages_messages=False) is CannotDelete.NOT_YOURS
    assert await check(made.id, (post.channel_id, post.message_id + 1), 1, manages_messages=True) is (
        CannotDelete.NOT_YOURS
    )
    assert await check(made.id, (post.channel_id + 1, post.message_id), 2, manages_messages=True) is (
        CannotDelete.NOT_YOURS
    )
    assert await check(made.id + 1, card, 1, manages_messages=True) is CannotDelete.NOT_YOURS
    assert (await check(made.id, card, 1, manages_messages=False)).by is Removal.AUTHOR
    assert (await check(made.id, card, 2, manages_messages=True)).by is Removal.MODERATOR


async def test_what_is_still_being_posted_can_be_deleted_by_nobody_yet(bot, made):
    assert await find_deletion(bot.core, made.id, (22, 1), 1, manages_messages=False) is CannotDelete.NOT_YET
    assert await find_deletion(bot.core, made.id, (22, 1), 2, manages_messages=False) is CannotDelete.NOT_YOURS


async def test_what_is_deleted_names_no_picture_any_more(bot, made):
    await deliver(bot, made.id)
    (post,) = await bot.posts(made.id)
    await delete_result(bot.core, made.id, (post.channel_id, post.message_id), 1, keep=timedelta(hours=1))
    assert await bot.changes.apply([made.id]) == 0
    there = await bot.job(made.id)
    assert (there.state, there.source_hash) == (JobState.DELIVERED, None)
    assert [result.hash for result in await bot.results(made.id)] == [None] * 3
    assert [post.deleted_at for post in await bot.posts(made.id)] == [START]
    assert (await bot.events(made.id))[-1] == "delivered: deleted by its author"
