"""What the page about a member counts: theirs alone, in that server alone."""

from bot.rules.budgets import Period
from bot.rules.cases import CaseKind
from bot.rules.policies import Plan, Policy
from bot.rules.refusals import Reason
from bot.storage.standing import policies
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member, unblock_member
from bot.use_cases.moderation.member_page import read_member
from bot.use_cases.moderation.warn_member import warn_member, write_note
from tests.integration.made_storage import START

ACTING = Acting(11, 900, "because")
ROLE = 7


async def page(bot, user_id=1, roles=frozenset(), guild_id=11):
    return await read_member(bot.core, bot.rules, guild_id, user_id, roles)


async def test_use_and_money_are_theirs_in_this_server(bot):
    made = await bot.remix(1)
    await bot.work(made.id)
    for changes in ({"user_id": 2}, {"user_id": 1, "guild_id": 12}):
        await bot.remix(**changes)
    bot.clock.move(days=1)
    await bot.remix(1)
    found = await page(bot)
    assert (found.totals.count, found.totals.waiting, found.totals.unsafe) == (2, 1, 0)
    assert (found.totals.first_at, found.totals.last_at) == (START, bot.clock())
    assert found.micros == {Period.DAY: 30_000, Period.MONTH: 60_000}
    assert (found.usage.today, found.usage.this_month) == (1, 2)


async def test_refusals_count_by_reason_and_cases_without_those_undone(bot):
    await bot.do(policies.write, 11, Policy(channels=frozenset({5})))
    for _ in range(3):
        assert (await bot.ask(1)).reason is Reason.CHANNEL_NOT_ALLOWED
    await bot.ask(2)
    await warn_member(bot.core, ACTING, 1)
    await write_note(bot.core, ACTING, 1)
    await block_member(bot.core, ACTING, 1, None)
    found = await page(bot)
    assert found.refusals == {Reason.CHANNEL_NOT_ALLOWED: 3}
    assert found.case_counts == {CaseKind.WARN: 1, CaseKind.NOTE: 1, CaseKind.BLOCK: 1}
    assert found.block.case_number == 3
    await unblock_member(bot.core, ACTING, 1)
    found = await page(bot)
    assert found.block is None
    assert CaseKind.BLOCK not in found.case_counts
    assert (await page(bot, guild_id=12)).case_counts == {}


async def test_the_limits_are_those_of_their_roles(bot):
    await bot.do(policies.write, 11, Policy(daily_quota=2))
    await bot.do(policies.write_plan, 11, ROLE, Plan(daily_quota=9))
    assert (await page(bot)).limits.daily_quota == 2
    assert (await page(bot, roles=frozenset({ROLE}))).limits.daily_quota == 9
