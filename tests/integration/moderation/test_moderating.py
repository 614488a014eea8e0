"""What moderators do to members, results and the queue: each is a case, and whatever is under way follows."""

from datetime import timedelta

import pytest

from bot.rules.cases import CaseKind
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.refusals import Reason, Refused
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter, NewCase
from bot.storage.remixes import claims, families
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import active_blocks, block_member, unblock_member
from bot.use_cases.moderation.find_remix import NotModerated, RemixReference, find_remix
from bot.use_cases.moderation.hide_result import hide_result
from bot.use_cases.moderation.pause_server import pause_server, resume_server
from bot.use_cases.moderation.remove_result import Purge, remove_result
from bot.use_cases.moderation.review_cases import edit_case_reason, list_cases
from bot.use_cases.moderation.server_queue import cancel_waiting, read_server_queue
from bot.use_cases.moderation.undo_case import NotUndone, undo_case
from bot.use_cases.moderation.warn_member import mark_warnings_read, unread_warnings, warn_member
from bot.use_cases.ports import ChannelClosedError, PostFailedError
from bot.use_cases.purges.second_moderator import purge_or_ask
from tests.integration.made_storage import START

SERVER, ROSA = 11, 900
ACTING = Acting(SERVER, ROSA, "because")
ELSEWHERE = Acting(12, ROSA, "because")


@pytest.fixture
def told(bot):
    """The cases that were reported as news."""
    added = []
    bot.core.news.on_case.append(added.append)
    return added


async def undo(bot, number, acting=ACTING, in_the_way=None):
    """`in_the_way`: why a setting cannot be restored."""
    return await undo_case(bot.core, acting, number, lambda *_: in_the_way)


async def kinds(bot):
    page = await list_cases(bot.core, SERVER, CaseFilter())
    return [case.kind for case in page.shown]


async def delivered(bot, user_id=1):
    job = await bot.remix(user_id)
    await bot.work(job.id)
    return await bot.job(job.id)


async def test_a_block_refuses_tells_how_many_wait_and_ends_by_itself(bot, told):
    await bot.remix(1)
    await bot.remix(1)
    done = await block_member(bot.core, ACTING, 1, timedelta(hours=1))
    assert (done.case.number, done.case.until, done.waiting) == (1, START + timedelta(hours=1), 2)
    assert [case.number for case in told] == [1]
    assert await bot.ask(1) == Refused(Reason.MEMBER_BLOCKED, until=done.case.until, note="because")
    await bot.remix(1, guild_id=12)
    bot.clock.move(hours=1)
    assert (await active_blocks(bot.core, SERVER)).shown == []
    await bot.remix(1)


async def test_what_waits_when_its_member_is_blocked_ends_uncharged(bot):
    job = await bot.remix(1)
    await block_member(bot.core, ACTING, 1, None)
    await bot.work(job.id)
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, FailureKind.MEMBER_BLOCKED)
    assert await bot.money(job.id) == ("released", None)
    assert bot.calls == 0


async def test_unblock_lets_in_again_and_only_who_is_blocked(bot):
    assert await unblock_member(bot.core, ACTING, 1) is None
    await block_member(bot.core, ACTING, 1, None)
    assert await unblock_member(bot.core, ELSEWHERE, 1) is None
    assert (await unblock_member(bot.core, ACTING, 1)).kind is CaseKind.UNBLOCK
    await bot.remix(1)


async def test_a_block_that_is_over_or_lifted_cannot_be_undone(bot):
    await block_member(bot.core, ACTING, 1, timedelta(minutes=1))
    bot.clock.move(minutes=1)
    assert await undo(bot, 1) is NotUndone.OVER
    await block_member(bot.core, ACTING, 1, None)
    await unblock_member(bot.core, ACTING, 1)
    assert await undo(bot, 2) is NotUndone.DONE_BEFORE
    assert await undo(bot, 3) is NotUndone.CANNOT
    assert await undo(bot, 1, ELSEWHERE) is NotUndone.NOT_FOUND


async def test_a_warning_is_told_until_it_was_read_or_taken_back(bot):
    await warn_member(bot.core, ACTING, 1)
    await warn_member(bot.core, ACTING, 1)
    assert [case.number for case in await unread_warnings(bot.core, SERVER, 1)] == [1, 2]
    await undo(bot, 1)
    untold = await unread_warnings(bot.core, SERVER, 1)
    assert [case.number for case in untold] == [2]
    await warn_member(bot.core, ACTING, 1)
    await mark_warnings_read(bot.core, 1, untold)
    assert [case.number for case in await unread_warnings(bot.core, SERVER, 1)] == [4]
    assert await unread_warnings(bot.core, SERVER, 2) == []


