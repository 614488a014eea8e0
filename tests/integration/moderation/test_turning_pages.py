"""Blocks and the queue are turned page by page: every blocked member and every waiting remix can be reached."""

from datetime import timedelta

from bot.rules.cases import CaseKind
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter, NewCase
from bot.storage.remixes import claims
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import active_blocks, block_member, unblock_member
from bot.use_cases.moderation.review_cases import read_cases
from bot.use_cases.moderation.server_queue import read_server_queue
from bot.use_cases.remixes.cancel_remix import cancel_remix
from tests.integration.made_storage import START

ACTING = Acting(11, 900)


async def test_all_blocked_members_are_on_some_page_and_once(bot):
    for user_id in range(1, 26):
        await block_member(bot.core, ACTING, user_id, None)
        await block_member(bot.core, ACTING, user_id, timedelta(hours=1))
    first = await active_blocks(bot.core, 11)
    second = await active_blocks(bot.core, 11, first.next)
    third = await active_blocks(bot.core, 11, second.next)
    shown = [block.user_id for page in (first, second, third) for block in page.shown]
    assert shown == list(range(25, 0, -1))
    assert third.next is None
    await unblock_member(bot.core, ACTING, first.shown[-1].user_id)
    assert (await active_blocks(bot.core, 11, first.next)).shown == second.shown
    assert [block.user_id for block in (await active_blocks(bot.core, 11, second.previous)).shown] == [
        *range(25, 16, -1)
    ]


async def test_every_waiting_remix_is_on_some_page_also_while_the_queue_moves(bot):
    ids = [(await bot.remix(user_id)).id for user_id in range(1, 24)]
    first = (await read_server_queue(bot.core, 11, slots=3)).page
    assert [each.job.id for each in first.shown] == ids[:8]
    for job_id in ids[:8]:
        await cancel_remix(bot.core, job_id, int((await bot.job(job_id)).user_id))
    await bot.do(claims.claim_queued, bot.lease, 3, START)
    second = (await read_server_queue(bot.core, 11, first.next, slots=3)).page
    assert [each.job.id for each in second.shown] == ids[8:16]
    third = (await read_server_queue(bot.core, 11, second.next, slots=3)).page
    assert ([each.job.id for each in third.shown], third.next) == (ids[16:], None)
    assert (await read_server_queue(bot.core, 11, third.previous, slots=3)).page.shown == second.shown


async def test_all_cases_are_read_once_for_an_export_and_only_as_long_as_they_are_taken(bot):
    for _ in range(1_100):
        await bot.do(lambda connection: cases.add(connection, NewCase(11, CaseKind.NOTE, 900, 1), START))
    await bot.do(lambda connection: cases.add(connection, NewCase(12, CaseKind.NOTE, 900, 1), START))
    taken = []
    await read_cases(bot.core, 11, CaseFilter(), lambda found: taken.append(found) or True)
    assert [case.number for found in taken for case in found] == list(range(1_100, 0, -1))
    taken.clear()
    await read_cases(bot.core, 11, CaseFilter(), lambda found: taken.append(found) or False)
    assert len(taken) == 1
