"""Kills in the middle of a ladder: the next start completes the set, and nothing is posted or paid twice."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.sets import LONGEST_WAIT
from bot.storage.sets import picks, sets
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.remixes.recover_jobs import recover_jobs
from bot.use_cases.remixes.sets.pick import Pick, Picked
from tests.integration.made_bot import Bot, asker
from tests.integration.sets.test_ladders import TURBO, are_fetched, jobs_of, ladder, put_off

OVER = {JobState.DELIVERED, JobState.OUTCOME_UNKNOWN}
WITHIN_S = 20
NAMED = ("_accept", "_begin_posting", "add_post", "finish_together", "_choose", "_record")
"""The commits of accepting, around the grid's post and around the pick's post."""
COMMITS = 72
"""At least so many has a ladder with a pick."""
CHOSEN = sorted(random.Random(13).sample(range(1, COMMITS), 4))  # noqa: S311 - repeatable, not secret


class Killed(BaseException):
    """No `except Exception` of the product sees it."""


class MortalDatabase:
    """The process dies at one commit: instead of it, or after it and before anybody hears of it.

    `dies_at`: its number among all, or the name of its function; None: it lives.
    """

    def __init__(self, database, *, dies_at, is_before):
        self.database, self.dies_at, self.is_before = database, dies_at, is_before
        self.commits, self.dead = 0, asyncio.Event()

    async def transaction(self, function, *args, **kwargs):
        return await self._commit(self.database.transaction, function, *args, **kwargs)

    async def read(self, function, *args, **kwargs):
        return await self._commit(self.database.read, function, *args, **kwargs)

    async def transaction_first(self, function, *args, **kwargs):
        return await self._commit(self.database.transaction_first, function, *args, **kwargs)

    async def _commit(self, commit, function, *args, **kwargs):
        if self.dead.is_set():
            raise Killed
        self.commits += 1
        is_last = self.dies_at in {self.commits, function.__name__}
        if is_last:
            self.dead.set()
        if is_last and self.is_before:
            raise Killed
        done = await commit(function, *args, **kwargs)
        if self.dead.is_set():
            raise Killed
        return done


async def restart(bot):
    again = bot.restarted()
    await recover_jobs(again.core, again.rules)
    return again


async def complete(bot, made):
    """Time goes on, but not for as long as a set waits for the last of its pictures."""
    before = bot.clock()

    async def until_over():
        while not all([(await bot.job(job.id)).state in OVER for job in made]):
            bot.clock.move(milliseconds=200)
            bot.heard.worker.wake()

    async with bot.working():
        await asyncio.wait_for(until_over(), WITHIN_S)
    assert bot.clock() - before < LONGEST_WAIT


async def is_posted(bot):
    return bool(bot.poster.posted)


async def until_fetched(bot, *made):
    while not await are_fetched(bot, [job.id for job in made]):
        continue


async def restarted_with_a_late_picture(bot, made, late):
    """The others were posted unheard, then the picture of `late` came. Returns the bot of the next start."""
    await bot.do(put_off, late.id, bot.clock() + timedelta(minutes=25))
    bot.poster.unheard = 1
    async with bot.working():
        await until_fetched(bot, *(job for job in made if job is not late))
        bot.clock.move(seconds=LONGEST_WAIT.total_seconds() + 30)
        bot.heard.worker.wake()
        await bot.heard.until(lambda: is_posted(bot))
    bot.clock.move(milliseconds=1)
    await bot.do(put_off, late.id, bot.clock())
    again = await restart(bot)
    async with again.working():
        await until_fetched(again, late)
    return again


async def click(bot, number):
    grid = next(made for made in bot.poster.posted if not picks.is_pick(made.post))
    return await bot.remixes.picks.pick(asker(1), Pick(grid.job_id, grid.post.message_id, number, is_moderator=False))


async def test_a_grid_that_was_posted_just_before_a_kill_is_found_and_not_posted_again(bot):
    bot.poster.unheard = 1
    made = await jobs_of(bot, await ladder(bot))
    async with bot.working():
        await bot.heard.until(lambda: is_posted(bot))
    again = await restart(bot)
    await complete(again, made)
    (grid,) = again.poster.posted
    assert [post.message_id for post in await again.posts(made[0].id)] == [grid.post.message_id]
    assert grid.post.positions == (0, 1, 2, 3)
    assert again.poster.looked == [True]
    assert (bot.calls, bot.paid_calls) == (4, 4)
    assert (await again.do(audit)).violations == []


async def test_a_picture_that_came_after_a_post_that_nobody_heard_of_gets_a_card_of_its_own(bot):
    made = await jobs_of(bot, await ladder(bot))
    late = made[3]
    again = await restarted_with_a_late_picture(bot, made, late)
    await complete(again, made)
    assert [(posted.job_id, posted.post.positions) for posted in again.poster.posted] == [
        (made[0].id, (0, 1, 2)),
        (late.id, (0,)),
    ]
    assert (bot.calls, await again.money(late.id)) == (4, ("settled", TURBO))


async def test_while_one_posts_for_all_the_others_leave_the_database_alone(bot):
    bot.poster.opens = asyncio.Event()
    made = await jobs_of(bot, await ladder(bot))
    counted = MortalDatabase(bot.database, dies_at=None, is_before=False)
    bot.core = replace(bot.core, database=counted)
    bot.use_rules(bot.rules)
    async with bot.working():
        while not bot.poster.looked:
            await bot.job(made[0].id)
        await other_transactions(bot, 100)
        before = counted.commits
        await other_transactions(bot, 100)
        made_meanwhile = counted.commits - before
        bot.poster.opens.set()
    # It was hundreds: each of the others made all of them due, itself too.
    assert made_meanwhile == 0
    assert {(await bot.job(job.id)).state for job in made} == {JobState.DELIVERED}


async def other_transactions(bot, count):
    for _ in range(count):
        await bot.job(1)


async def life(bot):
    """A ladder, its grid and a pick."""
    made = await jobs_of(bot, await ladder(bot))
    async with bot.working() as worker:
        await bot.heard.until(lambda: _are_over(bot, made))
        worker.stop()
    await click(bot, 1)


async def _are_over(bot, made):
    return all([(await bot.job(job.id)).state in OVER for job in made])


async def live_and_die(bot, **kill):
    """As in `life`, until the kill."""
    mortal = MortalDatabase(bot.database, **kill)
    victim = Bot(mortal, bot.blobs, bot.ideogram, bot.stand_in, bot.clock)
    victim.poster.posted = bot.poster.posted
    living = asyncio.create_task(life(victim))
    dying = asyncio.create_task(mortal.dead.wait())
    await asyncio.wait({living, dying}, timeout=WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
    if victim.heard.worker is not None:
        victim.heard.worker.give_up()
    for task in (living, dying):
        task.cancel()
        with suppress(asyncio.CancelledError, Killed):
            await asyncio.wait_for(task, WITHIN_S)
    assert mortal.dead.is_set()


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("api", [IdeogramApi.V1, IdeogramApi.V1_ASYNC], ids=str)
@pytest.mark.parametrize("dies_at", [*NAMED, *CHOSEN])
async def test_after_a_kill_at_any_commit_the_set_is_completed_once(bot, is_before, dies_at):
    await live_and_die(bot, dies_at=dies_at, is_before=is_before)
    again = await restart(bot)
    made = await again.do(sets.jobs_of, 1)
    assert len(made) in {0, 4}
    await complete(again, made)
    over = [await again.job(job.id) for job in made]
    shown = tuple(job.set_position for job in over if job.state is JobState.DELIVERED)
    grids = [posted.post for posted in again.poster.posted if not picks.is_pick(posted.post)]
    assert [len(post.positions) for post in grids] == ([len(shown)] if shown else [])
    paid = Counter(call.fields["image_weight"] for call in bot.stand_in.calls)
    assert max(paid.values(), default=1) == 1
    for number in shown if len(shown) > 1 else ():
        first, second = await click(again, number), await click(again, number)
        assert isinstance(first, Picked)
        assert (second.was_posted, second.post) == (True, first.post)
    picked = [posted.job_id for posted in again.poster.posted if picks.is_pick(posted.post)]
    assert len(picked) == len(set(picked)) == (len(shown) if len(shown) > 1 else 0)
    assert (await again.do(audit)).violations == []
