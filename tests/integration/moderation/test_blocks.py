"""A block never shortens another one: the one that ends last holds, and lifting it leaves the others."""

from datetime import timedelta

import pytest

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.refusals import Reason, Refused
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.standing import member_blocks
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import active_blocks, add_block, block_member, unblock_member
from bot.use_cases.moderation.review_cases import edit_case_reason
from bot.use_cases.moderation.undo_case import NotUndone, undo_case
from tests.integration.made_storage import START

SERVER, MAX, MAUD = 11, 900, 901
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def block(bot, length, reason, by=MAUD):
    return await block_member(bot.core, Acting(SERVER, by, reason), 1, length)


async def undo(bot, number):
    return await undo_case(bot.core, Acting(SERVER, MAX), number, lambda *_: None)


async def case(bot, number):
    return await bot.do(cases.get, SERVER, number)


@pytest.mark.parametrize(("longer", "shorter"), [(None, DAY), (DAY, HOUR), (None, None), (DAY, DAY)])
async def test_a_longer_block_stays_and_both_reasons_and_cases_are_kept(bot, longer, shorter):
    first = await block(bot, longer, "gore", by=MAX)
    second = await block(bot, shorter, "spam")
    assert (first.is_longest, second.is_longest) == (True, False)
    assert (second.holds.case_number, second.holds.until, second.holds.reason) == (1, first.case.until, "gore")
    assert await bot.ask(1) == Refused(Reason.MEMBER_BLOCKED, until=first.case.until, note="gore")
    assert [(await case(bot, number)).reason for number in (1, 2)] == ["gore", "spam"]
    assert (second.case.details, second.case.until) == ({"still_blocked": "1"}, shorter and START + shorter)
    (listed,) = (await active_blocks(bot.core, SERVER)).shown
    assert (listed.case_number, listed.reason) == (1, "gore")


@pytest.mark.parametrize(("shorter", "longer"), [(DAY, None), (HOUR, DAY)])
async def test_a_longer_one_holds_from_now_on_and_lifting_it_leaves_the_shorter(bot, shorter, longer):
    await block(bot, shorter, "spam")
    assert (await block(bot, longer, "gore")).is_longest
    assert (await bot.ask(1)).note == "gore"
    done = await undo(bot, 2)
    assert (done.by.kind, done.by.until, done.by.details) == (
        CaseKind.UNBLOCK,
        START + shorter,
        {"undoes": "2", "still_blocked": "1"},
    )
    assert await bot.ask(1) == Refused(Reason.MEMBER_BLOCKED, until=START + shorter, note="spam")
    assert (await undo(bot, 1)).by.details == {"undoes": "1"}
    await bot.remix(1)


async def test_lifting_the_shorter_leaves_the_longer(bot):
    await block(bot, None, "gore")
    await block(bot, HOUR, "spam")
    assert (await undo(bot, 2)).by.details == {"undoes": "2", "still_blocked": "1"}
    assert (await bot.ask(1)).note == "gore"
    assert await undo(bot, 2) is NotUndone.DONE_BEFORE


async def test_a_shorter_one_that_is_over_by_then_is_not_fallen_back_to(bot):
    await block(bot, HOUR, "spam")
    await block(bot, DAY, "gore")
    bot.clock.move(hours=2)
    assert await undo(bot, 1) is NotUndone.OVER
    assert (await undo(bot, 2)).by.details == {"undoes": "2"}
    await bot.remix(1)


async def test_unblock_lifts_all_of_them_and_marks_their_cases(bot):
    await block(bot, None, "gore")
    await block(bot, HOUR, "spam")
    lifted = await unblock_member(bot.core, Acting(SERVER, MAX), 1)
    for number in (1, 2):
        found = await case(bot, number)
        assert (found.undone_by, found.undone_case, found.undone_at) == (MAX, lifted.number, START)
    await bot.remix(1)


async def test_one_that_was_over_is_not_marked_as_lifted(bot):
    await block(bot, HOUR, "spam")
    await block(bot, DAY, "gore")
    bot.clock.move(hours=2)
    await unblock_member(bot.core, Acting(SERVER, MAX), 1)
    assert [(await case(bot, number)).undone_case for number in (1, 2)] == [None, 3]


async def test_a_rule_shortens_nothing_either_and_blocks_in_a_transaction_of_its_own_caller(bot):
    await block(bot, None, "gore")
    new = NewCase(SERVER, CaseKind.BLOCK, BY_RULE, 1, "six refusals")
    done = await bot.do(lambda connection: add_block(connection, new, HOUR, START))
    assert (done.case.actor_id, done.is_longest) == (BY_RULE, False)
    assert (await bot.ask(1)).note == "gore"


async def test_blocks_that_are_over_are_forgotten_with_the_next_one(bot):
    for _ in range(3):
        await block(bot, HOUR, "spam")
        bot.clock.move(hours=1)
    assert len(await bot.do(member_blocks.lift_all, SERVER, 1)) == 1


async def test_a_corrected_reason_is_read_once_its_block_holds(bot):
    await block(bot, HOUR, "spam")
    await block(bot, None, "gore")
    await edit_case_reason(bot.core, Acting(SERVER, MAUD), 1, "spam in #remixes")
    assert (await bot.ask(1)).note == "gore"
    await undo(bot, 2)
    assert (await bot.ask(1)).note == "spam in #remixes"
