"""Takes a report of illegal content: the result is removed at once, and kept sealed for the operator alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.reports import MOST_BY_STRANGERS, MOST_ILLEGAL_A_DAY
from bot.storage.engine.database import Connection
from bot.storage.matters import matters, reports
from bot.storage.remixes import families
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.hide_result import Hidden, hide_in, report_hidden
from bot.use_cases.moderation.remove_result import Removed, remove_all, report_removed
from bot.use_cases.reporting.report_result import (
    NewReport,
    NotReported,
    Reported,
    TooOften,
    find_in,
    is_trusted,
    open_with,
)

_DAY = timedelta(days=1)


async def report_illegal(core: Core, new: NewReport) -> Reported | NotReported | TooOften:
    """The caller has the messages of `changed` changed. Only admins read the card, without picture and prompt.

    Everybody can have something removed at once, because waiting for a moderator is worse. What bounds abuse: two a
    day, five a day in a server by accounts whose reports do not count, none by whoever has cried wolf. Beyond that the
    result is hidden. The operator can bring back what was removed.
    """

    def report(connection: Connection) -> tuple[Reported, Hidden | Removed | None] | NotReported | TooOften:
        now = core.clock()
        job = find_in(connection, new, now)
        if not isinstance(job, Job):
            return job
        if reports.count_illegal(connection, now - _DAY, user_id=new.reporter.user_id) >= MOST_ILLEGAL_A_DAY:
            return TooOften(now + _DAY, as_illegal=True)
        removes = _removes(connection, new, now)
        matter = open_with(connection, new, job, now, admins_only=True)
        done = (_remove if removes else _hide)(connection, job, now)
        ids: Sequence[int] = done.job_ids if done is not None else ()
        return Reported(matters.get(connection, matter.id), ids), done

    done = await core.database.transaction(report)
    if isinstance(done, NotReported | TooOften):
        return done
    reported, changed = done
    if isinstance(changed, Removed):
        report_removed(core, changed)
    elif changed is not None:
        report_hidden(core, changed)
    core.news.post_change_due()
    return reported


def _removes(connection: Connection, new: NewReport, now: datetime) -> bool:
    if reports.count_false_illegal(connection, new.reporter.user_id):
        return False
    return (
        is_trusted(connection, new, now)
        or reports.count_illegal_by_strangers(connection, now - _DAY, new.guild_id) < MOST_BY_STRANGERS
    )


def _remove(connection: Connection, job: Job, now: datetime) -> Removed | None:
    """Without a reason: its author must not learn from the bot what the authorities may ask about."""
    new = case_about(connection, Acting(job.guild_id, BY_RULE), CaseKind.REMOVE, job)
    return remove_all(connection, new, families.branch_of(connection, job), now)


def _hide(connection: Connection, job: Job, now: datetime) -> Hidden | None:
    hidden = hide_in(connection, Acting(job.guild_id, BY_RULE), job, now, hidden=True)
    return hidden if isinstance(hidden, Hidden) else None
