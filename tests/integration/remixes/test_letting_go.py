"""What is too old is let go: waiting jobs, kept results, links, pictures; and nothing that is still needed."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.ideogram.wire import RemixResponse, ResponseImage
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.policies import Policy
from bot.rules.refusals import Reason
from bot.storage.remixes import claims
from bot.storage.server_log import refusal_log
from bot.storage.standing import policies
from bot.use_cases.ports import ChannelClosedError
from bot.use_cases.remixes.expiry import expire_jobs, forget_pictures
from bot.use_cases.removal.delete_result import delete_result
from bot.worker import housekeeping as rounds
from bot.worker.housekeeping import Housekeeping
from tests.integration.made_bot import asker, click_again
from tests.integration.made_storage import START

KEEP = timedelta(days=30)


def age_files(bot, *, hours=2):
    """As if everything had been written some hours before the bot's clock."""
    then = (bot.clock() - timedelta(hours=hours)).timestamp()
    for path in bot.blobs.folder.glob("*/*"):
        os.utime(path, (then, then))


def on_disk(bot):
    return {path.name for path in bot.blobs.folder.glob("*/*")}


async def forget(bot):
    return await forget_pictures(bot.core, KEEP)


async def test_a_job_that_waited_too_long_is_let_go_and_nothing_counts(bot):
    old = await bot.remix(1)
    bot.clock.move(minutes=59)
    young = await bot.remix(2)
    assert await expire_jobs(bot.core) == 0
    bot.clock.move(minutes=1)
    assert await expire_jobs(bot.core) == 1
    expired = await bot.job(old.id)
    assert (expired.state, expired.failure_kind) == (JobState.FAILED, FailureKind.QUEUE_EXPIRED)
    assert await bot.money(old.id) == ("released", None)
    assert await bot.cooldown(1) is None
    assert (await bot.job(young.id)).state is JobState.QUEUED
    assert bot.heard.changed[-1] == old.id


async def test_one_that_is_too_old_is_not_begun_even_if_nobody_has_tidied_up(bot):
    job = await bot.remix()
    bot.clock.move(hours=1)
    await bot.work(job.id)
    assert (await bot.job(job.id)).failure_kind is FailureKind.QUEUE_EXPIRED
    assert bot.calls == 0


async def test_one_that_is_being_made_is_never_too_old(bot):
    job = await bot.remix()
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    held = await bot.remixes.generate.begin(held)
    bot.clock.move(days=2)
    assert await expire_jobs(bot.core) == 0
    assert (await bot.job(job.id)).state is JobState.GENERATING


@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_bytes(b"damaged")], ids=["missing", "damaged"])
async def test_a_source_that_is_lost_fails_the_job_and_nothing_counts(bot, lose):
    job = await bot.remix()
    lose(bot.blobs.path(job.source_hash))
    await bot.work(job.id)
    failed = await bot.job(job.id)
    assert (failed.state, failed.failure_kind) == (JobState.FAILED, FailureKind.SOURCE_LOST)
    assert await bot.money(job.id) == ("released", None)
    assert await bot.cooldown() is None
    assert bot.calls == 0


async def test_pictures_stay_for_their_days_and_then_go(bot):
    job = await bot.remix()
    await bot.work(job.id)
    bot.clock.move(days=30, seconds=1)
    age_files(bot)
    assert await forget(bot) == 2
    assert on_disk(bot) == set()
    assert (await bot.job(job.id)).source_hash is None


async def test_pictures_that_are_not_old_enough_stay(bot):
    job = await bot.remix()
    await bot.work(job.id)
    bot.clock.move(days=29)
    age_files(bot)
    assert await forget(bot) == 0
    assert len(on_disk(bot)) == 2
    assert (await bot.job(job.id)).source_hash is not None


async def test_a_source_that_a_waiting_job_shares_stays(bot):
    first = await bot.remix(1)
    await bot.work(first.id)
    bot.clock.move(days=31)
    waiting = (await bot.submit.submit_from(asker(2), click_again(first.id))).job
    age_files(bot)
    assert await forget(bot) == 1
    assert on_disk(bot) == {waiting.source_hash}
    await bot.work(waiting.id)
    assert (await bot.job(waiting.id)).state is JobState.DELIVERED


async def test_a_picture_that_was_just_written_and_is_not_named_yet_stays(bot):
    name = bot.blobs.put(b"about to be named")
    bot.clock.now = datetime.now(UTC)
    assert await forget(bot) == 0
    assert on_disk(bot) == {name}
    bot.clock.move(hours=2)
    assert await forget(bot) == 1


async def test_pictures_of_a_deleted_result_go_with_the_next_round(bot):
    job = await bot.remix()
    await bot.work(job.id)
    (post,) = await bot.posts(job.id)
    await delete_result(bot.core, job.id, (post.channel_id, post.message_id), 1, keep=timedelta(0))
    age_files(bot)
    assert await forget(bot) == 2


async def test_a_kept_result_expires_and_its_pictures_go(bot):
    bot.poster.trouble, bot.poster.reply_lives = [ChannelClosedError("x")], False
    job = await bot.remix()
    await bot.work(job.id)
    bot.clock.move(days=30)
    age_files(bot)
    assert await forget(bot) == 0
    bot.clock.move(seconds=1)
    await forget(bot)
    expired = await bot.job(job.id)
    assert (expired.state, expired.failure_kind) == (JobState.FAILED, FailureKind.RESULT_EXPIRED)
    assert await bot.money(job.id) == ("settled", 30_000)
    assert await bot.cooldown() == START
    bot.clock.move(days=31)
    age_files(bot)
    await forget(bot)
    assert on_disk(bot) == set()


