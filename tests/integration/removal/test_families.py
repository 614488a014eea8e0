"""A picture is one thing: what moderators or its owner do to one remix, they do to all that Again has made of it."""

import asyncio
from datetime import timedelta

import pytest

from bot.rules.cases import CaseKind
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.origins import Origin
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.removals import Removal
from bot.storage.moderation import case_jobs, evidence, moderated_jobs
from bot.storage.moderation.cases import CaseFilter
from bot.storage.remixes import claims, families
from bot.storage.server_log import log_entries
from bot.storage.standing import policies
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.hide_result import hide_result
from bot.use_cases.moderation.remove_result import Purge, remove_result
from bot.use_cases.moderation.review_cases import list_cases
from bot.use_cases.moderation.undo_case import NotUndone, undo_case
from bot.use_cases.moderation.warn_member import mark_warnings_read, unread_warnings
from bot.use_cases.ports import ChannelClosedError
from bot.use_cases.purges.second_moderator import purge_or_ask
from bot.use_cases.remixes.expiry import forget_pictures
from bot.use_cases.remixes.starting_points import Start
from bot.use_cases.removal.delete_result import CannotDelete, delete_result, find_deletion
from bot.use_cases.removal.show_deleted import read_deleted
from tests.integration.made_bot import asker, click_again
from tests.integration.made_storage import START

SERVER, ROSA, MIA, BEN, CARL = 11, 900, 1, 2, 3
ACTING = Acting(SERVER, ROSA, "illegal")
A_DAY = timedelta(hours=24)


async def delivered(bot, user_id=MIA):
    job = await bot.remix(user_id)
    await bot.work(job.id)
    return await bot.job(job.id)


async def again(bot, job, user_id=BEN, *, work=True):
    accepted = await bot.submit.submit_from(asker(user_id), click_again(job.id))
    if work:
        await bot.work(accepted.job.id)
    return await bot.job(accepted.job.id)


async def message_of(bot, job):
    (post,) = await bot.posts(job.id)
    return post.message_id


async def delete(bot, job, user_id, keep=A_DAY):
    return await delete_result(bot.core, job.id, (22, await message_of(bot, job)), user_id, keep=keep)


async def test_an_again_of_an_again_has_the_first_one_as_its_root(bot):
    first = await delivered(bot)
    second = await again(bot, first)
    third = await again(bot, second, CARL)
    assert [job.root_id for job in (first, second, third)] == [None, first.id, first.id]
    assert [job.id for job in await bot.do(families.family_of, third)] == [first.id, second.id, third.id]


@pytest.mark.parametrize("by", ["first", "again"])
async def test_removing_one_removes_all_of_the_picture_as_one_case(bot, by):
    first = await delivered(bot)
    second = await again(bot, first)
    third = await again(bot, second, CARL)
    other = await delivered(bot, CARL)
    done = await remove_result(bot.core, ACTING, {"first": first, "again": second}[by].id)
    assert (done.count, done.case.details) == (3, {"jobs": f"{first.id} {second.id} {third.id}"})
    assert await bot.changes.apply(done.job_ids) == 0
    assert sorted(bot.poster.taken_down) == [await message_of(bot, job) for job in (first, second, third)]
    for job in (first, second, third):
        over = await bot.job(job.id)
        assert (over.removal, over.source_hash) == (Removal.MODERATOR, None)
        assert [result.hash for result in await bot.results(job.id)] == [None]
    assert (await bot.job(other.id)).removed_at is None
    assert len((await list_cases(bot.core, SERVER, CaseFilter())).shown) == 1
    assert await bot.submit.submit_from(asker(CARL), click_again(third.id)) == Refused(Reason.PICTURE_GONE)


async def go_on(bot, job, origin, user_id):
    request = RemixRequest("in oil")
    accepted = await bot.submit.submit_from(asker(user_id), Start(origin, job.id, request=request))
    await bot.work(accepted.job.id)
    return await bot.job(accepted.job.id)


@pytest.mark.parametrize("origin", [Origin.EDIT, Origin.RESULT])
async def test_what_went_on_with_something_new_goes_with_what_was_made_of_it_and_leaves_the_first_one(bot, origin):
    first = await delivered(bot)
    new = await go_on(bot, first, origin, BEN)
    repeated = await again(bot, new, CARL)
    child = await go_on(bot, repeated, Origin.RESULT, CARL)
    done = await remove_result(bot.core, ACTING, repeated.id)
    assert done.case.details == {"jobs": f"{new.id} {repeated.id} {child.id}"}
    assert (await bot.job(first.id)).removed_at is None
    assert (await remove_result(bot.core, ACTING, first.id)).count == 1


