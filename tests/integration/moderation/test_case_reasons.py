"""A case's record is only added to: a changed reason keeps its earlier texts, and the log channel shows the change."""

from bot.rules.policies import Policy
from bot.storage.moderation import case_reasons
from bot.storage.server_log import log_entries
from bot.storage.standing import policies
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member
from bot.use_cases.moderation.review_cases import earlier_reasons, edit_case_reason
from bot.use_cases.server_log import log_facts
from bot.use_cases.server_log.log_facts import CaseAdded, ReasonChanged
from tests.integration.made_storage import START

SERVER, MAX, MAUD = 11, 900, 901


async def edit(bot, reason, by=MAUD, server=SERVER):
    return await edit_case_reason(bot.core, Acting(server, by), 1, reason)


async def test_every_earlier_text_is_kept_with_who_replaced_it_and_when(bot):
    await block_member(bot.core, Acting(SERVER, MAX), 1, None)
    await edit(bot, "doxxed a member, evidence in ticket 77", by=MAX)
    bot.clock.move(minutes=1)
    await edit(bot, "nothing")
    found = await earlier_reasons(bot.core, SERVER, 1)
    assert [(each.reason, each.replaced_by) for each in found] == [
        ("doxxed a member, evidence in ticket 77", MAUD),
        (None, MAX),
    ]
    assert found[1].replaced_at == START
    assert await earlier_reasons(bot.core, 12, 1) == []


async def test_the_same_text_again_changes_nothing(bot):
    await block_member(bot.core, Acting(SERVER, MAX, "spam"), 1, None)
    assert (await edit(bot, "spam")).edited_at is None
    assert await earlier_reasons(bot.core, SERVER, 1) == []


async def test_a_case_that_is_not_there_gets_no_reason(bot):
    await block_member(bot.core, Acting(SERVER, MAX, "spam"), 1, None)
    assert await edit(bot, "no", server=12) is None
    assert await bot.do(case_reasons.find, 1) is None


async def test_the_log_shows_each_change_as_it_was_made_even_if_more_followed(bot):
    await bot.do(policies.write, SERVER, Policy(log_channel=5))
    await block_member(bot.core, Acting(SERVER, MAX, "first"), 1, None)
    await edit(bot, "second")
    await edit(bot, "third")
    entries = await bot.do(log_entries.take, SERVER, START, 9)
    case, *changes = [await bot.do(log_facts.read, entry) for entry in entries]
    assert isinstance(case, CaseAdded)
    assert all(isinstance(each, ReasonChanged) for each in changes)
    assert [(each.before.reason, each.after) for each in changes] == [("first", "second"), ("second", "third")]
