"""Who is no longer there is not served: nothing is bought or posted for them, and what is paid is kept."""

import asyncio
from datetime import timedelta

import pytest

from bot.rules.appeals import Outcome
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.matters import MatterKind
from bot.rules.membership import Absent, Membership
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.matters import matters
from bot.storage.standing import policies
from bot.use_cases.appeals.end_appeals import to_tell
from bot.use_cases.appeals.make_appeal import Appellant, appeal_case
from bot.use_cases.author_facts import AuthorFacts
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.warn_member import warn_member
from bot.use_cases.ports import Delivery, PostFailedError
from bot.use_cases.purges.second_moderator import remove_or_ask
from tests.integration.made_bot import asker

SERVER, OTHER_SERVER = 11, 12
MUTED, ARTISTS = 5, 6
ROLES = Policy(roles=frozenset({ARTISTS}), ignored_roles=frozenset({MUTED}), new_member_s=3600)
LET_IN = Membership(frozenset({SERVER, ARTISTS}))


@pytest.fixture
async def ruled(bot):
    await bot.do(policies.write, SERVER, ROLES)
    return bot


async def wait_in_the_queue(bot, user_id=1, **changes):
    """A remix that was accepted more than a minute ago."""
    job = await bot.remix(user_id, role_ids=frozenset({ARTISTS}), **changes)
    bot.clock.move(seconds=61)
    return job


ENDS = {
    "gone": (lambda _: Absent.MEMBER, FailureKind.MEMBER_GONE),
    "bot gone": (lambda _: Absent.BOT, FailureKind.BOT_GONE),
    "left-out role": (lambda _: Membership(frozenset({ARTISTS, MUTED})), FailureKind.ROLE_NOT_ALLOWED),
    "lost role": (lambda _: Membership(frozenset({SERVER})), FailureKind.ROLE_NOT_ALLOWED),
    "time-out": (
        lambda now: Membership(LET_IN.role_ids, timed_out_until=now + timedelta(hours=1)),
        FailureKind.MEMBER_TIMED_OUT,
    ),
    "came back": (lambda now: Membership(LET_IN.role_ids, joined_at=now), FailureKind.MEMBER_TOO_NEW),
}


@pytest.mark.parametrize(("said", "kind"), ENDS.values(), ids=ENDS)
async def test_what_waits_ends_unbought_uncharged_and_uncounted(ruled, said, kind):
    job = await wait_in_the_queue(ruled)
    ruled.members.said[SERVER, 1] = said(ruled.clock())
    await ruled.work(job.id)
    over = await ruled.job(job.id)
    assert (over.state, over.failure_kind, ruled.calls) == (JobState.FAILED, kind, 0)
    assert (await ruled.money(job.id), await ruled.cooldown()) == (("released", None), None)
    assert ruled.poster.posted == []


async def test_who_is_still_let_in_is_served_with_one_question(ruled):
    job = await wait_in_the_queue(ruled)
    ruled.members.said[SERVER, 1] = LET_IN
    await ruled.work(job.id)
    assert (await ruled.job(job.id)).state is JobState.DELIVERED
    assert ruled.members.asked == [(SERVER, 1)]


async def test_within_a_minute_nobody_is_asked(bot):
    job = await bot.remix()
    bot.clock.move(seconds=59)
    bot.members.said[SERVER, 1] = Absent.MEMBER
    await bot.work(job.id)
    assert ((await bot.job(job.id)).state, bot.members.asked) == (JobState.DELIVERED, [])


async def test_after_a_restart_nobody_is_taken_on_trust(bot):
    job = await bot.remix()
    bot.clock.move(seconds=1)
    again = bot.restarted()
    again.members.said[SERVER, 1] = Absent.MEMBER
    await again.work(job.id)
    assert ((await again.job(job.id)).failure_kind, bot.calls) == (FailureKind.MEMBER_GONE, 0)


async def test_a_discord_that_does_not_answer_ends_nothing(bot):
    job = await wait_in_the_queue(bot)
    bot.members.said[SERVER, 1] = None
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED
    # Asked once: after that it is left alone for some seconds.
    assert bot.members.asked == [(SERVER, 1)]


async def test_a_discord_that_hangs_holds_a_remix_up_for_seconds_only(bot, monkeypatch):
    monkeypatch.setattr("bot.use_cases.author_facts._LONGEST_ASK_S", 0.05)
    many = [await bot.remix(user_id) for user_id in range(1, 11)]
    bot.clock.move(seconds=61)
    bot.members.opens = asyncio.Event()
    async with asyncio.timeout(10):
        await bot.work(*(job.id for job in many), slots=2)
    assert {(await bot.job(job.id)).state for job in many} == {JobState.DELIVERED}
    assert len(bot.members.asked) <= 4