async def test_the_reason_of_a_block_is_put_right_for_who_is_blocked_too(bot):
    await block_member(bot.core, ACTING, 1, None)
    case = await edit_case_reason(bot.core, Acting(SERVER, 901), 1, "spam in #remixes")
    assert (case.reason, case.edited_by, case.edited_at) == ("spam in #remixes", 901, START)
    assert (await bot.ask(1)).note == "spam in #remixes"
    assert await edit_case_reason(bot.core, Acting(12, 901), 1, "no") is None


async def test_a_result_is_hidden_and_shown_again(bot):
    job = await delivered(bot)
    done = await hide_result(bot.core, ACTING, job.id, hidden=True)
    assert (done.posted, done.job_ids) == (True, [job.id])
    assert (await bot.job(job.id)).hidden
    assert await bot.changes.apply(done.job_ids) == 0
    assert (await hide_result(bot.core, ACTING, job.id, hidden=True)).case is None
    assert (await undo(bot, done.case.number)).job_ids == [job.id]
    assert not (await bot.job(job.id)).hidden
    assert await bot.changes.apply(done.job_ids) == 0
    assert bot.poster.redrawn == [(done.case.message_id, True), (done.case.message_id, False)]
    assert await kinds(bot) == [CaseKind.UNHIDE, CaseKind.HIDE]


async def test_what_is_posted_while_it_is_being_hidden_is_covered_afterwards(bot):
    job = await bot.remix(1)
    bot.poster.removes = lambda: hide_result(bot.core, ACTING, job.id, hidden=True)
    await bot.work(job.id)
    assert not bot.poster.posted[0].delivery.job.hidden
    assert await bot.changes.apply([job.id]) == 0
    assert bot.poster.redrawn == [(bot.poster.posted[0].post.message_id, True)]


async def test_of_two_hidings_only_the_one_that_holds_can_be_undone(bot):
    job = await delivered(bot)
    for hidden in (True, False, True):
        await hide_result(bot.core, ACTING, job.id, hidden=hidden)
    assert await undo(bot, 1) is NotUndone.OVER
    assert (await bot.job(job.id)).hidden


async def test_what_is_hidden_before_it_is_posted_is_posted_so(bot):
    job = await bot.remix(1)
    await hide_result(bot.core, ACTING, job.id, hidden=True)
    await bot.work(job.id)
    assert bot.poster.posted[0].delivery.job.behind_spoiler


async def test_a_result_whose_pictures_are_not_kept_is_hidden_too(bot):
    job = await delivered(bot)
    (result,) = await bot.results(job.id)
    bot.blobs.path(result.hash).unlink()
    done = await hide_result(bot.core, ACTING, job.id, hidden=True)
    assert await bot.changes.apply(done.job_ids) == 0
    assert bot.poster.redrawn == [(done.case.message_id, True)]


async def test_a_posted_result_is_removed_and_its_pictures_are_forgotten(bot):
    job = await delivered(bot)
    done = await remove_result(bot.core, ACTING, job.id)
    (post,) = await bot.posts(job.id)
    assert await bot.changes.apply(done.job_ids) == 0
    assert bot.poster.taken_down == [post.message_id]
    assert (await bot.posts(job.id))[0].deleted_at is not None
    assert [result.hash for result in await bot.results(job.id)] == [None]
    over = await bot.job(job.id)
    assert (over.state, over.removed_at, over.source_hash) == (JobState.DELIVERED, START, None)
    assert await bot.money(job.id) == ("settled", 30_000)


async def test_what_discord_refuses_can_be_repeated_and_then_is_done(bot):
    job = await delivered(bot)
    await remove_result(bot.core, ACTING, job.id)
    bot.poster.refuses = True
    assert await bot.changes.apply([job.id]) == 1
    bot.poster.refuses = False
    again = await remove_result(bot.core, ACTING, job.id)
    assert (again.case, again.count, again.job_ids) == (None, 1, [job.id])
    assert await bot.changes.apply(again.job_ids) == 0
    assert await remove_result(bot.core, ACTING, job.id) is NotModerated.DONE_BEFORE
    assert await kinds(bot) == [CaseKind.REMOVE]


async def test_a_kept_result_is_removed_before_it_is_shown_and_cannot_be_fetched(bot):
    bot.poster.trouble, bot.poster.reply_lives = [ChannelClosedError("403 50001")], False
    job = await delivered(bot)
    assert job.state is JobState.GENERATED
    await remove_result(bot.core, ACTING, job.id)
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, FailureKind.REMOVED)
    assert await bot.money(job.id) == ("settled", 30_000)
    assert await bot.hand_over.take(job.id, 1) == Refused(Reason.RESULT_REMOVED)
    assert [result.hash for result in await bot.results(job.id)] == [None]


