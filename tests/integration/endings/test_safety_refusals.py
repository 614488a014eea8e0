"""Whoever is often refused as unsafe is blocked by rule for a day: per server, and over all servers."""

from datetime import timedelta
from itertools import count

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.tables.moderation import log_entries
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.standing import member_blocks, policies
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member, unblock_member
from bot.use_cases.operator.watch_safety import WatchSafety
from bot.use_cases.ports import OftenRefused

DAY = timedelta(hours=24)
_shades = count(100)
UNSAFE = {
    "prompt": Fault.PROMPT_UNSAFE,
    "picture": Fault.PICTURE_UNSAFE,
    "withheld": Fault.UNSAFE,
}


class Operator:
    """Records the notices that it gets."""

    def __init__(self) -> None:
        self.told: list[OftenRefused] = []

    async def tell_of_refusals(self, refused):
        self.told.append(refused)


@pytest.fixture
def operator():
    return Operator()


@pytest.fixture
def watch(bot, operator):
    return WatchSafety(bot.core, 5, operator)


async def refused(bot, fault=Fault.PROMPT_UNSAFE, user_id=1, **options):
    bot.stand_in.dials.fail = [fault]
    # Each time another picture: one that was refused as unsafe is remembered.
    job = await bot.remix(user_id, prompt="secret words", shade=next(_shades), **options)
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.FAILED


async def refused_often(bot, watch, times, **options):
    for _ in range(times):
        await refused(bot, **options)
        assert await watch.look()


async def block_cases(bot, guild_id=11):
    return await bot.do(cases.newest, guild_id, CaseFilter(kind=CaseKind.BLOCK), 10, None)


async def entries(bot):
    def read(connection):
        return [row.kind for row in connection.execute(log_entries.select().order_by(log_entries.c.id))]

    return [kind for kind in await bot.do(read) if kind in {LogKind.SAFETY, LogKind.CASE}]


@pytest.mark.parametrize("fault", UNSAFE.values(), ids=UNSAFE)
async def test_the_third_refusal_in_a_day_blocks_for_a_day_as_a_case_by_rule(bot, watch, operator, fault):
    await bot.do(policies.write, 11, Policy(log_channel=77))
    await refused_often(bot, watch, 2, fault=fault)
    assert await block_cases(bot) == []
    await refused_often(bot, watch, 1, fault=fault)
    (case,) = await block_cases(bot)
    assert (case.actor_id, case.target_id, case.until) == (BY_RULE, 1, bot.clock() + DAY)
    assert "refused 3 remixes" in case.reason
    assert "secret" not in str(case)
    assert await entries(bot) == [LogKind.CASE, LogKind.SAFETY]
    assert operator.told == []
    no = await bot.ask()
    assert isinstance(no, Refused)
    assert (no.reason, no.until) == (Reason.MEMBER_BLOCKED, case.until)


async def test_refusals_that_are_a_day_apart_block_nobody(bot, watch):
    await refused_often(bot, watch, 2)
    bot.clock.move(hours=24)
    await refused_often(bot, watch, 1)
    assert await block_cases(bot) == []


@pytest.mark.parametrize(("limit", "blocked"), [(1, True), (0, False), (4, False)])
async def test_a_server_can_choose_another_number_or_none(bot, watch, limit, blocked):
    await bot.do(policies.write, 11, Policy(safety_refusals=limit))
    await refused_often(bot, watch, 1 if blocked else 3)
    assert bool(await block_cases(bot)) is blocked


async def test_of_a_failure_that_is_no_safety_refusal_nothing_follows(bot, watch):
    await refused_often(bot, watch, 4, fault=Fault.REJECTED)
    assert await block_cases(bot) == []


async def test_one_that_was_refused_before_a_crash_is_looked_at_after_it(bot, operator):
    for _ in range(3):
        await refused(bot)
    again = WatchSafety(bot.restarted().core, 5, operator)
    assert await again.look()
    assert len(await block_cases(bot)) == 1
    assert await again.look()
    assert len(await block_cases(bot)) == 1


async def test_moderators_can_undo_it_and_the_same_refusals_do_not_block_again(bot, watch):
    await refused_often(bot, watch, 3)
    await unblock_member(bot.core, Acting(11, 99), 1)
    await refused_often(bot, watch, 1)
    assert len(await block_cases(bot)) == 1
    assert await bot.do(member_blocks.read, 11, 1) is None


async def test_a_longer_block_stays_as_it_is(bot, watch):
    for _ in range(3):
        await refused(bot)
    await block_member(bot.core, Acting(11, 99, "gore"), 1, None)
    assert await watch.look()
    block = await bot.do(member_blocks.find, 11, 1)
    assert (block.until, block.reason) == (None, "gore")
    assert len(await block_cases(bot)) == 2


async def test_over_all_servers_the_operator_is_told_and_each_of_them_blocks(bot, watch, operator):
    for guild_id in (11, 11, 12, 12):
        await refused_often(bot, watch, 1, guild_id=guild_id)
    assert (await block_cases(bot), await block_cases(bot, 12), operator.told) == ([], [], [])
    await refused_often(bot, watch, 1, guild_id=13)
    assert operator.told == [OftenRefused(1, 5, 3)]
    for guild_id in (11, 12, 13):
        (case,) = await block_cases(bot, guild_id)
        assert case.actor_id == BY_RULE
        assert "over all servers" in case.reason
    assert await watch.look()
    assert len(operator.told) == 1


async def test_a_server_without_the_rule_does_not_switch_off_the_operators(bot, watch, operator):
    await bot.do(policies.write, 11, Policy(safety_refusals=0))
    await refused_often(bot, watch, 5)
    assert operator.told == [OftenRefused(1, 5, 1)]
    assert len(await block_cases(bot)) == 1


async def test_without_the_operators_rule_only_the_servers_count(bot, operator):
    watch = WatchSafety(bot.core, 0, operator)
    for guild_id in (11, 12, 13, 14, 15, 16):
        await refused_often(bot, watch, 1, guild_id=guild_id)
    assert (operator.told, await block_cases(bot)) == ([], [])


async def test_what_waits_when_the_block_comes_ends_uncharged(bot, watch):
    for _ in range(3):
        await refused(bot)
    waiting = await bot.remix(1, shade=7)
    assert await watch.look()
    await bot.work(waiting.id)
    assert (await bot.job(waiting.id)).failure_kind is FailureKind.MEMBER_BLOCKED
    assert await bot.money(waiting.id) == ("released", None)