async def test_who_had_to_wait_for_others_is_asked_about_again(bot, monkeypatch):
    """Slow answers about one server must not let people of another pass unasked for the next ten seconds."""
    authors = AuthorFacts(bot.clock, bot.members)
    bot.members.opens = asyncio.Event()
    bot.members.said[12, 5] = Absent.MEMBER
    async with asyncio.TaskGroup() as group:
        for user_id in range(1, 5):
            group.create_task(authors.look_up(SERVER, user_id))
        await asyncio.sleep(0)
        monkeypatch.setattr("bot.use_cases.author_facts._LONGEST_ASK_S", 0.01)
        assert await authors.look_up(12, 5) is None
        bot.members.opens.set()
    assert await authors.look_up(12, 5) is Absent.MEMBER


async def paid(bot):
    """A remix that is paid for, and whose post has failed once."""
    bot.poster.trouble = [PostFailedError("500 0")]
    job = await bot.remix(1, role_ids=frozenset({ARTISTS}))
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.GENERATED
    bot.clock.move(minutes=31)
    return job


KEPT = {name: ENDS[name] for name in ("gone", "bot gone", "left-out role", "lost role", "time-out")}


@pytest.mark.parametrize(("said", "_kind"), KEPT.values(), ids=KEPT)
async def test_what_is_paid_is_kept_for_its_author_and_never_posted(ruled, said, _kind):
    job = await paid(ruled)
    ruled.members.said[SERVER, 1] = said(ruled.clock())
    async with ruled.working():
        await ruled.heard.until(lambda: is_kept(ruled, job.id))
    # What Discord says later changes nothing: only its author can ask for it.
    ruled.members.said[SERVER, 1] = LET_IN
    ruled.clock.move(hours=2)
    assert (ruled.poster.posted, ruled.poster.private, ruled.paid_calls) == ([], [], 1)
    assert (await ruled.money(job.id))[0] == "settled"
    assert isinstance(await ruled.hand_over.take(job.id, 1), Delivery)
    assert await ruled.hand_over.take(job.id, 2) is None


async def is_kept(bot, job_id):
    job = await bot.job(job_id)
    return job.state is JobState.GENERATED and job.due_at is None and job.lease is None


async def test_a_result_whose_author_only_came_back_is_posted(ruled):
    """The rule about new members keeps people from starting a remix. This one is made."""
    job = await paid(ruled)
    ruled.members.said[SERVER, 1] = Membership(LET_IN.role_ids, joined_at=ruled.clock())
    await ruled.work(job.id)
    assert (await ruled.job(job.id)).state is JobState.DELIVERED


async def test_a_ban_ends_what_that_member_has_waiting_in_that_server_at_once(bot):
    banned, other, elsewhere = await bot.remix(1), await bot.remix(2), await bot.remix(1, guild_id=OTHER_SERVER)
    await bot.remixes.departures.member_banned(SERVER, 1)
    assert [(await bot.job(job.id)).failure_kind for job in (banned, other, elsewhere)] == [
        FailureKind.MEMBER_GONE,
        None,
        None,
    ]
    assert (await bot.money(banned.id), await bot.cooldown(1)) == (("released", None), None)
    assert banned.id in bot.heard.changed


async def test_a_ban_while_it_is_made_keeps_the_result(bot):
    job = await bot.remix()
    bot.stand_in.dials.latency_s = 600
    async with bot.working():
        await bot.stand_in.until_running(1)
        await bot.remixes.departures.member_banned(SERVER, 1)
        bot.stand_in.release()
        await bot.heard.until(lambda: is_kept(bot, job.id))
    assert (bot.poster.posted, bot.paid_calls) == ([], 1)


async def test_who_was_unbanned_and_asks_again_is_served(bot):
    await bot.remixes.departures.member_banned(SERVER, 1)
    bot.clock.move(seconds=1)
    job = await bot.remix()
    await bot.work(job.id)
    assert ((await bot.job(job.id)).state, bot.members.asked) == (JobState.DELIVERED, [])


async def test_when_the_bot_is_removed_all_that_waits_there_ends_and_the_rest_goes_on(bot):
    here, there = [await bot.remix(user_id) for user_id in (1, 2)], await bot.remix(1, guild_id=OTHER_SERVER)
    await bot.remixes.departures.bot_removed(SERVER)
    # At once: the worker would end each of them too, when its turn comes.
    assert {(await bot.job(job.id)).failure_kind for job in here} == {FailureKind.BOT_GONE}
    await bot.work(there.id)
    assert {await bot.money(job.id) for job in here} == {("released", None)}
    assert ((await bot.job(there.id)).state, bot.calls) == (JobState.DELIVERED, 1)


async def test_a_result_made_in_the_minute_in_which_the_bot_was_removed_is_kept(bot):
    job = await bot.remix()
    bot.stand_in.dials.latency_s = 600
    async with bot.working():
        await bot.stand_in.until_running(1)
        await bot.remixes.departures.bot_removed(SERVER)
        bot.stand_in.release()
        await bot.heard.until(lambda: is_kept(bot, job.id))
    assert bot.poster.posted == []


