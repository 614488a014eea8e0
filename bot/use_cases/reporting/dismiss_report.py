"""Ends a report without taking the result down: dismissed, or called abuse of reporting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.policy_cases import PicturesChange, to_details
from bot.rules.reports import ReportOutcome, ReportReason
from bot.storage.engine.database import Connection
from bot.storage.matters import matters, reports
from bot.storage.matters.matters import Matter
from bot.storage.moderation import case_jobs, cases
from bot.storage.moderation.cases import Case
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.storage.standing import pictures
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.hide_result import HIDING, show_again
from bot.use_cases.removal.end_reports import close_report


class NotDismissed(StrEnum):
    """`CLOSED`: somebody else was faster. `REPORTED_BY_YOU`: another moderator decides about one's own report.

    `ABOUT_YOU`: it is about their own result, which even who is alone can only show again.
    """

    CLOSED = "closed"
    REPORTED_BY_YOU = "reported_by_you"
    ABOUT_YOU = "about_you"


@dataclass(frozen=True, slots=True)
class Dismissed:
    """`shown`: the remixes that reports had hidden, and that are shown again. `is_gone`: it was removed at once."""

    case: Case
    outcome: ReportOutcome
    shown: Sequence[int]
    is_gone: bool = False


async def has_reported(core: Core, matter: Matter, user_id: int) -> bool:
    found = await core.database.read(reports.of_matter, matter.id)
    return any(report.reporter_id == user_id for report in found)


async def uphold_report(core: Core, acting: Acting, matter_id: int) -> Case | NotDismissed:
    """Of a result that is removed already, because it was reported as illegal."""

    def uphold(connection: Connection) -> Case | NotDismissed:
        now, matter = core.clock(), matters.get(connection, matter_id)
        if refused := _refuses(connection, matter, acting):
            return refused
        job = jobs.get(connection, matter.job_id or 0)
        case = cases.add(connection, case_about(connection, acting, CaseKind.CONFIRM, job), now)
        close_report(connection, matter, now, ReportOutcome.REMOVED, case)
        return case

    done = await core.database.transaction(uphold)
    if isinstance(done, Case):
        core.news.case_added(done)
    return done


def _refuses(connection: Connection, matter: Matter, acting: Acting, *, is_false: bool = False) -> NotDismissed | None:
    if not matter.is_open or matter.job_id is None:
        return NotDismissed.CLOSED
    found = reports.of_matter(connection, matter.id)
    if matter.about_id == acting.actor_id and (is_false or any(each.reason is ReportReason.ILLEGAL for each in found)):
        return NotDismissed.ABOUT_YOU
    return NotDismissed.REPORTED_BY_YOU if any(each.reporter_id == acting.actor_id for each in found) else None


async def dismiss_report(core: Core, acting: Acting, matter_id: int, *, is_false: bool) -> Dismissed | NotDismissed:
    """`is_false`: the reports were abuse, and count against who made them. The caller has checked who decides."""

    def dismiss(connection: Connection) -> tuple[Dismissed, Sequence[Case]] | NotDismissed:
        now, matter = core.clock(), matters.get(connection, matter_id)
        if refused := _refuses(connection, matter, acting, is_false=is_false):
            return refused
        job = jobs.get(connection, matter.job_id or 0)
        outcome = ReportOutcome.FALSE if is_false else _outcome(connection, matter, job)
        shown = _show(connection, acting, matter, job, now)
        details = _take_off(connection, matter, job) if is_false else {}
        case = cases.add(
            connection, replace(case_about(connection, acting, CaseKind.DISMISS, job), details=details), now
        )
        close_report(connection, matter, now, outcome, case)
        ids = [each.id for each in case_jobs.jobs_of(connection, shown)] if shown else []
        return Dismissed(case, outcome, ids, job.removed_at is not None), [*([shown] if shown else []), case]

    done = await core.database.transaction(dismiss)
    if isinstance(done, NotDismissed):
        return done
    for case in done[1]:
        core.news.case_added(case)
    for job_id in done[0].shown:
        core.news.job_changed(job_id)
    return done[0]


def _take_off(connection: Connection, matter: Matter, job: Job) -> Mapping[str, str]:
    """Allow the pictures again that an abusive report had removed. Returns the details of the case."""
    removal = case_jobs.newest_on(connection, job.id, [CaseKind.REMOVE])
    if removal is None or removal.actor_id != BY_RULE or removal.at < matter.opened_at:
        return {}
    listed = pictures.listed_by(connection, job.guild_id, removal.number)
    taken_off = pictures.take_off(connection, job.guild_id, listed)
    return to_details(PicturesChange(taken_off=taken_off)) if taken_off else {}


def _outcome(connection: Connection, matter: Matter, job: Job) -> ReportOutcome:
    newest = cases.newest_about(connection, job.id, [CaseKind.WARN, CaseKind.BLOCK])
    acted = newest is not None and newest.at >= matter.opened_at and newest.undone_at is None
    return ReportOutcome.ACTED if acted else ReportOutcome.DISMISSED


def _show(connection: Connection, acting: Acting, matter: Matter, job: Job, now: datetime) -> Case | None:
    """Show again what the reports hid. None: they did not, or a moderator has hidden it since."""
    newest = case_jobs.newest_on(connection, job.id, HIDING)
    if newest is None or newest.kind is not CaseKind.HIDE or newest.actor_id != BY_RULE:
        return None
    if newest.at < matter.opened_at:
        return None
    new = case_about(connection, acting, CaseKind.UNHIDE, job)
    shown = show_again(connection, newest, new, now, by_its_report=True)
    if shown is not None:
        cases.mark_undone(connection, newest.number, shown)
    return shown
