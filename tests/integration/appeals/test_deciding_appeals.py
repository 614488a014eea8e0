"""Moderators decide appeals: who can, what each decision changes, and what stays on record."""

from datetime import timedelta

import pytest

from bot.rules.appeals import Decision, NotDecided, NotMade, Outcome
from bot.rules.budgets import Period
from bot.rules.cases import CaseKind
from bot.rules.picture_memory import PictureMemory
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.rules.words.entries import Action, EntryKind, WordEntry, key_of
from bot.storage.appeals import appeals
from bot.storage.matters import matters
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.remixes import quotas
from bot.storage.server_log import log_entries
from bot.storage.standing import policies, words
from bot.use_cases.appeals.decide_appeal import Decided
from bot.use_cases.appeals.end_appeals import mark_reached, to_tell
from bot.use_cases.appeals.own_appeals import mark_told, unread_outcomes
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member, unblock_member
from bot.use_cases.moderation.hide_result import hide_result
from bot.use_cases.moderation.remove_result import remove_result
from bot.use_cases.moderation.review_cases import edit_case_reason
from bot.use_cases.moderation.undo_case import Undone, undo_case
from bot.use_cases.moderation.warn_member import warn_member
from bot.use_cases.remixes.endings import uncount
from bot.use_cases.remixes.submit_remix import Accepted
from bot.use_cases.server_log import log_facts
from bot.use_cases.server_policy.change_policy import undo_policy_change
from tests.integration.appeals.made_appeals import (
    MIA,
    NUDE,
    OTTO,
    ROSA,
    SERVER,
    appeal_of,
    appeal_of_prompt,
    decide,
    list_word,
)

ACTING = Acting(SERVER, ROSA, "spam")


async def kinds(bot):
    found = await bot.do(cases.newest, SERVER, CaseFilter(), 10)
    return [case.kind for case in found]


async def appealed_block(bot, length=None):
    blocked = await block_member(bot.core, ACTING, MIA, length)
    return await appeal_of(bot, blocked.case.number)


async def test_a_lifted_block_ends_and_is_on_record(bot):
    done = await decide(bot, await appealed_block(bot), "lift", says="sorry")
    assert (done.appeal.outcome, done.case.kind, done.case.actor_id) == (Outcome.LIFTED, CaseKind.UNBLOCK, OTTO)
    assert isinstance(await bot.ask(), Accepted)
    assert await kinds(bot) == [CaseKind.UNBLOCK, CaseKind.BLOCK]
    matter = await bot.do(matters.get, done.matter_id)
    assert (matter.closed_by, matter.outcome, matter.case_number) == (OTTO, "lifted", done.case.number)


async def test_the_case_that_lifts_a_block_is_marked_as_an_answer_that_only_its_person_and_moderators_read(bot):
    """Its reason is that answer, and members can often read the log."""
    done = await decide(bot, await appealed_block(bot), "lift", says="sorry")
    await bot.do(policies.write, SERVER, Policy(log_channel=5))
    stored = await bot.do(cases.get, SERVER, done.case.number)
    assert (stored.reason, stored.details["appeal"]) == ("sorry", str(done.appeal.id))
    assert stored == done.case == done.undone.by
    await edit_case_reason(bot.core, Acting(SERVER, OTTO), stored.number, "very sorry")
    entries = await bot.do(log_entries.take, SERVER, bot.clock(), 9)
    changed = await bot.do(log_facts.read, entries[-1])
    assert (type(changed), changed.of_appeal) == (log_facts.ReasonChanged, True)


async def test_a_kept_block_goes_on_and_that_is_on_record(bot):
    done = await decide(bot, await appealed_block(bot), "keep", says="no")
    assert (done.case.kind, done.case.target_id, done.case.reason) == (CaseKind.UPHOLD, MIA, "no")
    assert (await bot.ask()).reason is Reason.MEMBER_BLOCKED