async def test_after_the_bot_is_invited_again_all_works(bot):
    await bot.remixes.departures.bot_removed(SERVER)
    bot.remixes.departures.bot_joined(SERVER)
    job = await bot.remix()
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED


async def test_a_removal_that_the_database_missed_ends_the_remix_when_its_turn_comes(bot, monkeypatch):
    job = await bot.remix()

    async def away(*_):
        raise DatabaseUnavailableError("full")

    with monkeypatch.context() as patched:
        patched.setattr(bot.database, "transaction", away)
        patched.setattr(bot.database, "read_long", away)
        await bot.remixes.departures.bot_removed(SERVER)
        await bot.remixes.departures.find_left_servers([])
    await bot.work(job.id)
    assert ((await bot.job(job.id)).failure_kind, bot.calls) == (FailureKind.BOT_GONE, 0)


async def test_servers_left_while_the_bot_was_off_are_found_when_it_connects(bot):
    here, there = await bot.remix(), await bot.remix(guild_id=OTHER_SERVER)
    bot.members.said[SERVER, 1] = Absent.BOT
    again = bot.restarted()
    again.members.said = bot.members.said
    await again.remixes.departures.find_left_servers([OTHER_SERVER])
    assert [(await bot.job(job.id)).failure_kind for job in (here, there)] == [FailureKind.BOT_GONE, None]


async def test_servers_of_other_shards_are_not_looked_for(bot):
    """Discord names them to another connection, or to another process."""
    here, there = await bot.remix(), await bot.remix(guild_id=OTHER_SERVER)
    bot.members.said |= {(SERVER, 1): Absent.BOT, (OTHER_SERVER, 1): Absent.BOT}
    await bot.remixes.departures.find_left_servers([], lambda guild_id: guild_id == OTHER_SERVER)
    assert [(await bot.job(job.id)).failure_kind for job in (here, there)] == [None, FailureKind.BOT_GONE]


async def test_a_server_that_discord_left_out_by_mistake_loses_nothing(bot):
    job = await bot.remix()
    await bot.remixes.departures.find_left_servers([])
    assert (await bot.job(job.id)).state is JobState.QUEUED


async def test_in_a_time_out_nothing_can_be_started(bot):
    until = bot.clock() + timedelta(hours=1)
    assert await bot.ask(1, timed_out_until=until) == Refused(Reason.MEMBER_TIMED_OUT, until=until)


async def test_what_was_noted_about_a_server_is_forgotten_when_the_bot_joins_it(bot):
    job = await wait_in_the_queue(bot)
    await bot.remixes.departures.bot_removed(OTHER_SERVER)
    await bot.remixes.departures.member_banned(SERVER, 2)
    await bot.remixes.departures.find_left_servers([SERVER, OTHER_SERVER])
    await bot.work(job.id)
    assert (await bot.job(job.id)).state is JobState.DELIVERED
    assert asker().timed_out_until is None


async def undecided(bot, guild_id=SERVER):
    """A report, an appeal and a removal that wait for moderators."""
    job = await bot.remix(1, guild_id=guild_id)
    await bot.work(job.id)
    about = {"job_id": job.id, "about_id": 1}
    await bot.do(lambda c: matters.open_matter(c, guild_id, MatterKind.REPORT, job.id, bot.clock(), **about))
    number = (await warn_member(bot.core, Acting(guild_id, 8, "spam"), 1)).case.number
    await appeal_case(bot.core, Appellant(guild_id, 1), number, "no")
    await bot.do(policies.write, guild_id, Policy(second_moderator=0))
    await remove_or_ask(bot.core, Acting(guild_id, 8), job.id)
    assert await open_kinds(bot, guild_id) == ["appeal", "purge", "report"]


async def open_kinds(bot, guild_id=SERVER):
    return sorted(matter.kind for matter in await bot.do(matters.all_open_in_server, guild_id))


async def test_what_waits_for_moderators_ends_with_the_bot(bot):
    await undecided(bot)
    await undecided(bot, OTHER_SERVER)
    await bot.remixes.departures.bot_removed(SERVER)
    assert await open_kinds(bot) == []
    assert len(await open_kinds(bot, OTHER_SERVER)) == 3
    assert [told.appeal.outcome for told in await to_tell(bot.core)] == [Outcome.OVER]


async def test_a_server_left_while_the_bot_was_off_has_nothing_undecided_either(bot):
    await undecided(bot)
    bot.members.said[SERVER, 1] = Absent.BOT
    await bot.remixes.departures.find_left_servers([OTHER_SERVER])
    assert await open_kinds(bot) == []


async def test_what_is_in_review_waits_for_the_bot_to_return(bot):
    await bot.do(policies.write, SERVER, Policy(review_channels=frozenset({22})))
    job = await bot.remix()
    await bot.work(job.id)
    await bot.remixes.departures.bot_removed(SERVER)
    assert ((await bot.job(job.id)).state, await open_kinds(bot)) == (JobState.IN_REVIEW, ["review"])
