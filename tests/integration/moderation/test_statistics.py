"""What each moderator did, for admins: actions by kind, what was undone, what was decided and after how long."""

from datetime import timedelta

from bot.discord_app.statistics import words
from bot.discord_app.statistics.commands import make_table
from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.matters import MatterKind
from bot.storage.matters import matters
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member
from bot.use_cases.moderation.oversight.statistics import Decided, read_statistics
from bot.use_cases.moderation.undo_case import undo_case
from bot.use_cases.moderation.warn_member import warn_member

SERVER, MAUD, MAX = 11, 900, 901


async def decide(bot, by, minutes, kind=MatterKind.REPORT, subject=1):
    matter = await bot.do(matters.open_matter, SERVER, kind, subject, bot.clock())
    bot.clock.move(minutes=minutes)
    await bot.do(lambda c: matters.close(c, matter.id, bot.clock(), by=by, outcome="dismissed"))


async def test_actions_undone_ones_and_decisions_are_counted_by_moderator(bot):
    for _ in range(2):
        await warn_member(bot.core, Acting(SERVER, MAX, "spam"), 1)
    block = await block_member(bot.core, Acting(SERVER, MAUD), 1, None)
    await undo_case(bot.core, Acting(SERVER, MAX), block.case.number, lambda *_: None)
    await bot.do(cases.add, NewCase(SERVER, CaseKind.BLOCK, BY_RULE, 1), bot.clock())
    await bot.do(cases.add, NewCase(12, CaseKind.BLOCK, MAUD, 1), bot.clock())
    for minutes in (10, 30, 600):
        await decide(bot, MAUD, minutes)
    await decide(bot, BY_RULE, 1)

    found = await read_statistics(bot.core, SERVER, 30)
    assert [each.user_id for each in found.moderators] == [MAUD, MAX]
    maud, max_ = found.moderators
    assert (maud.actions, maud.undone) == ({CaseKind.BLOCK: 1}, {CaseKind.BLOCK: 1})
    assert maud.decided == {MatterKind.REPORT: Decided(3, timedelta(minutes=30))}
    assert max_.actions == {CaseKind.UNBLOCK: 1, CaseKind.WARN: 2}
    assert (sum(max_.undone.values()), max_.decided) == (0, {})

    told = words.summary(found)
    assert "- <@900>: 1 action (Block 1) · 1 undone · decided: Report 3, usually after 30m" in told
    assert "- <@901>: 3 actions (Warning 2, Unblock 1)" in told
    assert make_table(found).decode().splitlines()[1:3] == [
        "<@900>,case: block,1,1,",
        "<@900>,decided: report,3,,30m",
    ]


async def test_what_is_older_is_left_out_and_nothing_is_a_sentence(bot):
    await warn_member(bot.core, Acting(SERVER, MAUD, "spam"), 1)
    bot.clock.move(days=2)
    found = await read_statistics(bot.core, SERVER, 1)
    assert words.summary(found) == "No moderator did anything here in the last day."


async def test_hundreds_of_moderators_fit_into_a_message_and_all_are_in_the_table(bot):
    for number in range(200):
        await bot.do(cases.add, NewCase(SERVER, CaseKind.NOTE, 10**18 + number, 1, "x"), bot.clock())
    found = await read_statistics(bot.core, SERVER, 30)
    told = words.summary(found)
    assert len(told) <= 2000
    assert "more in the table" in told
    assert len(make_table(found).splitlines()) == 201
