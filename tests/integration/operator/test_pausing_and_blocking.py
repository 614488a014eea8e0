"""Everything paused, and people or servers blocked: refused, kept waiting or failed, and never charged."""

import pytest

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.remixes import claims
from bot.storage.standing.blocks import BlockKind
from bot.use_cases.operator.operator_blocks import block, list_blocks, unblock
from bot.use_cases.operator.operator_status import read_status
from bot.use_cases.operator.pause_queue import pause_queue, resume_queue
from tests.integration.made_storage import START

OPERATOR = 900
BLOCKED = {
    BlockKind.PERSON: (1, Reason.PERSON_BLOCKED, FailureKind.PERSON_BLOCKED),
    BlockKind.SERVER: (11, Reason.SERVER_BLOCKED, FailureKind.SERVER_BLOCKED),
}


async def test_while_paused_new_ones_are_refused_with_the_reason_and_nothing_is_claimed(bot):
    job = await bot.remix(1)
    await pause_queue(bot.core, "new key", OPERATOR)
    assert await bot.ask(2) == Refused(Reason.OPERATOR_PAUSED, note="new key")
    assert await bot.do(claims.claim_queued, bot.lease, 5, START) == []
    assert (await bot.statuses.of(job.id)).pause.reason == "new key"


async def test_one_that_was_claimed_before_the_pause_is_let_go_with_a_slot_in_hand(bot):
    job = await bot.remix(1)
    (held,) = await bot.do(claims.claim_queued, bot.lease, 1, START)
    await pause_queue(bot.core, "new key", OPERATOR)
    assert not await bot.remixes.generate.begin(held)
    kept = await bot.job(job.id)
    assert (kept.state, kept.lease, kept.turn) == (JobState.QUEUED, None, job.turn)
    assert bot.calls == 0


async def test_resumed_it_goes_on_with_those_that_waited(bot):
    job = await bot.remix(1)
    await pause_queue(bot.core, "new key", OPERATOR)
    async with bot.working():
        assert (await resume_queue(bot.core, OPERATOR)).paused

        async def delivered():
            return (await bot.job(job.id)).state is JobState.DELIVERED

        await bot.heard.until(delivered)
    assert not (await resume_queue(bot.core, OPERATOR)).paused


async def test_who_waits_is_told_of_a_pause_and_of_its_end(bot):
    job = await bot.remix(1)
    bot.heard.changed.clear()
    await pause_queue(bot.core, "new key", OPERATOR)
    await resume_queue(bot.core, OPERATOR)
    assert bot.heard.changed == [job.id, job.id]


@pytest.mark.parametrize("kind", BlockKind)
async def test_the_blocked_are_refused_and_what_they_have_waiting_fails_uncharged(bot, kind):
    subject, reason, failure = BLOCKED[kind]
    job = await bot.remix(1)
    assert await block(bot.core, kind, subject, OPERATOR, "spam")
    assert await bot.ask(1) == Refused(reason)
    await bot.work(job.id)
    over = await bot.job(job.id)
    assert (over.state, over.failure_kind) == (JobState.FAILED, failure)
    assert await bot.money(job.id) == ("released", None)
    assert bot.calls == 0


@pytest.mark.parametrize("kind", BlockKind)
async def test_others_are_not_touched_and_the_unblocked_are_welcome_again(bot, kind):
    subject, *_ = BLOCKED[kind]
    await block(bot.core, kind, subject, OPERATOR, None)
    await bot.remix(2, guild_id=12)
    assert await unblock(bot.core, kind, subject, OPERATOR)
    assert not await unblock(bot.core, kind, subject, OPERATOR)
    await bot.remix(1)


async def test_a_second_block_changes_nothing_and_all_are_listed(bot):
    await block(bot.core, BlockKind.PERSON, 5, OPERATOR, "spam")
    bot.clock.move(minutes=1)
    await block(bot.core, BlockKind.SERVER, 5, OPERATOR, None)
    assert not await block(bot.core, BlockKind.PERSON, 5, 901, "again")
    listed = await list_blocks(bot.core)
    assert [(each.kind, each.subject_id, each.note) for each in listed.shown] == [
        (BlockKind.SERVER, 5, None),
        (BlockKind.PERSON, 5, "spam"),
    ]
    assert listed.count == 2


async def test_the_status_counts_the_queue_the_money_and_the_last_troubles(bot):
    bot.stand_in.dials.fail = ["422-prompt", "500"]
    for user_id in (1, 2, 3):
        await bot.work((await bot.remix(user_id)).id)
    await bot.remix(4)
    await pause_queue(bot.core, "new key", OPERATOR)
    await block(bot.core, BlockKind.PERSON, 5, OPERATOR, None)
    standing = await read_status(bot.core, bot.rules)
    assert standing.open_jobs == {JobState.QUEUED: 1, JobState.OUTCOME_UNKNOWN: 1}
    assert standing.oldest_queued_at == START
    assert (standing.spend.today, standing.spend.this_month, standing.spend.set_aside) == (90_000, 90_000, 60_000)
    assert (standing.pause.reason, standing.pause.by, standing.blocks) == ("new key", OPERATOR, 1)
    assert [(each.job_id, each.cause) for each in standing.failures] == [(2, "outcome_unknown"), (1, "prompt_unsafe")]
    for days, spent in ((1, (0, 90_000)), (30, (0, 0))):
        bot.clock.move(days=days)
        later = (await read_status(bot.core, bot.rules)).spend
        assert (later.today, later.this_month) == spent
