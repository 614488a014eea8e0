"""Who can appeal what, how often, and what is stored of it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.rules.appeals import MOST_A_DAY, OPEN_FOR, Appealed, NotMade, Outcome
from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.log_kinds import LogKind
from bot.rules.matters import MatterKind
from bot.rules.policies import Policy
from bot.rules.words.automod import AutoModRule
from bot.rules.words.entries import Action
from bot.storage.appeals import appeals
from bot.storage.engine.tables.appeals import appeals as appeals_table
from bot.storage.matters import matters
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.server_log import log_entries
from bot.storage.standing import automod, policies
from bot.storage.standing.automod import AutoModRead
from bot.use_cases.appeals.end_appeals import expire_appeals, forget_appeals, to_tell
from bot.use_cases.appeals.make_appeal import Made
from bot.use_cases.appeals.own_appeals import own_appeals
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import add_block, block_member, unblock_member
from bot.use_cases.moderation.hide_result import hide_result
from bot.use_cases.moderation.remove_result import Purge, remove_result
from bot.use_cases.moderation.warn_member import warn_member, write_note
from bot.use_cases.purges.second_moderator import purge_or_ask
from tests.integration.appeals.made_appeals import (
    BEN,
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


async def made(bot, user_id=MIA):
    job = await bot.remix(user_id)
    await bot.work(job.id)
    return job


async def block(bot):
    return (await block_member(bot.core, ACTING, MIA, None)).case.number


async def warning(bot):
    return (await warn_member(bot.core, ACTING, MIA)).case.number


async def hidden(bot):
    return (await hide_result(bot.core, ACTING, (await made(bot)).id, hidden=True)).case.number


async def removed(bot):
    return (await remove_result(bot.core, ACTING, (await made(bot)).id)).case.number


async def purged(bot):
    await made(bot)
    return (await purge_or_ask(bot.core, ACTING, Purge(MIA, 5))).case.number


@pytest.mark.parametrize("act", [block, warning, hidden, removed, purged])
async def test_what_moderators_did_can_be_appealed_by_whom_it_concerns_alone(bot, act):
    number = await act(bot)
    assert await appeal_of(bot, number, user_id=BEN) is NotMade.NOT_FOUND
    assert await appeal_of(bot, number, user_id=ROSA) is NotMade.NOT_FOUND
    assert await appeal_of(bot, number, server=12) is NotMade.NOT_FOUND
    done = await appeal_of(bot, number)
    assert (done.appeal.appealed, done.appeal.case_number) == (Appealed.CASE, number)
    assert (done.appeal.acted_by, done.appeal.prompt) == (ROSA, None)
    matter = await bot.do(matters.get, done.matter_id)
    assert (matter.kind, matter.subject, matter.about_id) == (MatterKind.APPEAL, done.appeal.id, MIA)


async def test_a_block_by_rule_can_be_appealed_and_a_note_cannot(bot):
    new = NewCase(SERVER, CaseKind.BLOCK, BY_RULE, MIA, "three warnings")
    blocked = await bot.do(add_block, new, timedelta(days=1), bot.clock())
    assert (await appeal_of(bot, blocked.case.number)).appeal.acted_by is None
    note = await write_note(bot.core, ACTING, MIA)
    assert await appeal_of(bot, note.number) is NotMade.NOT_FOUND


async def test_what_has_ended_cannot_be_appealed(bot):
    short = (await block_member(bot.core, ACTING, MIA, timedelta(hours=1))).case.number
    bot.clock.move(hours=2)
    assert await appeal_of(bot, short) is NotMade.OVER
    number = await block(bot)
    await unblock_member(bot.core, ACTING, MIA)
    assert await appeal_of(bot, number) is NotMade.OVER
    old = await warning(bot)
    bot.clock.move(days=31)
    assert await appeal_of(bot, old) is NotMade.OVER


async def test_there_is_one_open_appeal_of_a_matter_and_a_kept_one_is_final(bot):
    number = await block(bot)
    first = await appeal_of(bot, number)
    assert await appeal_of(bot, number) is NotMade.OPEN_ALREADY
    await decide(bot, first, "keep")
    assert await appeal_of(bot, number) is NotMade.DECIDED


async def test_somebody_can_make_so_many_a_day_in_a_server(bot):
    numbers = [await warning(bot) for _ in range(MOST_A_DAY + 1)]
    for number in numbers[:-1]:
        await decide(bot, await appeal_of(bot, number), "keep")
    assert await appeal_of(bot, numbers[-1]) is NotMade.TOO_OFTEN
    again = bot.restarted()
    assert await appeal_of(again, numbers[-1]) is NotMade.TOO_OFTEN
    bot.clock.move(hours=24)
    assert isinstance(await appeal_of(bot, numbers[-1]), Made)


async def test_an_appeal_says_why(bot):
    number = await block(bot)
    assert await appeal_of(bot, number, "\u200b ") is NotMade.NO_TEXT


async def test_a_refused_prompt_is_stored_only_once_its_author_appeals(bot):
    await list_word(bot)
    await bot.ask(prompt=NUDE)
    stored = sa.select(appeals_table.c.prompt)
    assert await bot.do(lambda connection: list(connection.scalars(stored))) == []
    done = await appeal_of_prompt(bot)
    assert (done.appeal.appealed, done.appeal.prompt) == (Appealed.WORDS, NUDE)
    assert NUDE not in repr(done)
    assert await appeal_of_prompt(bot, f"  {NUDE} ") is NotMade.OPEN_ALREADY


async def test_a_prompt_that_nothing_refuses_is_not_kept(bot):
    assert await appeal_of_prompt(bot) is NotMade.NOT_REFUSED
    await list_word(bot, action=Action.REVIEW)
    assert await appeal_of_prompt(bot) is NotMade.NOT_REFUSED
    await list_word(bot)
    assert await appeal_of_prompt(bot, " ") is NotMade.NOT_REFUSED


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (AutoModRule(1, "no nudes", keywords=("nude",)), Appealed.AUTOMOD),
        (AutoModRule(1, "no nudes", keywords=("nude",), exempt_channels=frozenset({22})), NotMade.NOT_REFUSED),
    ],
)
async def test_a_refusal_by_automod_can_be_appealed_where_its_rule_holds(bot, rule, expected):
    await bot.do(automod.write, SERVER, AutoModRead(bot.clock(), [rule]))
    done = await appeal_of_prompt(bot)
    assert (done.appeal.appealed if isinstance(done, Made) else done) == expected


async def test_the_card_is_queued_with_the_appeal(bot):
    await bot.do(policies.write, SERVER, Policy(log_channel=7))
    done = await appeal_of(bot, await block(bot))
    entries = await bot.do(log_entries.take, SERVER, bot.clock(), 100)
    entries = [*entries, *(await _after(bot, entries))]
    assert (LogKind.MATTER, done.matter_id) in [(entry.kind, entry.subject) for entry in entries]


async def _after(bot, entries):
    """A card is alone in its message, so it comes with the next one."""
    await bot.do(log_entries.delete, entries)
    return await bot.do(log_entries.take, SERVER, bot.clock(), 100)


async def test_an_undecided_appeal_ends_and_its_author_can_appeal_again(bot):
    number = await block(bot)
    first = await appeal_of(bot, number)
    bot.clock.move(seconds=OPEN_FOR.total_seconds() - 1)
    assert await expire_appeals(bot.core) == 0
    bot.clock.move(seconds=1)
    assert await expire_appeals(bot.core) == 1
    ended = await bot.do(appeals.find, first.appeal.id)
    assert (ended.outcome, (await bot.do(matters.get, first.matter_id)).closed_by) == (Outcome.EXPIRED, BY_RULE)
    assert [told.appeal.id for told in await to_tell(bot.core)] == [first.appeal.id]
    assert isinstance(await appeal_of(bot, number), Made)


async def test_appeals_are_forgotten_some_time_after_they_ended(bot):
    first = await appeal_of(bot, await block(bot))
    bot.clock.move(days=365)
    assert await forget_appeals(bot.core) == 0
    await decide(bot, first, "keep")
    bot.clock.move(days=91)
    assert await forget_appeals(bot.core) == 1
    assert await bot.do(appeals.find, first.appeal.id) is None


async def test_people_are_offered_what_concerns_them_and_nothing_else(bot):
    numbers = {await warning(bot), await removed(bot), await block(bot)}
    await warn_member(bot.core, ACTING, BEN)
    await bot.do(cases.add, NewCase(12, CaseKind.WARN, OTTO, MIA, "elsewhere"), bot.clock())
    here = await own_appeals(bot.core, MIA, SERVER)
    assert {case.number for case in here.cases} == numbers
    everywhere = await own_appeals(bot.core, MIA, None)
    assert {case.guild_id for case in everywhere.cases} == {SERVER, 12}
    assert (await own_appeals(bot.core, 77, None)).cases == []
    assert not here.refused


async def test_what_is_appealed_is_offered_no_more_and_listed_as_open(bot):
    number = await block(bot)
    done = await appeal_of(bot, number)
    found = await own_appeals(bot.core, MIA, SERVER)
    assert (found.cases, [each.id for each in found.open]) == ([], [done.appeal.id])
