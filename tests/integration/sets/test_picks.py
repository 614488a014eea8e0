"""Picks: one picture of a set gets a card of its own, once, for its author and moderators."""

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.rules.generations import IdeogramApi
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.removals import Removal
from bot.storage.engine.tables.remixes import jobs as jobs_table
from bot.storage.moderation import moderated_jobs
from bot.storage.privacy import opt_outs
from bot.storage.remixes import families
from bot.storage.sets import sets
from bot.storage.standing import servers
from bot.storage.standing.pauses import Pause
from bot.use_cases.ports import PostFailedError
from bot.use_cases.remixes.sets.pick import NotPicked, Pick, Picked
from tests.integration.made_bot import asker, click_again
from tests.integration.sets.test_ladders import ladder


@pytest.fixture
async def grid(bot):
    """The jobs of a ladder that is posted, and the card's message."""
    made = await bot.do(sets.jobs_of, (await ladder(bot)).job.id)
    await bot.work(*[job.id for job in made])
    return made, bot.poster.posted[0].post.message_id


def pick(grid, number, **changes):
    made, message_id = grid
    return replace(Pick(made[0].id, message_id, number, is_moderator=False), **changes)


async def press(bot, grid, number, user_id=1, **changes):
    return await bot.remixes.picks.pick(asker(user_id), pick(grid, number, **changes))


async def test_a_pick_is_a_post_of_the_job_with_that_weight(bot, grid):
    picked = await press(bot, grid, 2)
    assert isinstance(picked, Picked)
    assert not picked.was_posted
    post = (await bot.posts(grid[0][2].id))[0]
    assert (post.message_id, post.positions) == (picked.post.message_id, (0,))
    assert bot.calls == 4
    again = (await bot.submit.submit_from(asker(2), click_again(grid[0][2].id))).job
    assert (again.request.weight, again.set_id) == (60, None)


async def test_a_second_click_and_ten_at_once_post_nothing_more(bot, grid):
    outcomes = await asyncio.gather(*(press(bot, grid, 0) for _ in range(10)))
    assert sum(not each.was_posted for each in outcomes) == 1
    assert len({each.post.message_id for each in outcomes}) == 1
    assert len(bot.poster.posted) == 2


async def test_after_a_post_that_nobody_heard_of_the_next_click_looks_for_it(bot, grid):
    bot.poster.unheard = 1
    assert await press(bot, grid, 1) is NotPicked.LATER
    picked = await press(bot, grid, 1)
    assert isinstance(picked, Picked)
    assert bot.poster.looked[-1] is True
    assert len(bot.poster.posted) == 2


async def test_others_cannot_pick_and_moderators_can(bot, grid):
    assert await press(bot, grid, 0, user_id=2) == Refused(Reason.PICK_NOT_YOURS)
    assert isinstance(await press(bot, grid, 0, user_id=2, is_moderator=True), Picked)


async def test_a_forged_click_picks_nothing(bot, grid):
    for forged in ({"message_id": 1}, {"number": 4}, {"job_id": 99}, {"job_id": grid[0][1].id}):
        outcome = await bot.remixes.picks.pick(asker(1), replace(pick(grid, 0), **forged))
        assert outcome == Refused(Reason.PICTURE_GONE)
    other_server = asker(1, guild_id=12)
    assert await bot.remixes.picks.pick(other_server, pick(grid, 0)) == Refused(Reason.PICTURE_GONE)


async def test_what_is_hidden_or_removed_cannot_be_picked(bot, grid):
    job = grid[0][1]
    await bot.do(lambda connection: moderated_jobs.set_hidden(connection, job.id, hidden=True))
    assert await press(bot, grid, 1) == Refused(Reason.RESULT_HIDDEN)
    await bot.do(families.mark_removed, job.id, Removal.MODERATOR, bot.clock())
    assert await press(bot, grid, 1) == Refused(Reason.PICTURE_GONE)


async def test_a_picture_of_somebody_who_opted_out_cannot_be_picked(bot, grid):
    await bot.do(lambda connection: connection.execute(sa.update(jobs_table).values(source_author_id=9)) and None)
    await bot.do(opt_outs.add, 9, bot.clock())
    assert await press(bot, grid, 1) == Refused(Reason.PICTURE_OWNER_OPTED_OUT)


async def test_a_pause_holds_for_picks_too(bot, grid):
    await bot.do(servers.pause, 11, Pause("night", bot.clock(), 5))
    assert (await press(bot, grid, 0)).reason is Reason.SERVER_PAUSED


async def test_what_is_removed_while_its_pick_is_on_its_way_is_taken_down_again(bot, grid):
    job = grid[0][3]

    async def remove():
        await bot.do(families.mark_removed, job.id, Removal.MODERATOR, bot.clock())

    bot.poster.removes = remove
    picked = await press(bot, grid, 3)
    assert await bot.changes.apply([job.id]) == 0
    assert bot.poster.taken_down == [picked.post.message_id]


async def test_discord_may_not_take_it(bot, grid):
    bot.poster.trouble = [PostFailedError("503")]
    assert await press(bot, grid, 0) is NotPicked.LATER


@pytest.mark.parametrize("api", [IdeogramApi.V2])
async def test_of_several_images_of_one_call_one_is_picked(bot):
    job = await bot.remix(1, images=3, speed=Speed.TURBO)
    assert await bot.money(job.id) == ("reserved", None)
    await bot.work(job.id)
    assert await bot.money(job.id) == ("settled", 90_000)
    assert bot.stand_in.calls[0].fields["num_images"] == "3"
    (grid,) = bot.poster.posted
    assert grid.post.positions == (0, 1, 2)
    picked = await bot.remixes.picks.pick(asker(1), Pick(job.id, grid.post.message_id, 1, is_moderator=False))
    assert (picked.post.positions, bot.calls) == ((1,), 1)
    again = (await bot.submit.submit_from(asker(1), click_again(job.id))).job
    assert again.request.images == 1