@pytest.mark.parametrize("origin", [Origin.EDIT, Origin.RESULT])
async def test_with_the_first_one_goes_what_went_on_with_something_new(bot, origin):
    first = await delivered(bot)
    new = await go_on(bot, first, origin, BEN)
    child = await go_on(bot, new, Origin.RESULT, CARL)
    done = await remove_result(bot.core, ACTING, first.id)
    assert done.case.details == {"jobs": f"{first.id} {new.id} {child.id}"}


async def test_an_again_that_waits_ends_uncharged_and_its_author_reads_why(bot):
    first = await delivered(bot)
    waiting = await again(bot, first, work=False)
    calls = bot.calls
    await remove_result(bot.core, ACTING, first.id)
    over = await bot.job(waiting.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, FailureKind.SOURCE_REMOVED)
    assert await bot.money(waiting.id) == ("released", None)
    assert await bot.cooldown(BEN) is None
    assert (await bot.statuses.of(waiting.id)).ended_by.reason == "illegal"
    await bot.work(waiting.id)
    assert (bot.calls, len(bot.poster.posted)) == (calls, 1)


async def test_an_again_that_the_worker_has_in_hand_is_not_bought(bot):
    first = await delivered(bot)
    waiting = await again(bot, first, work=False)
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    await bot.remixes.generate.prepare(held)
    await remove_result(bot.core, ACTING, first.id)
    assert not await bot.remixes.generate.begin(held)
    assert (await bot.job(waiting.id)).failure_kind is FailureKind.SOURCE_REMOVED


async def test_an_again_that_is_being_made_is_never_shown(bot):
    first = await delivered(bot)
    waiting = await again(bot, first, work=False)
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    prepared = await bot.remixes.generate.prepare(held)
    held = await bot.remixes.generate.begin(held)
    await remove_result(bot.core, ACTING, first.id)
    await bot.remixes.generate.record_answer(held, await bot.remixes.generate.ask(prepared))
    await bot.work(waiting.id)
    over = await bot.job(waiting.id)
    assert (over.state, over.failure_kind, over.source_hash) == (JobState.FAILED, FailureKind.REMOVED, None)
    assert len(bot.poster.posted) == 1


async def test_an_again_whose_post_leaves_at_that_moment_is_taken_down(bot):
    first = await delivered(bot)
    waiting = await again(bot, first, work=False)
    bot.poster.removes = lambda: remove_result(bot.core, ACTING, first.id)
    await bot.work(waiting.id)
    assert await message_of(bot, waiting) in bot.poster.taken_down
    assert [result.hash for result in await bot.results(waiting.id)] == [None]


async def test_what_reached_the_channel_and_could_not_be_deleted_is_deleted_later(bot):
    first = await delivered(bot)
    waiting = await again(bot, first, work=False)
    bot.poster.removes = lambda: remove_result(bot.core, ACTING, first.id)
    bot.poster.refuses = True
    await bot.work(waiting.id)
    bot.poster.refuses = False
    assert await bot.restarted().changes.apply([waiting.id]) == 0
    assert (await bot.posts(waiting.id))[0].deleted_at is not None