async def test_a_result_removed_while_it_is_made_is_never_posted(bot):
    job = await bot.remix(1)
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    prepared = await bot.remixes.generate.prepare(held)
    held = await bot.remixes.generate.begin(held)
    await remove_result(bot.core, ACTING, job.id)
    await bot.remixes.generate.record_answer(held, await bot.remixes.generate.ask(prepared))
    await bot.work(job.id)
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, FailureKind.REMOVED)
    assert await bot.money(job.id) == ("settled", 30_000)
    assert bot.poster.posted == []


async def test_a_removed_one_that_was_surely_not_made_is_not_asked_for_again(bot):
    bot.stand_in.dials.fail = ["429-retry-after"]
    job = await bot.remix(1)
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    prepared = await bot.remixes.generate.prepare(held)
    held = await bot.remixes.generate.begin(held)
    await remove_result(bot.core, ACTING, job.id)
    await bot.remixes.generate.record_failure(held, await bot.remixes.generate.ask(prepared))
    (again,) = await bot.do(claims.claim_queued, bot.lease, 1, bot.clock.move(minutes=5))
    assert not await bot.remixes.generate.begin(again)
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, FailureKind.SOURCE_REMOVED)
    assert await bot.money(job.id) == ("released", None)
    assert bot.calls == 1


async def test_a_post_that_leaves_while_it_is_removed_is_taken_down(bot):
    job = await bot.remix(1)
    bot.poster.removes = lambda: remove_result(bot.core, ACTING, job.id)
    await bot.work(job.id)
    over = await bot.job(job.id)
    assert over.state is JobState.DELIVERED
    (post,) = await bot.posts(job.id)
    assert bot.poster.taken_down == [post.message_id]
    assert post.deleted_at is not None
    assert [result.hash for result in await bot.results(job.id)] == [None]


async def test_one_removed_between_two_attempts_to_post_it_ends(bot):
    bot.poster.trouble = [PostFailedError("500 0")]
    job = await delivered(bot)
    assert job.due_at is not None
    await remove_result(bot.core, ACTING, job.id)
    assert (await bot.job(job.id)).failure_kind is FailureKind.REMOVED


@pytest.mark.parametrize("begin", [True, False])
async def test_what_is_not_made_is_not_removed(bot, begin):
    job = await bot.remix(1)
    if begin:
        bot.stand_in.dials.fail = ["422-prompt"]
        await bot.work(job.id)
    expected = NotModerated.NOTHING_SHOWN if begin else NotModerated.WAITS
    assert await remove_result(bot.core, ACTING, job.id) is expected
    assert (await bot.job(job.id)).removed_at is None


async def test_a_purge_takes_a_members_newest_results_and_nobody_elses(bot):
    first = await delivered(bot)
    bot.clock.move(hours=1)
    second, third = await delivered(bot), await delivered(bot)
    bens = await delivered(bot, 2)
    done = await purge_or_ask(bot.core, ACTING, Purge(1, 50, within=timedelta(minutes=59)))
    assert (done.count, done.case.details) == (2, {"jobs": f"{third.id} {second.id}"})
    left = {job.id for job in (first, second, third, bens) if (await bot.job(job.id)).removed_at is None}
    assert left == {first.id, bens.id}
    assert await bot.changes.apply(done.job_ids) == 0
    assert (await purge_or_ask(bot.core, ACTING, Purge(1, 1))).count == 1
    assert await purge_or_ask(bot.core, ELSEWHERE, Purge(1, 50)) is None


async def test_a_waiting_remix_is_cancelled_uncharged_and_its_author_reads_why(bot):
    job = await bot.remix(1)
    case = await cancel_waiting(bot.core, ACTING, job.id)
    assert (case.kind, case.target_id, case.job_id) == (CaseKind.CANCEL, 1, job.id)
    assert (await bot.job(job.id)).state is JobState.CANCELLED
    assert await bot.money(job.id) == ("released", None)
    assert await bot.cooldown() is None
    assert (await bot.statuses.of(job.id)).ended_by == case
    assert await cancel_waiting(bot.core, ACTING, job.id) is NotModerated.DONE_BEFORE
    made = await delivered(bot)
    assert await cancel_waiting(bot.core, ACTING, made.id) is NotModerated.TOO_LATE