async def test_another_block_goes_on_when_one_is_lifted(bot):
    made = await appealed_block(bot)
    await block_member(bot.core, ACTING, MIA, timedelta(hours=1))
    done = await decide(bot, made, "lift")
    assert done.case.until is not None
    assert (await bot.ask()).reason is Reason.MEMBER_BLOCKED
    assert (await to_tell(bot.core))[0].still_blocked


async def test_nobody_decides_what_they_did_or_appealed_themselves(bot):
    made = await appealed_block(bot)
    assert await decide(bot, made, "lift", by=ROSA) is NotDecided.ACTED
    assert await decide(bot, made, "keep", by=MIA) is NotDecided.OWN
    assert await kinds(bot) == [CaseKind.BLOCK]
    assert (await bot.do(appeals.find, made.appeal.id)).outcome is None


async def test_who_is_alone_may_decide_what_they_did_and_never_their_own_appeal(bot):
    made = await appealed_block(bot)
    assert await decide(bot, made, "lift", by=MIA, alone=True) is NotDecided.OWN
    assert isinstance(await decide(bot, made, "lift", by=ROSA, alone=True), Decided)


async def test_only_one_of_two_moderators_decides(bot):
    made = await appealed_block(bot)
    assert isinstance(await decide(bot, made, "keep"), Decided)
    assert await decide(bot, made, "lift", by=77) is NotDecided.DONE_BEFORE
    assert await kinds(bot) == [CaseKind.UPHOLD, CaseKind.BLOCK]


@pytest.mark.parametrize("decision", [Decision.ALLOW_ONCE, Decision.ALLOW])
async def test_a_block_cannot_be_allowed(bot, decision):
    assert await decide(bot, await appealed_block(bot), decision) is NotDecided.CANNOT


async def test_what_ended_otherwise_leaves_nothing_to_lift(bot):
    made = await appealed_block(bot)
    await unblock_member(bot.core, ACTING, MIA)
    done = await decide(bot, made, "lift")
    assert (done.appeal.outcome, done.case) == (Outcome.OVER, None)


async def test_a_lifted_warning_no_longer_counts_and_a_hidden_remix_is_shown(bot):
    warned = await warn_member(bot.core, ACTING, MIA)
    done = await decide(bot, await appeal_of(bot, warned.case.number), "lift")
    assert done.case.kind is CaseKind.UNWARN

    job = await bot.remix()
    await bot.work(job.id)
    hidden = await hide_result(bot.core, ACTING, job.id, hidden=True)
    done = await decide(bot, await appeal_of(bot, hidden.case.number), "lift")
    assert (done.undone.job_ids, (await bot.job(job.id)).hidden) == ([job.id], False)


async def test_a_lifted_removal_gives_the_remix_back_and_not_the_picture(bot):
    await bot.do(policies.write, SERVER, Policy(daily_quota=1, picture_memory=PictureMemory.OFF))
    job = await bot.remix()
    await bot.work(job.id)
    removed = await remove_result(bot.core, ACTING, job.id)
    assert (await bot.ask()).reason is Reason.QUOTA_DAY
    done = await decide(bot, await appeal_of(bot, removed.case.number), "lift")
    assert (done.case.kind, done.appeal.outcome) == (CaseKind.GRANT, Outcome.LIFTED)
    assert (await bot.job(job.id)).removed_at is not None
    assert await bot.do(quotas.grants_left, SERVER, MIA, bot.clock()) == 1
    assert isinstance(await bot.ask(), Accepted)
    assert await bot.do(quotas.count, SERVER, MIA, Period.DAY, bot.clock()) == 1


async def test_a_removal_is_lifted_once(bot):
    job = await bot.remix()
    await bot.work(job.id)
    removed = await remove_result(bot.core, ACTING, job.id)
    await decide(bot, await appeal_of(bot, removed.case.number), "lift")
    assert await appeal_of(bot, removed.case.number) is NotMade.OVER


