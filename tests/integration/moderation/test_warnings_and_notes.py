"""Warnings lead to a block if the server says so; notes are moderators' alone and can be deleted."""

from datetime import timedelta

import pytest

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.policies import Policy, WarningLimit
from bot.rules.refusals import Reason, Refused
from bot.storage.privacy.personal_data import other_records
from bot.storage.standing import policies
from bot.use_cases.moderation.act_on_author import warn_author
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import STILL_BLOCKED, block_member
from bot.use_cases.moderation.undo_case import NotUndone, undo_case
from bot.use_cases.moderation.warn_member import unread_warnings, warn_member, write_note
from tests.integration.made_storage import START

SERVER = 11
ACTING = Acting(SERVER, 900, "spam")
A_DAY = timedelta(days=1)


@pytest.fixture
async def strict(bot):
    """Two warnings within a week block for twelve hours."""
    limit = WarningLimit(2, 7 * 86_400)
    await bot.do(policies.write, SERVER, Policy(warning_limit=limit, warning_block_s=12 * 3600))
    return bot


async def undo(bot, number):
    return await undo_case(bot.core, ACTING, number, lambda *_: None)


async def test_the_warning_that_reaches_the_limit_blocks_by_rule_and_with_its_reason(strict):
    told = []
    strict.core.news.on_case.append(told.append)
    assert (await warn_member(strict.core, ACTING, 1)).blocked is None
    block = (await warn_member(strict.core, ACTING, 1)).blocked.case
    assert (block.kind, block.actor_id, block.reason) == (CaseKind.BLOCK, BY_RULE, "spam")
    assert block.until == START + timedelta(hours=12)
    assert [case.kind for case in told] == [CaseKind.WARN, CaseKind.WARN, CaseKind.BLOCK]
    assert await strict.ask(1) == Refused(Reason.MEMBER_BLOCKED, until=block.until, note="spam")
    await strict.remix(2)


async def test_warnings_from_the_log_count_too_and_once_for_each_remix(strict):
    first, second = await strict.remix(1), await strict.remix(1)
    assert (await warn_author(strict.core, ACTING, first)).blocked is None
    assert (await warn_author(strict.core, ACTING, first)).number == 1
    assert (await warn_author(strict.core, ACTING, second)).blocked.case.actor_id == BY_RULE


async def test_old_withdrawn_and_others_warnings_do_not_count(strict):
    await warn_member(strict.core, ACTING, 1)
    await warn_member(strict.core, ACTING, 2)
    await warn_member(strict.core, Acting(12, 900, "spam"), 1)
    strict.clock.move(days=7)
    await warn_member(strict.core, ACTING, 1)
    await undo(strict, 3)
    assert (await warn_member(strict.core, ACTING, 1)).blocked is None


async def test_without_a_limit_no_number_of_warnings_blocks(bot):
    for _ in range(10):
        assert (await warn_member(bot.core, ACTING, 1)).blocked is None
    await bot.do(policies.write, SERVER, Policy(warning_limit=WarningLimit(3, 60)))
    block = (await warn_member(bot.core, ACTING, 1)).blocked
    assert block.case.until == START + A_DAY


async def test_the_rule_never_shortens_a_moderators_block(strict):
    await warn_member(strict.core, ACTING, 1)
    await block_member(strict.core, Acting(SERVER, 901, "gore"), 1, None)
    blocked = (await warn_member(strict.core, ACTING, 1)).blocked
    assert blocked.holds.until is None
    assert (await strict.ask(1)).note == "gore"


async def test_withdrawing_a_warning_leaves_the_block_and_says_so(strict):
    await warn_member(strict.core, ACTING, 1)
    await warn_member(strict.core, ACTING, 1)
    by = (await undo(strict, 2)).by
    assert (by.kind, by.details[STILL_BLOCKED]) == (CaseKind.UNWARN, "3")
    assert (await strict.ask(1)).reason is Reason.MEMBER_BLOCKED
    assert (await undo(strict, 3)).by.kind is CaseKind.UNBLOCK
    await strict.remix(1)
    assert STILL_BLOCKED not in (await undo(strict, 1)).by.details


async def test_a_note_is_never_shown_to_its_member_and_can_be_deleted_once(bot):
    note = await write_note(bot.core, ACTING, 1)
    assert (note.kind, note.reason) == (CaseKind.NOTE, "spam")
    await warn_member(bot.core, Acting(SERVER, 900, "be kind"), 1)
    assert [case.reason for case in await unread_warnings(bot.core, SERVER, 1)] == ["be kind"]
    copy_of_their_data = await bot.do(other_records, 1)
    assert [case["reason"] for case in copy_of_their_data["cases"]] == ["be kind"]
    assert (await undo(bot, 1)).by.kind is CaseKind.UNNOTE
    assert await undo(bot, 1) is NotUndone.DONE_BEFORE