async def test_a_pause_of_the_server_holds_its_remixes_and_no_others(bot):
    here, there = await bot.remix(1), await bot.remix(2, guild_id=12)
    bot.heard.changed.clear()
    await pause_server(bot.core, ACTING, "an event")
    assert bot.heard.changed == [here.id]
    assert await bot.ask(3) == Refused(Reason.SERVER_PAUSED, note="an event")
    claimed = await bot.do(claims.claim_queued, "another", 5, START)
    assert [job.id for job in claimed] == [there.id]
    found = await read_server_queue(bot.core, SERVER, slots=3)
    assert ([each.job.id for each in found.page.shown], found.pause.reason) == ([here.id], "an event")
    assert (await resume_server(bot.core, ACTING)).kind is CaseKind.RESUME
    assert await resume_server(bot.core, ACTING) is None
    await bot.remix(3)


async def test_the_reason_of_a_pause_is_put_right_for_who_waits_where_it_still_holds(bot):
    await pause_server(bot.core, ACTING, "an event")
    await edit_case_reason(bot.core, ACTING, 1, "a longer event")
    assert (await bot.ask(1)).note == "a longer event"
    bot.clock.move(minutes=1)
    await pause_server(bot.core, ACTING, "another event")
    await edit_case_reason(bot.core, ACTING, 1, "over")
    assert (await bot.ask(1)).note == "another event"
    await resume_server(bot.core, ACTING)
    await edit_case_reason(bot.core, ACTING, 2, "over")
    await bot.remix(1)


async def test_an_undone_pause_gives_way_to_the_one_before_it(bot):
    await pause_server(bot.core, ACTING, "an event")
    bot.clock.move(minutes=1)
    await pause_server(bot.core, ACTING, "a longer event")
    assert await undo(bot, 1) is NotUndone.OVER
    await undo(bot, 2)
    assert (await bot.ask(1)).note == "an event"
    await undo(bot, 3)
    await bot.remix(1)


async def test_a_setting_is_brought_back_by_what_knows_its_bounds(bot):
    details = {"field": "cooldown", "before": 30, "after": 60}
    new = NewCase(SERVER, CaseKind.CONFIG, ROSA, details=details)
    await bot.do(lambda connection: cases.add(connection, new, START))
    in_the_way = Problems([Problem(ProblemCode.CHANGED_SINCE)])
    assert await undo(bot, 1, in_the_way=in_the_way) == in_the_way
    done = await undo(bot, 1)
    assert done.by.details == {"field": "cooldown", "before": 60, "after": 30, "undoes": "1"}


async def test_cases_are_listed_by_whom_on_whom_and_what_page_by_page(bot):
    for user_id in range(1, 13):
        await warn_member(bot.core, ACTING, user_id)
    await block_member(bot.core, Acting(SERVER, 901), 3, None)
    page = await list_cases(bot.core, SERVER, CaseFilter())
    assert ([case.number for case in page.shown], page.previous) == (list(range(13, 3, -1)), None)
    rest = await list_cases(bot.core, SERVER, CaseFilter(), page.next)
    assert ([case.number for case in rest.shown], rest.next) == ([3, 2, 1], None)
    assert await list_cases(bot.core, SERVER, CaseFilter(), rest.previous) == page
    assert [case.number for case in (await list_cases(bot.core, SERVER, CaseFilter(target_id=3))).shown] == [13, 3]
    assert [case.number for case in (await list_cases(bot.core, SERVER, CaseFilter(actor_id=901))).shown] == [13]
    assert len((await list_cases(bot.core, SERVER, CaseFilter(kind=CaseKind.BLOCK))).shown) == 1
    assert (await list_cases(bot.core, 12, CaseFilter())).shown == []


async def test_a_remix_is_found_by_its_number_and_its_message_in_its_own_server_alone(bot):
    job = await delivered(bot)
    (post,) = await bot.posts(job.id)
    for reference in (RemixReference(job_id=job.id), RemixReference(message_id=post.message_id)):
        assert (await find_remix(bot.core, SERVER, reference)).id == job.id
        assert await find_remix(bot.core, 12, reference) is None
    assert await find_remix(bot.core, SERVER, RemixReference(message_id=1)) is None
    for act in (remove_result(bot.core, ELSEWHERE, job.id), cancel_waiting(bot.core, ELSEWHERE, job.id)):
        assert await act is NotModerated.NOT_FOUND
    assert await hide_result(bot.core, ELSEWHERE, job.id, hidden=True) is NotModerated.NOT_FOUND


async def test_an_action_that_fails_leaves_no_case(bot, monkeypatch, told):
    def broken(*_args):
        raise RuntimeError("broken")

    job = await delivered(bot)
    monkeypatch.setattr(families, "mark_removed", broken)
    with pytest.raises(RuntimeError):
        await remove_result(bot.core, ACTING, job.id)
    assert (await kinds(bot), told) == ([], [])