@pytest.mark.parametrize("asked", ["before buying", "before posting"])
async def test_a_root_that_was_removed_before_roots_were_known_stops_its_agains(bot, asked):
    """So are those that an older version left: only the first one was marked then."""
    first = await delivered(bot)
    waiting = await again(bot, first, work=False)
    if asked == "before posting":
        (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
        prepared = await bot.remixes.generate.prepare(held)
        held = await bot.remixes.generate.begin(held)
        await bot.remixes.generate.record_answer(held, await bot.remixes.generate.ask(prepared))
    await bot.do(families.mark_removed, first.id, Removal.MODERATOR, START)
    await bot.work(waiting.id)
    assert (await bot.job(waiting.id)).removal is Removal.MODERATOR
    assert len(bot.poster.posted) == 1
    assert bot.paid_calls == {"before buying": 1, "before posting": 2}[asked]


async def test_two_moderators_at_once_make_one_case(bot):
    first = await delivered(bot)
    second = await again(bot, first)
    done = await asyncio.gather(
        remove_result(bot.core, ACTING, first.id), remove_result(bot.core, Acting(SERVER, 901), second.id)
    )
    assert [each.case is not None for each in done].count(True) == 1
    assert len((await list_cases(bot.core, SERVER, CaseFilter())).shown) == 1


async def test_an_again_that_is_accepted_while_its_picture_is_removed_is_refused(bot, monkeypatch):
    first = await delivered(bot)
    second = await again(bot, first)
    get = bot.blobs.get

    def get_while_it_is_removed(name):
        bot.database.transaction_now(families.mark_removed, first.id, Removal.AUTHOR, START)
        return get(name)

    monkeypatch.setattr(bot.blobs, "get", get_while_it_is_removed)
    assert await bot.submit.submit_from(asker(CARL), click_again(second.id)) == Refused(Reason.PICTURE_GONE)


async def test_a_purge_takes_what_was_made_of_the_members_own_pictures_and_leaves_others_originals(bot):
    mias, bens = await delivered(bot, MIA), await delivered(bot, BEN)
    bens_of_mias, mias_of_bens = await again(bot, mias, BEN), await again(bot, bens, MIA)
    done = await purge_or_ask(bot.core, ACTING, Purge(BEN, 50))
    assert sorted(done.job_ids) == [bens.id, bens_of_mias.id, mias_of_bens.id]
    assert (await bot.job(mias.id)).removed_at is None


async def test_the_whole_family_is_hidden_and_undone_exactly_as_far_as_the_case_went(bot):
    first = await delivered(bot)
    second, waiting = await again(bot, first), await again(bot, first, CARL, work=False)
    await bot.do(lambda c: moderated_jobs.set_hidden(c, second.id, hidden=True))
    done = await hide_result(bot.core, ACTING, first.id, hidden=True)
    assert done.count == 2
    await bot.work(waiting.id)
    assert bot.poster.posted[-1].delivery.job.hidden
    late = await again(bot, first, MIA)
    assert late.hidden
    undone = await undo_case(bot.core, ACTING, done.case.number, lambda *_: None)
    assert sorted(undone.job_ids) == [first.id, waiting.id, late.id]
    assert [(await bot.job(job.id)).hidden for job in (first, second, waiting, late)] == [False, True, False, False]
    assert await undo_case(bot.core, ACTING, done.case.number, lambda *_: None) is NotUndone.DONE_BEFORE


async def test_what_goes_on_from_one_that_was_handed_over_privately_is_hidden_with_the_first_one(bot):
    first = await delivered(bot)
    bot.poster.trouble = [ChannelClosedError("403 50001")]
    private = await again(bot, first)
    assert (private.state, await bot.posts(private.id)) == (JobState.DELIVERED, [])
    done = await hide_result(bot.core, ACTING, first.id, hidden=True)
    late = await again(bot, private)
    assert late.hidden
    assert bot.poster.posted[-1].delivery.job.hidden
    undone = await undo_case(bot.core, ACTING, done.case.number, lambda *_: None)
    assert sorted(undone.job_ids) == [first.id, late.id]


async def test_what_was_removed_since_is_not_shown_by_undoing_its_hide(bot):
    first = await delivered(bot)
    done = await hide_result(bot.core, ACTING, first.id, hidden=True)
    await remove_result(bot.core, ACTING, first.id)
    assert await undo_case(bot.core, ACTING, done.case.number, lambda *_: None) is NotUndone.OVER


async def test_a_change_of_mind_while_a_message_is_redrawn_wins(bot):
    first = await delivered(bot)
    await hide_result(bot.core, ACTING, first.id, hidden=True)

    async def unhide_once():
        bot.poster.while_redrawn = None
        await hide_result(bot.core, ACTING, first.id, hidden=False)

    bot.poster.while_redrawn = unhide_once
    assert await bot.changes.apply([first.id]) == 1
    assert await bot.changes.apply([first.id]) == 0
    assert [hidden for _, hidden in bot.poster.redrawn] == [True, False]


async def test_authors_of_what_was_posted_read_the_reason_once_each_and_the_moderator_does_not(bot):
    first = await delivered(bot)
    await again(bot, first, BEN)
    await again(bot, first, ROSA)
    await remove_result(bot.core, ACTING, first.id)
    for user_id in (MIA, BEN):
        (case,) = await unread_warnings(bot.core, SERVER, user_id)
        assert (case.kind, case.reason) == (CaseKind.REMOVE, "illegal")
        await mark_warnings_read(bot.core, user_id, [case])
        assert await unread_warnings(bot.core, SERVER, user_id) == []
    assert await unread_warnings(bot.core, SERVER, ROSA) == []
    another = await bot.remix(MIA, shade=99)
    await bot.work(another.id)
    await hide_result(bot.core, Acting(SERVER, ROSA), another.id, hidden=True)
    assert await unread_warnings(bot.core, SERVER, MIA) == []


async def test_what_is_shown_again_needs_no_reason_any_more(bot):
    first = await delivered(bot)
    await hide_result(bot.core, ACTING, first.id, hidden=True)
    assert len(await unread_warnings(bot.core, SERVER, MIA)) == 1
    await hide_result(bot.core, ACTING, first.id, hidden=False)
    assert await unread_warnings(bot.core, SERVER, MIA) == []


async def test_an_author_deletes_the_first_one_and_all_that_was_made_of_it_goes(bot):
    first = await delivered(bot)
    second, waiting = await again(bot, first), await again(bot, first, CARL, work=False)
    assert sorted(await delete(bot, first, MIA)) == [first.id, second.id, waiting.id]
    assert [(await bot.job(job.id)).removal for job in (first, second)] == [Removal.AUTHOR, Removal.OWNER]
    over = await bot.job(waiting.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, FailureKind.SOURCE_WITHDRAWN)
    assert await bot.money(waiting.id) == ("released", None)
    assert (await list_cases(bot.core, SERVER, CaseFilter())).shown == []


async def test_who_pressed_again_deletes_their_own_alone(bot):
    first = await delivered(bot)
    second = await again(bot, first)
    assert await delete(bot, second, BEN) == [second.id]
    assert (await bot.job(first.id)).removed_at is None
    await again(bot, first, CARL)


async def test_the_owner_of_the_picture_takes_down_what_somebody_made_of_it(bot):
    first = await delivered(bot)
    second = await again(bot, first)
    third = await again(bot, second, CARL)
    message = await message_of(bot, third)
    found = await find_deletion(bot.core, third.id, (22, message), MIA, manages_messages=False)
    assert (found.by, found.others) == (Removal.OWNER, 0)
    assert await delete(bot, third, MIA) == [third.id]
    assert await delete(bot, third, BEN) is CannotDelete.NOT_YOURS
    assert (await bot.job(second.id)).removed_at is None


async def test_what_an_author_deletes_is_kept_for_moderators_for_a_time_and_for_nobody_else(bot):
    first = await delivered(bot)
    await again(bot, first)
    (kept,) = [result.hash for result in await bot.results(first.id)]
    await delete(bot, first, MIA)
    assert [result.hash for result in await bot.results(first.id)] == [None]
    bot.clock.move(hours=23)
    await forget_pictures(bot.core, timedelta(days=30))
    found = await read_deleted(bot.core, SERVER, first.id)
    assert (len(found.pictures), found.until) == (2, START + A_DAY)
    assert found.pictures[0].data == bot.blobs.get(kept)
    assert await read_deleted(bot.core, 12, first.id) is None
    bot.clock.move(hours=1)
    assert await read_deleted(bot.core, SERVER, first.id) is None
    await forget_pictures(bot.core, timedelta(days=30))
    assert await bot.do(lambda c: evidence.hashes_of(c, first.id, START, 10)) == []


async def test_without_evidence_hours_and_of_what_a_moderator_removes_nothing_is_kept(bot):
    first, second = await delivered(bot), await delivered(bot)
    await delete(bot, first, MIA, timedelta(0))
    await remove_result(bot.core, ACTING, second.id)
    for job in (first, second):
        assert await read_deleted(bot.core, SERVER, job.id) is None


async def test_a_deletion_is_logged_once(bot):
    await bot.do(policies.write, SERVER, Policy(log_channel=77))
    first = await delivered(bot)
    for _ in range(2):
        await delete(bot, first, MIA)
    entries = await bot.do(log_entries.take, SERVER, START, 10)
    assert [entry.subject for entry in entries if entry.kind is LogKind.DELETION] == [first.id]


async def test_a_card_that_lost_its_pictures_gets_them_back_when_it_is_shown(bot):
    first = await delivered(bot)
    bot.poster.has_pictures = False
    await bot.do(lambda c: moderated_jobs.set_hidden(c, first.id, hidden=True))
    done = await hide_result(bot.core, ACTING, first.id, hidden=False)
    assert await bot.changes.apply(done.job_ids) == 0
    assert len(bot.poster.redrawn) == 2


async def test_a_card_that_lost_its_pictures_stays_without_them_if_they_are_not_kept(bot):
    first = await delivered(bot)
    bot.poster.has_pictures = False
    (result,) = await bot.results(first.id)
    bot.blobs.path(result.hash).unlink()
    done = await hide_result(bot.core, ACTING, first.id, hidden=True)
    assert await bot.changes.apply(done.job_ids) == 0
    assert len(bot.poster.redrawn) == 1


async def test_a_refused_change_is_put_off_further_each_time_and_given_up_at_last(bot):
    first = await delivered(bot)
    bot.poster.refuses = True
    done = await remove_result(bot.core, ACTING, first.id)
    for _ in range(28):
        assert await bot.changes.apply(done.job_ids) == 1
    assert await bot.changes.apply(done.job_ids) == 0
    assert (await bot.posts(first.id))[0].deleted_at is None


async def test_cases_know_what_they_acted_on(bot):
    first = await delivered(bot)
    second = await again(bot, first)
    done = await remove_result(bot.core, ACTING, second.id)
    assert [job.id for job in await bot.do(case_jobs.jobs_of, done.case)] == [first.id, second.id]
    assert (await bot.statuses.of(first.id)).ended_by == done.case
