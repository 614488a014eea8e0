"""All that a member has waiting is cancelled as one case, and a purge leaves nothing of them in the queue."""

from bot.rules.cases import CaseKind
from bot.rules.job_states import JobState
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.remove_result import Purge
from bot.use_cases.moderation.server_queue import cancel_all_waiting
from bot.use_cases.purges.second_moderator import purge_or_ask

ACTING = Acting(11, 900, "spam")


async def test_all_that_they_have_waiting_here_is_cancelled_uncharged_and_nothing_else(bot):
    made = await bot.remix(1)
    await bot.work(made.id)
    mine = [(await bot.remix(1)).id for _ in range(3)]
    others = [await bot.remix(2), await bot.remix(1, guild_id=12)]
    bot.heard.changed.clear()

    done = await cancel_all_waiting(bot.core, ACTING, 1)

    assert (done.count, done.case.kind, done.case.target_id) == (3, CaseKind.CANCEL, 1)
    assert done.case.details == {"jobs": " ".join(map(str, mine))}
    for job_id in mine:
        status = await bot.statuses.of(job_id)
        assert (status.job.state, status.ended_by) == (JobState.CANCELLED, done.case)
        assert await bot.money(job_id) == ("released", None)
    assert set(mine) <= set(bot.heard.changed)
    assert [(await bot.job(job.id)).state for job in others] == [JobState.QUEUED] * 2
    assert (await bot.job(made.id)).state is JobState.DELIVERED
    assert await cancel_all_waiting(bot.core, ACTING, 1) is None


async def test_a_purge_takes_what_waits(bot):
    waiting = await bot.remix(1)
    other = await bot.remix(2)
    assert (await purge_or_ask(bot.core, ACTING, Purge(1, 10))).count == 1
    await bot.work(other.id)
    assert (await bot.job(waiting.id)).state is not JobState.DELIVERED
    assert bot.calls == 1
