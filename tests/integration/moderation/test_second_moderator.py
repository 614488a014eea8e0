"""A purge of many results waits for a second moderator, if the server says so: nothing is removed before."""

import asyncio

import pytest

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.matters import MatterKind
from bot.rules.policies import Policy
from bot.rules.second_moderators import PurgeState
from bot.storage.matters import matters
from bot.storage.moderation import cases, purge_requests
from bot.storage.moderation.cases import CaseFilter
from bot.storage.standing import policies
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.remove_result import Purge, Removed
from bot.use_cases.purges.second_moderator import (
    AskedSecond,
    NotDecided,
    confirm_purge,
    purge_or_ask,
    refuse_purge,
    remove_or_ask,
)
from bot.use_cases.purges.watch_ends import WatchEnds
from tests.integration.made_bot import asker, click_again

SERVER = 11
MAUD, MAX, MIA, BEN = 900, 901, 1, 2
FIRST, SECOND = Acting(SERVER, MAUD, "spam"), Acting(SERVER, MAX)
PURGE = Purge(MIA, 50)


@pytest.fixture
async def careful(bot):
    """More than two results ask a second moderator. Mia has four."""
    await bot.do(policies.write, SERVER, Policy(second_moderator=2))
    for _ in range(4):
        await bot.remix(MIA, shade=1)
        bot.clock.move(minutes=5)
    return bot


async def left(bot, user_id=MIA):
    """How many of the member's remixes are not removed."""
    found = [await bot.job(number) for number in range(1, 10) if number in await numbers(bot)]
    return sum(job.removed_at is None and job.user_id == user_id for job in found)


async def numbers(bot):
    return await bot.do(lambda c: [row.id for row in c.exec_driver_sql("SELECT id FROM jobs")])


async def ask(bot):
    done = await purge_or_ask(bot.core, FIRST, PURGE)
    assert isinstance(done, AskedSecond)
    return done, await bot.do(matters.find_open, MatterKind.PURGE, done.request.id)


async def kinds(bot):
    found = await bot.do(cases.newest, SERVER, CaseFilter(), 20, None)
    return [(case.kind, case.actor_id) for case in reversed(found)]


async def test_nothing_is_removed_before_another_moderator_confirms(careful):
    asked, matter = await ask(careful)
    assert (asked.count, matter.about_id, await left(careful), await kinds(careful)) == (4, MIA, 4, [])
    assert await confirm_purge(careful.core, FIRST, matter) is NotDecided.ONESELF
    assert await left(careful) == 4

    removed = await confirm_purge(careful.core, SECOND, matter)
    assert (removed.count, removed.case.kind, removed.case.actor_id) == (4, CaseKind.PURGE, MAUD)
    assert (removed.case.reason, removed.case.details["confirmed_by"]) == ("spam", str(MAX))
    assert await left(careful) == 0
    closed = await careful.do(matters.get, matter.id)
    assert (closed.is_open, closed.closed_by, closed.outcome) == (False, MAX, PurgeState.DONE)


async def test_two_moderators_at_once_decide_once(careful):
    _asked, matter = await ask(careful)
    third = Acting(SERVER, 902)
    done = await asyncio.gather(
        confirm_purge(careful.core, SECOND, matter),
        confirm_purge(careful.core, third, matter),
        refuse_purge(careful.core, SECOND, matter),
    )
    assert [isinstance(each, Removed) for each in done].count(True) == 1
    assert list(done).count(NotDecided.DONE_BEFORE) == 2
    assert await kinds(careful) == [(CaseKind.PURGE, MAUD)]


async def test_who_is_refused_or_withdraws_removes_nothing(careful):
    for who, state in ((SECOND, PurgeState.REFUSED), (FIRST, PurgeState.WITHDRAWN)):
        _asked, matter = await ask(careful)
        assert await refuse_purge(careful.core, who, matter) is state
        assert await confirm_purge(careful.core, SECOND, matter) is NotDecided.DONE_BEFORE
    assert (await left(careful), await kinds(careful)) == (4, [])


async def test_nobody_in_time_is_a_no_also_after_a_restart(careful):
    asked, matter = await ask(careful)
    careful.clock.move(hours=24)
    # Its time is over, whether or not the watch has looked.
    assert await confirm_purge(careful.core, SECOND, matter) is NotDecided.DONE_BEFORE
    await WatchEnds(careful.restarted().core).look()
    request = await careful.do(purge_requests.find, asked.request.id)
    assert (request.state, request.decided_by) == (PurgeState.OVER, BY_RULE)
    assert not (await careful.do(matters.get, matter.id)).is_open
    assert await left(careful) == 4


async def test_asking_twice_is_one_request(careful):
    first, _matter = await ask(careful)
    again, _matter = await ask(careful)
    assert (again.request.id, again.was_asked, again.count) == (first.request.id, True, 4)


async def test_many_small_purges_within_an_hour_are_a_large_one(careful):
    assert (await purge_or_ask(careful.core, FIRST, Purge(MIA, 2))).count == 2
    assert isinstance(await purge_or_ask(careful.core, FIRST, Purge(MIA, 2)), AskedSecond)
    # Another moderator, or the same one later, is within the limit.
    assert (await purge_or_ask(careful.core, SECOND, Purge(MIA, 1))).count == 1
    careful.clock.move(hours=1)
    assert (await purge_or_ask(careful.core, FIRST, Purge(MIA, 2))).count == 1


async def test_what_others_made_of_the_pictures_counts_and_what_comes_later_stays(bot):
    await bot.do(policies.write, SERVER, Policy(second_moderator=2))
    mias = await bot.remix(MIA)
    for user_id in (BEN, 3):
        await bot.work(mias.id)
        await bot.submit.submit_from(asker(user_id), click_again(mias.id))
    asked, matter = await ask(bot)
    assert asked.count == 3
    bot.clock.move(minutes=5)
    later = await bot.remix(MIA, shade=9)
    assert (await confirm_purge(bot.core, SECOND, matter)).count == 3
    assert (await bot.job(later.id)).removed_at is None


async def test_one_result_of_which_much_was_made_waits_too(bot):
    await bot.do(policies.write, SERVER, Policy(second_moderator=2))
    mias = await bot.remix(MIA)
    await bot.work(mias.id)
    for user_id in (BEN, 3):
        await bot.submit.submit_from(asker(user_id), click_again(mias.id))
    asked = await remove_or_ask(bot.core, FIRST, mias.id)
    assert (isinstance(asked, AskedSecond), asked.count, await left(bot)) == (True, 3, 1)
    matter = await bot.do(matters.find_open, MatterKind.PURGE, asked.request.id)
    assert (await confirm_purge(bot.core, SECOND, matter)).count == 3
    # Only messages are left.
    assert (await remove_or_ask(bot.core, FIRST, mias.id)).case is None


async def test_without_the_setting_and_below_it_everything_is_removed_at_once(careful):
    await careful.do(policies.write, SERVER, Policy(second_moderator=10))
    assert (await purge_or_ask(careful.core, FIRST, PURGE)).count == 4
    await careful.do(policies.write, SERVER, Policy())
    assert await purge_or_ask(careful.core, FIRST, PURGE) is None


async def test_what_is_gone_meanwhile_is_nothing_left(careful):
    _asked, matter = await ask(careful)
    await careful.do(policies.write, SERVER, Policy())
    await purge_or_ask(careful.core, SECOND, PURGE)
    assert await confirm_purge(careful.core, SECOND, matter) is None
    assert (await careful.do(matters.get, matter.id)).outcome == PurgeState.NOTHING_LEFT
