"""Hides a result and all that was made of the same picture, or shows it again; the messages are changed afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.job_states import FINAL
from bot.storage.engine.database import Connection
from bot.storage.matters import sealed
from bot.storage.moderation import case_jobs, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import families, jobs, post_changes, results
from bot.storage.remixes.jobs import Job
from bot.storage.sets import sets
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.moderation.remove_result import add_case

HIDING = (CaseKind.HIDE, CaseKind.UNHIDE)


@dataclass(frozen=True, slots=True)
class Hidden:
    """`case` None: it was hidden (or shown) before, and only the messages are changed again.

    `count`: how many remixes. `posted`: whether a message shows one of them. `job_ids`: whose messages to change.
    """

    case: Case | None
    count: int
    posted: bool
    job_ids: Sequence[int]


async def hide_result(core: Core, acting: Acting, job_id: int, *, hidden: bool) -> Hidden | NotModerated:
    """Commits first; the caller has the messages changed then. What is not posted yet will be posted so."""

    def hide(connection: Connection) -> Hidden | NotModerated:
        job = jobs.find(connection, job_id)
        if job is None or job.guild_id != acting.guild_id:
            return NotModerated.NOT_FOUND
        return hide_in(connection, acting, job, core.clock(), hidden=hidden)

    done = await core.database.transaction(hide)
    if isinstance(done, Hidden):
        report_hidden(core, done)
    return done


def hide_in(connection: Connection, acting: Acting, job: Job, now: datetime, *, hidden: bool) -> Hidden | NotModerated:
    """In the caller's transaction. The caller reports it with `report_hidden` after the commit."""
    if not _is_shown(connection, job):
        return NotModerated.NOTHING_SHOWN
    family = [each for each in families.branch_of(connection, job) if _is_shown(connection, each)]
    if not hidden:
        family = [each for each in family if not sealed.is_reported(connection, each.id)]
        if not family:
            return NotModerated.REPORTED
    changed = [each for each in family if each.hidden != hidden or _takes_over(connection, acting, each, hidden=hidden)]
    for each in family:
        moderated_jobs.set_hidden(connection, each.id, hidden=hidden)
        post_changes.mark_due(connection, each.id, now)
        if not hidden:
            case_jobs.mark_outdated(connection, each, now)
    ids = [each.id for each in family]
    posted = bool(post_changes.of_jobs(connection, ids))
    if not changed:
        return Hidden(None, len(family), posted, ids) if posted else NotModerated.DONE_BEFORE
    new = case_about(connection, acting, CaseKind.HIDE if hidden else CaseKind.UNHIDE, job)
    return Hidden(add_case(connection, new, changed, now), len(changed), posted, ids)


def _takes_over(connection: Connection, acting: Acting, job: Job, *, hidden: bool) -> bool:
    """A moderator hides what members' reports have hidden: from then on it is the moderator's decision."""
    if not hidden or acting.actor_id == BY_RULE:
        return False
    newest = case_jobs.newest_on(connection, job.id, HIDING)
    return newest is not None and newest.kind is CaseKind.HIDE and newest.actor_id == BY_RULE


def report_hidden(core: Core, done: Hidden) -> None:
    if done.case is not None:
        core.news.case_added(done.case)
    for each in done.job_ids:
        core.news.job_changed(each)


def _is_shown(connection: Connection, job: Job) -> bool:
    """Or will be, unless it fails."""
    if job.removed_at is not None:
        return False
    if job.state not in FINAL:
        return True
    together = [job.id for job in sets.with_siblings(connection, job)]
    return any(post.deleted_at is None for each in together for post in results.posts_of(connection, each))


def show_again(
    connection: Connection, case: Case, new: NewCase, now: datetime, *, by_its_report: bool = False
) -> Case | None:
    """Show what that case hid and no other case has hidden or shown since. None: there is nothing of the kind.

    What is reported as illegal is left out, unless its report is being decided.
    """
    shown = []
    for job in case_jobs.jobs_of(connection, case):
        if not by_its_report and sealed.is_reported(connection, job.id):
            continue
        newest = case_jobs.newest_on(connection, job.id, HIDING)
        if job.hidden and job.removed_at is None and newest is not None and newest.number == case.number:
            moderated_jobs.set_hidden(connection, job.id, hidden=False)
            case_jobs.mark_outdated(connection, job, now)
            post_changes.mark_due(connection, job.id, now)
            shown.append(job)
    return add_case(connection, new, shown, now) if shown else None
