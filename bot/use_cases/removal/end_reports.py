"""Ends the open reports of results that a moderator hides or removes, or that their author deletes meanwhile."""

from collections.abc import Iterable
from datetime import datetime

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.matters import MatterKind
from bot.rules.points import PointKind
from bot.rules.removals import Removal
from bot.rules.reports import UPHELD, ReportOutcome
from bot.storage.engine.database import Connection
from bot.storage.matters import matters, reports
from bot.storage.matters.matters import Matter
from bot.storage.moderation import points
from bot.storage.moderation.cases import Case
from bot.storage.remixes.jobs import Job

_ENDS = {
    CaseKind.HIDE: ReportOutcome.HIDDEN,
    CaseKind.REMOVE: ReportOutcome.REMOVED,
    CaseKind.PURGE: ReportOutcome.REMOVED,
}


def close_report(connection: Connection, matter: Matter, now: datetime, outcome: ReportOutcome, case: Case) -> None:
    """Close it by that case. A report that was right counts against the author of the result.

    It does not if the moderator had reported it: nobody decides about their own report.
    """
    by_others = all(report.reporter_id != case.actor_id for report in reports.of_matter(connection, matter.id))
    closed = matters.close(connection, matter.id, now, by=case.actor_id, outcome=outcome, case_number=case.number)
    if closed and outcome in UPHELD and by_others and matter.about_id is not None:
        points.add(connection, PointKind.REPORT, matter.guild_id, matter.about_id, now, job_id=matter.job_id)


def end_by_case(connection: Connection, case: Case, acted_on: Iterable[Job], now: datetime) -> None:
    """In the transaction of a case that hid or removed these remixes."""
    outcome = _ENDS.get(case.kind)
    if outcome is None or case.actor_id == BY_RULE:
        return
    for job in acted_on:
        matter = matters.find_open(connection, MatterKind.REPORT, job.id)
        if matter is None:
            continue
        if matter.about_id != case.actor_id:
            close_report(connection, matter, now, outcome, case)
        elif outcome is ReportOutcome.REMOVED:
            # A moderator who takes their own result down decides nothing about the report of it.
            matters.close(connection, matter.id, now, by=BY_RULE, outcome=ReportOutcome.GONE)


def end_gone(connection: Connection, job_id: int, removal: Removal, now: datetime) -> None:
    """It is taken down without a moderator. Theirs ends by the case that follows in the same transaction."""
    if removal is not Removal.MODERATOR:
        matters.close_undecided(connection, MatterKind.REPORT, job_id, now, ReportOutcome.GONE)
