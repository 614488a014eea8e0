"""A weight ladder: four jobs of one request, accepted all or none, and shown together on one card."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from bot.demo.ideogram_stand_in.dials import Fault
from bot.rules.budgets import Period
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.origins import Origin
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.resolutions import Resolution
from bot.rules.sets import LADDER, LADDER_WEIGHTS, LONGEST_WAIT
from bot.storage.engine.tables import remixes as tables
from bot.storage.remixes import quotas
from bot.storage.sets import sets
from bot.storage.standing import policies
from bot.use_cases.remixes.starting_points import Start
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import RULES, asker, picture

TURBO = 30_000


async def ladder(bot, user_id=1, **changes):
    request = RemixRequest("a fox", speed=Speed.TURBO, **changes)
    return await bot.submit.submit(asker(user_id), request, picture(user_id), spoiler=False, ladder=True)


async def jobs_of(bot, outcome):
    return await bot.do(sets.jobs_of, outcome.job.id)


async def test_it_is_four_jobs_of_one_picture_at_four_weights(bot):
    accepted = await ladder(bot)
    made = await jobs_of(bot, accepted)
    assert [job.request.weight for job in made] == list(LADDER_WEIGHTS)
    assert [job.set_position for job in made] == [0, 1, 2, 3]
    assert {job.root for job in made} == {accepted.job.id}
    assert [job.turn for job in made] == [1, 2, 3, 4]
    assert [job.reply_token for job in made] == ["token", None, None, None]
    assert len({job.source_hash for job in made}) == 1


async def test_it_is_one_post_with_four_pictures_in_order(bot):
    accepted = await ladder(bot)
    ids = [job.id for job in await jobs_of(bot, accepted)]
    await bot.work(*ids)
    (posted,) = bot.poster.posted
    assert (posted.post.positions, len(posted.pictures)) == ((0, 1, 2, 3), 4)
    assert [(await bot.job(each)).state for each in ids] == [JobState.DELIVERED] * 4
    assert sorted(call.fields["image_weight"] for call in bot.stand_in.calls) == ["20", "40", "60", "80"]
    assert [await bot.money(each) for each in ids] == [("settled", TURBO)] * 4


async def test_all_or_none_fit_in_the_budget(bot):
    bot.use_rules(replace(RULES, ceilings={Period.DAY: 4 * TURBO - 1}))
    refused = await ladder(bot)
    assert (refused.reason, refused.left) == (Reason.BUDGET_DAY, 4 * TURBO - 1)
    assert isinstance(await bot.ask(1), Accepted)
    assert len(bot.heard.changed) == 1


async def test_of_two_at_once_the_budget_lets_one_in(bot):
    bot.use_rules(replace(RULES, ceilings={Period.DAY: 7 * TURBO}))
    outcomes = await asyncio.gather(ladder(bot, 1), ladder(bot, 2))
    assert sorted(type(each).__name__ for each in outcomes) == ["Accepted", "Refused"]


async def test_it_takes_one_place_in_the_queue_and_four_of_the_quota(bot):
    bot.use_rules(replace(RULES, limits=replace(RULES.limits, waiting_per_person=2)))
    await bot.do(policies.write, 11, Policy(daily_quota=5))
    assert isinstance(await ladder(bot), Accepted)
    assert isinstance(await bot.ask(1), Accepted)
    refused = await bot.ask(1)
    assert refused == Refused(Reason.PERSON_QUEUE_FULL, limit=2)
    assert await bot.do(quotas.count, 11, 1, Period.DAY, bot.clock()) == 5


async def test_it_needs_room_for_four_in_the_quota(bot):
    await bot.do(policies.write, 11, Policy(daily_quota=5))
    await bot.remix(1)
    await bot.remix(1)
    refused = await ladder(bot)
    assert (refused.reason, refused.limit, refused.remixes) == (Reason.QUOTA_DAY, 5, (4, 3))
    await bot.do(quotas.add_grant, 11, 1, 1, bot.clock(), bot.clock() + timedelta(days=1))
    assert isinstance(await ladder(bot), Accepted)
    assert await bot.do(quotas.grants_left, 11, 1, bot.clock()) == 0


async def test_a_weight_and_another_shape_are_refused_before_anything_is_reserved(bot):
    refused = await ladder(bot, resolution=Resolution(1440, 2880))
    assert refused == Refused(Reason.WEIGHT_WITH_OTHER_SHAPE)


async def test_what_failed_is_given_back_and_the_rest_is_shown(bot):
    bot.stand_in.dials.fail = [Fault.OK, Fault.PROMPT_UNSAFE]
    accepted = await ladder(bot)
    made = await jobs_of(bot, accepted)
    await bot.work(*[job.id for job in made], slots=1)
    (posted,) = bot.poster.posted
    assert posted.post.positions == (0, 2, 3)
    assert [await bot.money(job.id) for job in made] == [
        ("settled", TURBO),
        ("released", None),
        ("settled", TURBO),
        ("settled", TURBO),
    ]
    failed = [job for job in posted.delivery.together if job.state is JobState.FAILED]
    assert [(job.set_position, job.failure_kind) for job in failed] == [(1, FailureKind.PROMPT_UNSAFE)]


async def test_only_one_success_is_an_ordinary_card(bot):
    bot.stand_in.dials.fail = [Fault.PROMPT_UNSAFE, Fault.PROMPT_UNSAFE, Fault.PROMPT_UNSAFE]
    made = await jobs_of(bot, await ladder(bot))
    await bot.work(*[job.id for job in made], slots=1)
    (posted,) = bot.poster.posted
    assert not posted.delivery.is_grid
    assert posted.job_id == made[3].id


async def test_the_cooldown_lasts_as_long_as_one_of_them_counts(bot):
    bot.use_rules(replace(RULES, limits=replace(RULES.limits, cooldown=timedelta(hours=1))))
    bot.stand_in.dials.fail = [Fault.PROMPT_UNSAFE]
    made = await jobs_of(bot, await ladder(bot))
    await bot.work(*[job.id for job in made], slots=1)
    assert await bot.cooldown() is not None


async def test_what_takes_too_long_is_not_waited_for_and_gets_a_card_of_its_own(bot):
    made = await jobs_of(bot, await ladder(bot))
    first, *rest = [job.id for job in made]
    later = bot.clock() + timedelta(minutes=25)
    await bot.do(put_off, rest[2], later)
    await bot.do(_make_last_long, rest[2], later + timedelta(hours=9))
    async with bot.working():
        while not await are_fetched(bot, [first, *rest[:2]]):
            continue
        assert not bot.poster.posted
        bot.clock.move(seconds=LONGEST_WAIT.total_seconds() + 30)
        bot.heard.worker.wake()
        await bot.heard.until(lambda: _are(bot, [first, *rest[:2]], JobState.DELIVERED))
        bot.clock.move(minutes=20)
        bot.heard.worker.wake()
        await bot.heard.until(lambda: _are(bot, [rest[2]], JobState.DELIVERED))
    assert [posted.post.positions for posted in bot.poster.posted] == [(0, 1, 2), (0,)]


async def are_fetched(bot, ids):
    answered = [result for each in ids for result in await bot.results(each)]
    return len(answered) == len(ids) and all(result.hash for result in answered)


async def _are(bot, ids, state):
    return all([(await bot.job(each)).state is state for each in ids])


def put_off(connection, job_id, until):
    connection.execute(sa.update(tables.jobs).where(tables.jobs.c.id == job_id).values(due_at=until))


def _make_last_long(connection, job_id, until):
    connection.execute(sa.update(tables.jobs).where(tables.jobs.c.id == job_id).values(queue_until=until))


async def test_more_makes_a_ladder_of_an_earlier_remix(bot):
    job = await bot.remix(1, prompt="a fox in snow", weight=90)
    await bot.work(job.id)
    start = Start(Origin.LADDER, job.id, speed=Speed.TURBO)
    accepted = await bot.submit.submit_from(asker(2), start)
    made = await jobs_of(bot, accepted)
    assert [each.request.weight for each in made] == list(LADDER_WEIGHTS)
    assert {(each.parent_id, each.root_id, each.user_id) for each in made} == {(job.id, job.id, 2)}
    assert await bot.submit.submit_from(asker(2), start) == Refused(Reason.LADDER_ALREADY_OPEN)


async def test_the_gate_is_asked_with_the_whole_price(bot):
    bot.use_rules(replace(RULES, ceilings={Period.DAY: 4 * 60_000 - 1}))
    look = await bot.submit.look(asker(1), Speed.DEFAULT, amount=LADDER)
    assert look.refused.fits == (Speed.TURBO, 4 * TURBO)
