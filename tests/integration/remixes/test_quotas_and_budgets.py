"""Quotas, grants, plans and budgets of a server hold, and come back where a remix failed by nobody's fault."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.budgets import Period
from bot.rules.job_states import JobState
from bot.rules.policies import UNLIMITED, Plan, Policy
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.storage.remixes import quotas, spending
from bot.storage.standing import policies, servers
from bot.storage.standing.pauses import Pause
from bot.use_cases.remixes.cancel_remix import cancel_remix
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import RULES, asker, click_again
from tests.integration.made_storage import START

TOMORROW = datetime(2026, 5, 2, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 6, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)


async def use(bot, policy, **plans):
    await bot.do(policies.write, 11, policy)
    for role, plan in plans.items():
        await bot.do(policies.write_plan, 11, int(role.removeprefix("role_")), plan)


async def used(bot, user_id=1):
    return await bot.do(quotas.count, 11, user_id, Period.DAY, bot.clock())


async def granted(bot, user_id=1):
    return await bot.do(quotas.grants_left, 11, user_id, bot.clock())


async def grant(bot, remixes, *, lasts=A_DAY, user_id=1):
    await bot.do(quotas.add_grant, 11, user_id, remixes, bot.clock(), bot.clock() + lasts)


async def spent(bot, guild_id=11):
    return (await bot.do(spending.read_server, guild_id, bot.clock()))[Period.DAY].micros


def kinds(outcomes):
    """How many were let in, and why the others were not."""
    return sum(isinstance(each, Accepted) for each in outcomes), {
        each for each in outcomes if isinstance(each, Refused)
    }


async def test_a_daily_quota_ends_with_the_day_and_a_monthly_one_with_the_month(bot):
    await use(bot, Policy(daily_quota=1, monthly_quota=2))
    await bot.remix(1)
    assert await bot.ask(1) == Refused(Reason.QUOTA_DAY, until=TOMORROW, limit=1)
    await bot.remix(2)
    bot.clock.move(days=1)
    await bot.remix(1)
    assert await bot.ask(1) == Refused(Reason.QUOTA_MONTH, until=NEXT_MONTH, limit=2)
    bot.clock.move(days=31)
    await bot.remix(1)


async def test_a_quota_is_one_servers_alone(bot):
    await use(bot, Policy(daily_quota=1))
    await bot.remix(1)
    await bot.remix(1, guild_id=12)
    assert (await bot.ask(1)).reason is Reason.QUOTA_DAY


async def test_of_ten_at_once_no_more_are_let_in_than_the_quota_has(bot):
    await use(bot, Policy(daily_quota=2))
    outcomes = await asyncio.gather(*(bot.ask(1, shade=shade) for shade in range(10)))
    assert kinds(outcomes) == (2, {Refused(Reason.QUOTA_DAY, until=TOMORROW, limit=2)})


@pytest.mark.parametrize(("fault", "counts"), [(Fault.PROMPT_UNSAFE, 1), (Fault.REJECTED, 0), (Fault.INTERNAL, 0)])
async def test_a_remix_that_failed_without_its_authors_fault_does_not_count(bot, fault, counts):
    await use(bot, Policy(daily_quota=1))
    bot.stand_in.dials.fail = [fault]
    job = await bot.remix(1)
    assert await used(bot) == 1
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is not JobState.DELIVERED
    assert await used(bot) == counts
    assert isinstance(await bot.ask(1), Accepted) is (counts == 0)


async def test_a_cancelled_remix_does_not_count(bot):
    await use(bot, Policy(daily_quota=1, daily_budget=30_000))
    job = await bot.remix(1)
    await cancel_remix(bot.core, job.id, 1)
    assert (await used(bot), await spent(bot)) == (0, 0)
    await bot.remix(1)


async def test_a_grant_goes_on_where_the_quota_has_ended_and_is_used_up(bot):
    await use(bot, Policy(daily_quota=1))
    await grant(bot, 2)
    await bot.remix(1)
    assert await granted(bot) == 2
    await bot.remix(1)
    await bot.remix(1)
    assert (await granted(bot), await used(bot)) == (0, 1)
    assert (await bot.ask(1)).reason is Reason.QUOTA_DAY


async def test_of_ten_at_once_no_more_are_let_in_than_quota_and_grant_have(bot):
    await use(bot, Policy(daily_quota=1))
    await grant(bot, 2)
    outcomes = await asyncio.gather(*(bot.ask(1, shade=shade) for shade in range(10)))
    assert kinds(outcomes)[0] == 3
    assert await granted(bot) == 0


async def test_a_grant_ends_and_is_its_members_alone(bot):
    await use(bot, Policy(daily_quota=0))
    await grant(bot, 5, lasts=timedelta(hours=1))
    await bot.remix(1)
    assert (await bot.ask(2)).reason is Reason.QUOTA_DAY
    bot.clock.move(hours=1)
    assert (await bot.ask(1)).reason is Reason.QUOTA_DAY


async def test_the_grant_that_ends_first_is_used_first_and_gets_its_remix_back(bot):
    await use(bot, Policy(daily_quota=0))
    await grant(bot, 1, lasts=2 * A_DAY)
    await grant(bot, 1, lasts=A_DAY)
    bot.stand_in.dials.fail = [Fault.REJECTED]
    job = await bot.remix(1)
    (left,) = await bot.do(quotas.open_grants, 11, bot.clock())
    assert left.ends_at == START + 2 * A_DAY
    await bot.work(job.id)
    assert await granted(bot) == 2


async def test_a_plan_gives_its_role_more_and_a_member_has_the_best_of_their_roles(bot):
    plans = {"role_7": Plan(daily_quota=2), "role_8": Plan(daily_quota=3), "role_9": Plan(daily_quota=UNLIMITED)}
    await use(bot, Policy(daily_quota=1), **plans)
    for user_id, roles, most in [(1, {5}, 1), (2, {7}, 2), (3, {7, 8}, 3)]:
        outcomes = [await bot.ask(user_id, role_ids=frozenset(roles)) for _ in range(most + 1)]
        assert kinds(outcomes)[0] == most
    assert kinds([await bot.ask(4, role_ids=frozenset({7, 9})) for _ in range(5)])[0] == 5


async def test_of_ten_at_once_against_a_budget_for_one_one_is_let_in(bot):
    await use(bot, Policy(daily_budget=30_000))
    outcomes = await asyncio.gather(*(bot.ask(user_id) for user_id in range(10)))
    assert kinds(outcomes) == (1, {Refused(Reason.SERVER_BUDGET_DAY, until=TOMORROW, left=0)})
    assert await spent(bot) == 30_000


async def test_a_servers_budget_is_its_own_and_opens_with_the_next_day(bot):
    await use(bot, Policy(daily_budget=60_000, monthly_budget=90_000))
    await bot.remix(1, speed=Speed.DEFAULT)
    assert (await bot.ask(2)).reason is Reason.SERVER_BUDGET_DAY
    await bot.remix(2, guild_id=12)
    assert (await spent(bot), await spent(bot, 12)) == (60_000, 30_000)
    bot.clock.move(days=1)
    await bot.remix(2)
    assert await bot.ask(3) == Refused(Reason.SERVER_BUDGET_MONTH, until=NEXT_MONTH, left=0)


async def test_a_budget_comes_back_where_a_remix_was_not_charged(bot):
    await use(bot, Policy(daily_budget=30_000))
    bot.stand_in.dials.fail = [Fault.PROMPT_UNSAFE]
    job = await bot.remix(1)
    assert (await bot.ask(2)).reason is Reason.SERVER_BUDGET_DAY
    await bot.work(job.id)
    assert await spent(bot) == 0
    await bot.remix(2)


async def test_what_may_have_been_charged_stays_in_the_budget(bot):
    await use(bot, Policy(daily_budget=30_000))
    bot.stand_in.dials.fail = [Fault.INTERNAL]
    job = await bot.remix(1)
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.OUTCOME_UNKNOWN
    assert (await bot.ask(2)).reason is Reason.SERVER_BUDGET_DAY


def use_operators(bot, **changes):
    ceilings = {
        name: {Period.DAY: changes.pop(name)} for name in ("server_ceilings", "person_ceilings") if name in changes
    }
    bot.use_rules(replace(RULES, limits=replace(RULES.limits, **changes), **ceilings))


async def test_of_ten_at_once_in_ten_servers_a_person_gets_what_one_person_can_spend(bot):
    use_operators(bot, person_ceilings=60_000)
    outcomes = await asyncio.gather(*(bot.ask(1, guild_id=11 + n) for n in range(10)))
    assert kinds(outcomes) == (2, {Refused(Reason.PERSON_CEILING, until=TOMORROW, left=0)})
    await bot.remix(2)
    bot.clock.move(days=1)
    await bot.remix(1)


async def test_what_a_person_got_for_nothing_does_not_count_against_them(bot):
    use_operators(bot, person_ceilings=30_000)
    job = await bot.remix(1)
    assert (await bot.ask(1, guild_id=12)).reason is Reason.PERSON_CEILING
    assert await cancel_remix(bot.core, job.id, 1)
    await bot.remix(1, guild_id=12)


async def test_of_ten_at_once_a_server_gets_what_the_operator_lets_one_server_spend(bot):
    use_operators(bot, server_ceilings=60_000)
    outcomes = await asyncio.gather(*(bot.ask(user_id) for user_id in range(10)))
    assert kinds(outcomes) == (2, {Refused(Reason.SERVER_CEILING, until=TOMORROW, left=0)})
    await bot.remix(1, guild_id=12)


async def test_a_server_can_be_stricter_than_the_operator_and_no_less_strict(bot):
    use_operators(bot, server_ceilings=60_000)
    await use(bot, Policy(daily_budget=30_000))
    await bot.remix(1)
    assert (await bot.ask(2)).reason is Reason.SERVER_BUDGET_DAY
    assert bot.rules.bounds.budgets == {Period.DAY: 60_000}


async def test_of_ten_at_once_a_server_queues_what_the_operator_lets_it_and_others_go_on(bot):
    use_operators(bot, waiting_per_server=3)
    outcomes = await asyncio.gather(*(bot.ask(user_id) for user_id in range(10)))
    assert kinds(outcomes) == (3, {Refused(Reason.SERVER_QUEUE_FULL, limit=3)})
    await bot.remix(1, guild_id=12)


async def test_one_server_cannot_fill_the_queue_of_all(bot):
    use_operators(bot, waiting=6)
    outcomes = await asyncio.gather(*(bot.ask(user_id) for user_id in range(10)))
    assert kinds(outcomes) == (3, {Refused(Reason.SERVER_QUEUE_FULL, limit=3)})
    for guild_id in (12, 12, 13, 14):
        await bot.remix(1, guild_id=guild_id)
    assert (await bot.ask(1, guild_id=14)).reason is Reason.QUEUE_FULL


async def test_what_waits_in_a_paused_server_takes_nobodys_room(bot):
    use_operators(bot, waiting=4, shared=False)
    for user_id in range(4):
        await bot.remix(user_id)
    await bot.remix(1, guild_id=12)
    assert (await bot.ask(1, guild_id=12)).reason is Reason.QUEUE_FULL
    await bot.do(servers.pause, 11, Pause("a break", START, 1))
    await bot.remix(1, guild_id=12)
    await bot.do(servers.resume, 11)
    assert (await bot.ask(1, guild_id=12)).reason is Reason.QUEUE_FULL


async def test_a_budget_names_the_speed_that_still_fits_for_again_too(bot):
    bot.use_rules(replace(RULES, ceilings={Period.DAY: 100_000}))
    job = await bot.remix(1, speed=Speed.DEFAULT)
    await bot.work(job.id)
    fits = Refused(Reason.BUDGET_DAY, until=TOMORROW, left=40_000, fits=(Speed.TURBO, 30_000))
    assert await bot.ask(2, speed=Speed.DEFAULT) == fits
    assert await bot.submit.submit_from(asker(2), click_again(job.id)) == fits
    await bot.remix(2, speed=Speed.TURBO)