async def test_a_reply_token_is_forgotten_after_a_day(bot):
    job = await bot.remix()
    bot.clock.move(hours=24)
    await forget(bot)
    assert (await bot.job(job.id)).reply_token is not None
    bot.clock.move(seconds=1)
    await forget(bot)
    assert (await bot.job(job.id)).reply_token is None


async def test_a_server_that_was_taken_off_the_list_has_its_waiting_jobs_let_go(bot):
    job = await bot.remix()
    bot.use_rules(replace(bot.rules, allowed_guild_ids=frozenset({12})))
    await bot.work(job.id)
    assert (await bot.job(job.id)).failure_kind is FailureKind.SERVER_NOT_ALLOWED
    assert await bot.money(job.id) == ("released", None)
    assert await bot.cooldown() is None
    assert bot.calls == 0


async def test_more_files_than_one_question_takes_all_go(bot):
    for n in range(510):
        path = bot.blobs.path(f"{n:064x}")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    named = (await bot.remix(1)).source_hash
    age_files(bot)
    assert await forget(bot) == 510
    assert on_disk(bot) == {named}


@pytest.mark.parametrize("forgets", [True, False])
async def test_housekeeping_does_both_and_survives_a_database_that_is_away(bot, forgets):
    old = await bot.remix()
    bot.blobs.put(b"nobody's")
    bot.clock.move(hours=1)
    age_files(bot)
    housekeeping = Housekeeping(bot.core, keep_pictures=KEEP)
    await housekeeping.once(forget=forgets)
    assert (await bot.job(old.id)).failure_kind is FailureKind.QUEUE_EXPIRED
    # The source of what expired can be used once more for 15 minutes.
    assert len(on_disk(bot)) == (1 if forgets else 2)
    bot.database.close()
    await housekeeping.once(forget=True)


async def test_housekeeping_goes_on_after_something_that_nobody_planned_for(bot, monkeypatch):
    broken = [ZeroDivisionError(), ZeroDivisionError()]

    async def expire(*arguments):
        if broken:
            raise broken.pop()
        return await expire_jobs(*arguments)

    monkeypatch.setattr(rounds, "expire_jobs", expire)
    monkeypatch.setattr(rounds, "_EXPIRE_EVERY_S", 0.0)
    old = await bot.remix()
    bot.clock.move(hours=1)
    housekeeping = Housekeeping(bot.core, keep_pictures=KEEP)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(housekeeping.run())
        await bot.heard.until(lambda: is_expired(bot, old))
        running.cancel()


async def is_expired(bot, job):
    return (await bot.job(job.id)).failure_kind is FailureKind.QUEUE_EXPIRED


async def test_a_server_that_keeps_pictures_for_less_loses_them_sooner_and_no_other_does(bot):
    here, there = await bot.remix(1), await bot.remix(2, guild_id=12)
    await bot.work(here.id, there.id)
    await bot.do(policies.write, 11, Policy(keep_pictures_days=7))
    bot.clock.move(days=8)
    await forget(bot)
    assert (await bot.job(here.id)).source_hash is None
    assert [each.hash for each in await bot.results(here.id)] == [None]
    assert (await bot.job(there.id)).source_hash is not None
    assert [each.hash for each in await bot.results(there.id)] != [None]


async def test_a_server_keeps_pictures_no_longer_than_the_operator_does_whatever_it_has_set(bot):
    job = await bot.remix(1)
    await bot.work(job.id)
    await bot.do(policies.write, 11, Policy(keep_pictures_days=365))
    bot.clock.move(days=31)
    await forget(bot)
    assert (await bot.job(job.id)).source_hash is None


async def test_a_result_that_nobody_fetches_is_let_go_when_its_servers_own_time_is_over(bot):
    bot.poster.trouble = [ChannelClosedError("closed")]
    bot.poster.reply_lives = False
    job = await bot.remix(1)
    await bot.work(job.id)
    await bot.do(policies.write, 11, Policy(keep_pictures_days=1))
    bot.clock.move(hours=25)
    await forget(bot)
    assert (await bot.job(job.id)).failure_kind is FailureKind.RESULT_EXPIRED


async def test_the_link_of_a_result_that_expires_unfetched_is_blanked(bot):
    job = await bot.remix()
    await answered_only(bot, job)
    bot.clock.move(days=31)
    await forget(bot)
    assert (await bot.job(job.id)).failure_kind is FailureKind.RESULT_EXPIRED
    assert [result.url for result in await bot.results(job.id)] == [None]


async def answered_only(bot, job):
    """Paid, and the bot stops before it fetches anything."""
    (claimed,) = await bot.do(claims.claim_queued, bot.lease, 1, bot.clock())
    claimed = await bot.remixes.generate.begin(claimed)
    await bot.remixes.generate.record_answer(
        claimed, RemixResponse((ResponseImage(safe=True, url="https://example/1"),))
    )
    assert [result.url for result in await bot.results(job.id)] == ["https://example/1"]


async def test_refusals_are_kept_for_their_days_and_then_go_however_many(bot, monkeypatch):
    monkeypatch.setattr(refusal_log, "_DELETED_AT_ONCE", 2)
    housekeeping = Housekeeping(bot.core, keep_pictures=KEEP)
    await housekeeping.once(forget=True)
    old = [await bot.do(refusal_log.add, 11, 22, 1, Reason.COOLDOWN, bot.clock()) for _ in range(5)]
    bot.clock.move(days=1)
    young = await bot.do(refusal_log.add, 11, 22, 1, Reason.COOLDOWN, bot.clock())
    bot.clock.move(days=89, seconds=1)
    await housekeeping.once(forget=False)
    assert await bot.do(refusal_log.find, old[0]) is not None
    await housekeeping.once(forget=True)
    assert [await bot.do(refusal_log.find, number) for number in old] == [None] * 5
    assert await bot.do(refusal_log.find, young) is not None
