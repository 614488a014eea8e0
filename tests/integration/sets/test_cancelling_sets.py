"""Cancelling, removing and hiding: a set is one thing for its author and for moderators."""

from datetime import timedelta

import sqlalchemy as sa

from bot.rules.job_states import JobState
from bot.rules.removals import Removal
from bot.storage.engine.tables import remixes as tables
from bot.storage.remixes import jobs
from bot.storage.sets import sets
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.hide_result import hide_result
from bot.use_cases.moderation.remove_result import remove_result
from bot.use_cases.moderation.server_queue import cancel_waiting, read_server_queue
from bot.use_cases.remixes.cancel_remix import CancelOutcome, cancel_remix
from bot.use_cases.removal.delete_result import delete_result
from tests.integration.sets.test_ladders import TURBO, ladder


async def states(bot, made):
    return [(await bot.job(job.id)).state for job in made]


async def waiting(bot):
    return await bot.do(sets.jobs_of, (await ladder(bot)).job.id)


async def shown(bot):
    made = await waiting(bot)
    await bot.work(*[job.id for job in made])
    return made


async def test_cancel_ends_the_whole_set_and_gives_back_all(bot):
    made = await waiting(bot)
    assert await cancel_remix(bot.core, made[2].id, 1) is CancelOutcome.CANCELLED
    assert await states(bot, made) == [JobState.CANCELLED] * 4
    assert [await bot.money(job.id) for job in made] == [("released", None)] * 4
    assert await bot.cooldown() is None


async def test_cancel_leaves_what_has_begun_and_that_is_shown(bot):
    made = await waiting(bot)
    begun = (JobState.QUEUED, JobState.GENERATING)
    await bot.do(lambda connection: jobs.move(connection, made[0].id, begun, cause="slot", now=bot.clock()))
    assert await cancel_remix(bot.core, made[0].id, 1) is CancelOutcome.PARTLY
    assert await states(bot, made) == [JobState.GENERATING, *[JobState.CANCELLED] * 3]
    assert (await bot.statuses.of_reply(made[3].id)).job.id == made[0].id


async def test_what_is_made_is_shown_at_once_after_a_cancel(bot):
    made = await waiting(bot)
    held = bot.clock()
    for job in made[1:]:
        await bot.do(lambda connection, each=job: _put_off(connection, each.id, held))
    async with bot.working():
        await bot.heard.until(lambda: _is(bot, made[0], JobState.GENERATED))
        await cancel_remix(bot.core, made[1].id, 1)
        await bot.heard.until(lambda: _is(bot, made[0], JobState.DELIVERED))
    assert await bot.money(made[0].id) == ("settled", TURBO)


def _put_off(connection, job_id, now):
    connection.execute(
        sa.update(tables.jobs).where(tables.jobs.c.id == job_id).values(due_at=now + timedelta(minutes=5))
    )


async def _is(bot, job, state):
    return (await bot.job(job.id)).state is state


async def test_moderators_see_one_entry_and_cancel_all_of_it(bot):
    made = await waiting(bot)
    queue = await read_server_queue(bot.core, 11, slots=10)
    assert ([each.job.id for each in queue.page.shown], queue.waiting_count) == ([made[0].id], 1)
    await cancel_waiting(bot.core, Acting(11, 5), made[0].id)
    assert await states(bot, made) == [JobState.CANCELLED] * 4


async def test_removing_or_hiding_a_pick_means_the_whole_set(bot):
    made = await shown(bot)
    await hide_result(bot.core, Acting(11, 5), made[2].id, hidden=True)
    assert all([(await bot.job(job.id)).hidden for job in made])
    removed = await remove_result(bot.core, Acting(11, 5), made[3].id)
    assert (removed.count, sorted(removed.job_ids)) == (4, [job.id for job in made])


async def test_the_author_deletes_the_whole_set(bot):
    made = await shown(bot)
    card = (22, bot.poster.posted[0].post.message_id)
    await delete_result(bot.core, made[0].id, card, 1, keep=bot.rules.keep_evidence)
    assert [(await bot.job(job.id)).removal for job in made] == [Removal.AUTHOR] * 4


async def test_my_remixes_has_one_entry(bot):
    made = await shown(bot)
    (status,) = (await bot.statuses.page_of_member(1, 11, "", None)).page.shown
    assert [job.id for job in status.together] == [job.id for job in made]
    assert (status.job.state, status.price) == (JobState.DELIVERED, 4 * TURBO)
    assert len(status.posts) == 1
