"""Removes a result, or a member's last ones, with all that was made of the same pictures. Messages go afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.rules.cases import CaseKind
from bot.rules.job_states import JobState
from bot.rules.origins import Origin
from bot.rules.removals import Removal
from bot.storage.engine.database import Connection
from bot.storage.moderation import case_jobs, cases, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import families, jobs, post_changes
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.pictures.remember import pictures_of, remember_removed
from bot.use_cases.removal.end_reports import end_by_case
from bot.use_cases.removal.take_down import NOT_MADE, take_down

JOBS = "jobs"
"""In the details of a case that removed, hid or showed several remixes: their numbers, separated by spaces."""


@dataclass(frozen=True, slots=True)
class Removed:
    """`count`: how many results. `job_ids`: whose messages are to be deleted. `case` None: only messages were left.

    `remembers`: pictures like theirs are refused from now on.
    """

    case: Case | None
    count: int
    job_ids: Sequence[int]
    remembers: bool = False


@dataclass(frozen=True, slots=True)
class Purge:
    """Remove the newest `limit` results of a member, of those accepted `within` that time."""

    user_id: int
    limit: int
    within: timedelta | None = None


async def remove_result(core: Core, acting: Acting, job_id: int) -> Removed | NotModerated:
    """Everything made of it goes with it, waiting or posted, whoever made it.

    Commits first; the caller has the messages deleted then.
    """

    # In this order a crash leaves messages, and they are deleted after the next start. In the other order it would
    # leave no case, and pictures that are still kept.
    def remove(connection: Connection) -> Removed | NotModerated:
        job = jobs.find(connection, job_id)
        if job is None or job.guild_id != acting.guild_id:
            return NotModerated.NOT_FOUND
        if refused := _not_removable(job):
            return refused
        new = case_about(connection, acting, CaseKind.REMOVE, job)
        removed = remove_all(connection, new, families.branch_of(connection, job), core.clock())
        if removed is None:
            return NotModerated.NOTHING_SHOWN if job.removed_at is None else NotModerated.DONE_BEFORE
        return removed

    removed = await core.database.transaction(remove)
    if isinstance(removed, Removed):
        report_removed(core, removed)
    return removed


def find_purged(connection: Connection, acting: Acting, purge: Purge, now: datetime) -> Sequence[Job]:
    """The member's own remixes that a purge is about."""
    since = now - purge.within if purge.within is not None else None
    return moderated_jobs.visible_of_member(connection, acting.guild_id, purge.user_id, purge.limit, since)


def with_what_was_made_of_it(connection: Connection, theirs: Sequence[Job]) -> list[Job]:
    """What others made of the member's pictures goes too.

    A picture that somebody else sent, and that this member only pressed Again on, stays with the one who sent it.
    """
    found: dict[int, Job] = {}
    for job in theirs:
        for each in [job, *(families.branch_of(connection, job) if job.origin is not Origin.AGAIN else ())]:
            found.setdefault(each.id, each)
    return list(found.values())


def remove_all(connection: Connection, new: NewCase, found: Sequence[Job], now: datetime) -> Removed | None:
    """Every removal by a moderator ends here. The caller reports it. None: there is nothing left of these."""
    shown = pictures_of(connection, found)
    taken = take_down(connection, found, lambda _job: Removal.MODERATOR, now)
    left = {change.job_id for change in post_changes.of_jobs(connection, [job.id for job in found])}
    if not taken:
        return Removed(None, len(left), sorted(left)) if left else None
    case = add_case(connection, new, taken, now)
    remembers = remember_removed(connection, case, shown, now)
    return Removed(case, len(taken), [job.id for job in found], remembers)


def add_case(connection: Connection, new: NewCase, acted_on: Sequence[Job], now: datetime) -> Case:
    """A case about these remixes. Authors whose result was posted have to be shown its reason."""
    numbers = " ".join(str(job.id) for job in acted_on)
    several = len(acted_on) > 1 or new.kind is CaseKind.PURGE
    case = cases.add(connection, replace(new, details={**new.details, JOBS: numbers}) if several else new, now)
    # The private reply, or the failed remix in /my-remixes, says it to the others.
    unread = {job.id for job in acted_on if job.state is JobState.DELIVERED and job.user_id != new.actor_id}
    tells = new.reason is not None and new.kind is not CaseKind.UNHIDE
    case_jobs.add(connection, case, acted_on, now, unread=unread if tells else ())
    end_by_case(connection, case, acted_on, now)
    return case


def report_removed(core: Core, removed: Removed) -> None:
    if removed.case is not None:
        core.news.case_added(removed.case)
    for job_id in removed.job_ids:
        core.news.job_changed(job_id)


def _not_removable(job: Job) -> NotModerated | None:
    """One that was removed before may have left messages, or others of the same picture."""
    if job.removed_at is not None:
        return None
    if job.state is JobState.QUEUED:
        return NotModerated.WAITS
    return NotModerated.NOTHING_SHOWN if job.state in NOT_MADE else None