async def test_a_remix_that_counts_no_longer_is_not_given_back_again(bot):
    """As one that was being made when it was removed, and then failed."""
    await bot.do(policies.write, SERVER, Policy(picture_memory=PictureMemory.OFF))
    job = await bot.remix()
    await bot.work(job.id)
    removed = await remove_result(bot.core, ACTING, job.id)
    await bot.do(uncount, job.id)
    done = await decide(bot, await appeal_of(bot, removed.case.number), "lift")
    assert (done.case, done.appeal.outcome) == (None, Outcome.OVER)
    assert await bot.do(quotas.grants_left, SERVER, MIA, bot.clock()) == 0


async def test_an_allowed_word_is_allowed_for_everybody_until_that_is_undone(bot):
    await list_word(bot, "nude*")
    made = await appeal_of_prompt(bot, "two nudes")
    done = await decide(bot, made, "allow")
    assert (done.case.kind, done.appeal.outcome, done.case.target_id) == (CaseKind.WORDS, Outcome.ALLOWED, None)
    assert isinstance(await bot.ask(2, prompt="some nudes"), Accepted)
    assert (await bot.ask(2, prompt="a nude")).reason is Reason.WORD_REFUSED

    undone = await undo_case(
        bot.core, Acting(SERVER, OTTO), done.case.number, lambda c, case: undo_policy_change(c, case, bot.rules.bounds)
    )
    assert isinstance(undone, Undone)
    assert (await bot.ask(2, prompt="some nudes")).reason is Reason.WORD_REFUSED


async def test_the_listed_word_itself_becomes_an_allowed_one(bot):
    await list_word(bot)
    await decide(bot, await appeal_of_prompt(bot), "allow")
    assert await bot.do(words.read, SERVER) == [WordEntry("nude", Action.ALLOW)]


async def test_all_words_that_refuse_the_prompt_are_allowed_or_none(bot):
    await list_word(bot)
    await list_word(bot, "picture")
    await decide(bot, await appeal_of_prompt(bot), "allow")
    assert isinstance(await bot.ask(prompt=NUDE), Accepted)


async def test_where_no_allowed_word_helps_the_moderator_reads_so_and_nothing_changes(bot):
    """What this pattern finds is longer than any word on a list."""
    pattern = WordEntry("pic.*nude", Action.REFUSE, EntryKind.PATTERN)
    await bot.do(words.write, SERVER, {key_of(pattern): pattern})
    made = await appeal_of_prompt(bot, f"a pic {'of a ' * 30}nude")
    assert await decide(bot, made, "allow") is NotDecided.WORDS_STAY
    assert (await kinds(bot), (await bot.do(appeals.find, made.appeal.id)).outcome) == ([], None)


async def test_only_admins_allow_words(bot):
    await list_word(bot)
    made = await appeal_of_prompt(bot)
    assert await decide(bot, made, "allow", admin=False) is NotDecided.NOT_AN_ADMIN
    assert await bot.ask(prompt=NUDE) == Refused(Reason.WORD_REFUSED, word="nude")


async def test_how_it_ended_is_told_once_by_message_or_at_the_next_use(bot):
    made = await appealed_block(bot)
    assert list(await to_tell(bot.core)) == []
    await decide(bot, made, "keep")
    (told,) = await to_tell(bot.core)
    # A message may be on its way, so nothing is shown beside it.
    assert list(await unread_outcomes(bot.core, SERVER, MIA)) == []
    await mark_reached(bot.core, told.appeal, reached=False)
    assert list(await to_tell(bot.core)) == []
    unread = await unread_outcomes(bot.core, SERVER, MIA)
    assert [each.id for each in unread] == [made.appeal.id]
    await mark_told(bot.core, unread)
    assert list(await unread_outcomes(bot.core, SERVER, MIA)) == []


async def test_whoever_was_reached_reads_it_only_once(bot):
    await decide(bot, await appealed_block(bot), "keep")
    (told,) = await to_tell(bot.core)
    await mark_reached(bot.core, told.appeal, reached=True)
    assert (list(await to_tell(bot.core)), list(await unread_outcomes(bot.core, SERVER, MIA))) == ([], [])
