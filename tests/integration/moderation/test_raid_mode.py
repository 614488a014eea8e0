"""Raid mode doubles the cooldown of new members, ends on time, and is a case that can be undone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.job_states import JobState
from bot.rules.membership import Membership
from bot.rules.policies import Policy
from bot.rules.refusals import Reason
from bot.rules.reviews import ReviewReason
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.standing import policies, servers
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.explain_gate import explain_gate
from bot.use_cases.moderation.oversight.raid_mode import switch_raid_off, switch_raid_on
from bot.use_cases.moderation.undo_case import NotUndone, undo_case
from bot.use_cases.purges.watch_ends import WatchEnds
from tests.integration.made_bot import asker

SERVER = 11
ACTING = Acting(SERVER, 900, "a wave of new accounts")
HOUR = timedelta(hours=1)


@pytest.fixture
async def slow(bot):
    """A minute between two remixes."""
    bot.use_rules(replace(bot.rules, limits=replace(bot.rules.limits, cooldown=timedelta(minutes=1))))
    return bot


def joined(bot, days):
    return {"joined_at": bot.clock() - timedelta(days=days)}


async def kinds(bot):
    found = await bot.do(cases.newest, SERVER, CaseFilter(), 20, None)
    return [(case.kind, case.actor_id) for case in reversed(found)]


async def refused_after_a_minute(bot, user_id, **options):
    await bot.remix(user_id, shade=7, **options)
    bot.clock.move(seconds=61)
    return (await bot.submit.look(asker(user_id, **options), None)).refused


async def test_a_new_member_waits_twice_as_long_and_reads_so_and_others_do_not(slow):
    await switch_raid_on(slow.core, ACTING, HOUR)
    refused = await refused_after_a_minute(slow, 1, **joined(slow, 2))
    assert (refused.reason, refused.in_raid) == (Reason.COOLDOWN, True)
    assert await refused_after_a_minute(slow, 2, **joined(slow, 30)) is None
    assert await refused_after_a_minute(slow, 3, manages_server=True, **joined(slow, 2)) is None
    slow.clock.move(seconds=60)
    assert (await slow.submit.look(asker(1, **joined(slow, 2)), None)).refused is None


async def test_a_young_account_is_new_however_long_it_is_a_member(slow):
    await switch_raid_on(slow.core, ACTING, HOUR)
    young = int((slow.clock() - timedelta(days=1)).timestamp() * 1000 - 1_420_070_400_000) << 22
    assert (await refused_after_a_minute(slow, young, **joined(slow, 30))).in_raid
    await slow.do(policies.write, SERVER, Policy(raid_new_s=3600))
    assert (await slow.submit.look(asker(young, **joined(slow, 30)), None)).refused is None


async def test_it_ends_on_time_by_rule_and_after_a_restart_too(slow):
    told = []
    slow.core.news.on_case.append(told.append)
    case = await switch_raid_on(slow.core, ACTING, HOUR)
    watch = WatchEnds(slow.core)
    slow.clock.move(minutes=59)
    await watch.look()
    assert await slow.do(servers.read_raid, SERVER) is not None
    slow.clock.move(minutes=1)
    await WatchEnds(slow.restarted().core).look()
    await watch.look()
    assert await slow.do(servers.read_raid, SERVER) is None
    assert await kinds(slow) == [(CaseKind.RAID, 900), (CaseKind.RAID_OVER, BY_RULE)]
    assert [each.kind for each in told] == [CaseKind.RAID]
    assert (await slow.do(cases.get, SERVER, case.number)).undone_case == 2


async def test_only_the_database_says_whether_it_is_on(slow):
    """A process whose clock is ahead goes on with it until the one that leads has ended it."""
    await switch_raid_on(slow.core, ACTING, HOUR)
    slow.clock.move(hours=2)
    assert (await refused_after_a_minute(slow, 1, **joined(slow, 2))).in_raid


async def test_a_clock_that_is_set_back_does_not_end_it_at_once(slow):
    await switch_raid_on(slow.core, ACTING, timedelta(minutes=1))
    slow.clock.move(hours=-1)
    await WatchEnds(slow.core).look()
    assert await slow.do(servers.read_raid, SERVER) is not None


async def test_switching_it_on_again_gives_it_another_end_and_off_ends_it(slow):
    first = await switch_raid_on(slow.core, ACTING, HOUR)
    second = await switch_raid_on(slow.core, ACTING, 3 * HOUR)
    raid = await slow.do(servers.read_raid, SERVER)
    assert (raid.case_number, raid.until) == (second.number, slow.clock() + 3 * HOUR)
    assert await undo_case(slow.core, ACTING, first.number, lambda *_: None) is NotUndone.OVER
    assert (await switch_raid_off(slow.core, ACTING)).kind is CaseKind.RAID_OVER
    assert await switch_raid_off(slow.core, ACTING) is None
    assert await undo_case(slow.core, ACTING, second.number, lambda *_: None) is NotUndone.DONE_BEFORE


async def test_undo_ends_it_too(slow):
    case = await switch_raid_on(slow.core, ACTING, HOUR)
    undone = await undo_case(slow.core, ACTING, case.number, lambda *_: None)
    assert undone.by.kind is CaseKind.RAID_OVER
    assert await slow.do(servers.read_raid, SERVER) is None


async def test_results_of_new_members_are_reviewed_first_also_of_what_waited_when_it_began(bot):
    for user_id in (1, 2):
        bot.members.said[SERVER, user_id] = Membership(frozenset({SERVER}), bot.clock() - timedelta(days=2))
    waited = await bot.remix(1, **joined(bot, 2))
    await switch_raid_on(bot.core, ACTING, HOUR)
    asked = await bot.remix(2, **joined(bot, 2))
    of_others = await bot.remix(3, shade=3, **joined(bot, 30))
    assert (asked.review, of_others.review) == (ReviewReason.RAID, None)
    await bot.work(waited.id, asked.id)
    states = [(await bot.job(job.id)).state for job in (waited, asked)]
    assert states == [JobState.IN_REVIEW, JobState.IN_REVIEW]


async def test_what_is_not_made_yet_when_it_ends_needs_no_review(bot):
    await switch_raid_on(bot.core, ACTING, HOUR)
    job = await bot.remix(1, **joined(bot, 2))
    await switch_raid_off(bot.core, ACTING)
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED


async def test_why_says_whether_it_is_about_that_member(slow):
    await switch_raid_on(slow.core, ACTING, HOUR)
    for days, expected in ((2, True), (30, False)):
        explained = await explain_gate(slow.core, slow.rules, asker(1, **joined(slow, days)))
        assert (explained.raid is not None, explained.in_raid) == (True, expected)
    assert (await explain_gate(slow.core, slow.rules, asker(1, guild_id=12))).raid is None
