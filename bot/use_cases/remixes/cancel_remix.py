"""Lets authors cancel their own waiting remix for nothing, though the third in ten minutes keeps its cooldown."""

from enum import StrEnum

from bot.rules.job_states import JobState
from bot.rules.strikes import CANCEL_WINDOW, StrikeKind, keeps_cooldown
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs, strikes
from bot.storage.sets import sets
from bot.use_cases.core import Core
from bot.use_cases.remixes.endings import try_cancel


class CancelOutcome(StrEnum):
    """`COOLDOWN_KEPT`: cancelled, as several were just before, so its cooldown goes on; it uses up no quota.

    `PARTLY`: only what of its set had not begun. `TOO_LATE`: it is being generated or has ended. `NOT_YOURS` also if
    there is no such job.
    """

    CANCELLED = "cancelled"
    COOLDOWN_KEPT = "cooldown_kept"
    PARTLY = "partly"
    TOO_LATE = "too_late"
    NOT_YOURS = "not_yours"


async def cancel_remix(core: Core, job_id: int, user_id: int) -> CancelOutcome:
    """A set is cancelled as far as it waits."""
    # No lease is needed. The worker claims jobs ahead of free slots, and until the paid call they can be cancelled.

    def cancel(connection: Connection) -> CancelOutcome:
        job = jobs.find(connection, job_id)
        if job is None or job.user_id != user_id:
            return CancelOutcome.NOT_YOURS
        now = core.clock()
        # Else cancelling would be a way around the cooldown: each cancelled remix has been prepared and stored.
        kept = keeps_cooldown(strikes.count_cancelled(connection, job.guild_id, user_id, now - CANCEL_WINDOW))
        siblings = sets.with_siblings(connection, job)
        done = [try_cancel(connection, each.id, "by its person", now, keeps_cooldown=kept) for each in siblings]
        if not any(done):
            return CancelOutcome.CANCELLED if job.state is JobState.CANCELLED else CancelOutcome.TOO_LATE
        strikes.add(connection, StrikeKind.CANCELLED, job, now)
        if not all(done):
            return CancelOutcome.PARTLY
        return CancelOutcome.COOLDOWN_KEPT if kept else CancelOutcome.CANCELLED

    outcome = await core.database.transaction(cancel)
    if outcome in {CancelOutcome.CANCELLED, CancelOutcome.COOLDOWN_KEPT, CancelOutcome.PARTLY}:
        core.news.job_changed(job_id)
    return outcome
