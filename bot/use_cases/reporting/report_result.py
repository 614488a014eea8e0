"""Takes a member's report of a posted result: opens or joins its matter, and hides it once enough members report it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.matters import MatterKind
from bot.rules.reports import BETWEEN_DOUBTED, MOST_FALSE, Reporter, ReportReason, is_established, next_free
from bot.storage.engine.database import Connection
from bot.storage.matters import matters, reports
from bot.storage.matters.matters import Matter
from bot.storage.matters.reports import Report
from bot.storage.moderation import case_jobs, moderated_jobs
from bot.storage.remixes import results
from bot.storage.remixes.jobs import Job
from bot.storage.standing import member_blocks, policies
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.hide_result import HIDING, Hidden, hide_in, report_hidden
from bot.use_cases.reporting import report_words


class NotReported(StrEnum):
    """Why a report was not taken. `GONE`: the result is removed already. `OWN`: they made it themselves.

    `ONE_AT_A_TIME`: theirs were often called abuse, and the last one has yet to be decided.
    """

    NOT_FOUND = "not_found"
    GONE = "gone"
    OWN = "own"
    DONE_BEFORE = "done_before"
    ONE_AT_A_TIME = "one_at_a_time"


@dataclass(frozen=True, slots=True)
class TooOften:
    """They have reported too much lately, and can again from that moment on. `as_illegal`: only that reason waits.

    `as_doubted`: theirs were often called abuse in this server.
    """

    until: datetime
    as_illegal: bool = False
    as_doubted: bool = False


@dataclass(frozen=True, slots=True)
class NewReport:
    """`channel_id` and `message_id`: of the card that they saw."""

    guild_id: int
    channel_id: int
    message_id: int
    reporter: Reporter
    reason: ReportReason
    text: str | None


@dataclass(frozen=True, slots=True)
class Reported:
    """`changed`: the remixes whose messages are to be covered or deleted, because this report was one too many."""

    matter: Matter
    changed: Sequence[int] = ()


async def find_reported(core: Core, new: NewReport) -> Job | NotReported | TooOften:
    """Before Discord is asked about its author."""
    return await core.database.read(lambda connection: find_in(connection, new, core.clock()))


async def report_result(core: Core, new: NewReport, *, about_moderator: bool) -> Reported | NotReported | TooOften:
    """The caller has the messages of `changed` changed. `about_moderator`: its author moderates here, or might."""

    def report(connection: Connection) -> tuple[Reported, Hidden | None] | NotReported | TooOften:
        now = core.clock()
        job = find_in(connection, new, now)
        if not isinstance(job, Job):
            return job
        matter = open_with(connection, new, job, now, admins_only=about_moderator)
        hidden = _hide(connection, matter, job, now)
        return Reported(matters.get(connection, matter.id), hidden.job_ids if hidden else ()), hidden

    done = await core.database.transaction(report)
    if isinstance(done, NotReported | TooOften):
        return done
    reported, hidden = done
    if hidden is not None:
        report_hidden(core, hidden)
    core.news.post_change_due()
    return reported


def find_in(connection: Connection, new: NewReport, now: datetime) -> Job | NotReported | TooOften:
    job, user_id = moderated_jobs.find_by_message(connection, new.message_id), new.reporter.user_id
    if job is None or job.guild_id != new.guild_id:
        return NotReported.NOT_FOUND
    # The number of a message can be forged: only who was in its channel can report it.
    shown = [post for post in results.posts_of(connection, job.id) if post.message_id == new.message_id]
    if not any(post.channel_id == new.channel_id for post in shown):
        return NotReported.NOT_FOUND
    if job.removed_at is not None or all(post.deleted_at is not None for post in shown):
        return NotReported.GONE
    if job.user_id == user_id:
        return NotReported.OWN
    if reports.is_reported_by(connection, job.id, user_id):
        return NotReported.DONE_BEFORE
    free_at = next_free(reports.times_of(connection, user_id, now - timedelta(days=1)), now)
    return TooOften(free_at) if free_at is not None else _doubted(connection, new, now) or job


def _doubted(connection: Connection, new: NewReport, now: datetime) -> NotReported | TooOften | None:
    """Why somebody whose reports were often called abuse has to wait. Never with a report of illegal content."""
    user_id = new.reporter.user_id
    if new.reason is ReportReason.ILLEGAL or reports.count_false(connection, new.guild_id, user_id) < MOST_FALSE:
        return None
    last_at, is_open = reports.of_reporter(connection, new.guild_id, user_id)
    if is_open:
        return NotReported.ONE_AT_A_TIME
    if last_at is None or last_at + BETWEEN_DOUBTED <= now:
        return None
    return TooOften(last_at + BETWEEN_DOUBTED, as_doubted=True)


def open_with(connection: Connection, new: NewReport, job: Job, now: datetime, *, admins_only: bool) -> Matter:
    """Open the matter of that remix, or join it, with this report."""
    matter = matters.open_matter(
        connection,
        job.guild_id,
        MatterKind.REPORT,
        job.id,
        now,
        job_id=job.id,
        about_id=job.user_id,
        admins_only=admins_only,
    )
    if admins_only and not matter.admins_only:
        # Its author became a moderator after the first report.
        matters.restrict_to_admins(connection, matter.id, now)
    counts = is_trusted(connection, new, now)
    reports.add(connection, matter, Report(new.reporter.user_id, now, new.reason, new.text, counts))
    return matter


def is_trusted(connection: Connection, new: NewReport, now: datetime) -> bool:
    """Whether something may follow from this person's report before a moderator looks.

    Members who are blocked can report, because they see what others post, but are the likeliest to do it in revenge.
    """
    user_id, policy = new.reporter.user_id, policies.read(connection, new.guild_id)
    block = member_blocks.read(connection, new.guild_id, user_id)
    if block is not None and (block.until is None or block.until > now):
        return False
    if reports.count_false(connection, new.guild_id, user_id) >= MOST_FALSE:
        return False
    return is_established(new.reporter, policy.reporter_ages, now)


def _hide(connection: Connection, matter: Matter, job: Job, now: datetime) -> Hidden | None:
    """None: it stays as it is."""
    enough = policies.read(connection, job.guild_id).hiding_reports
    counting = sum(report.counts for report in reports.of_matter(connection, matter.id))
    if not enough or counting < enough or job.hidden:
        return None
    newest = case_jobs.newest_on(connection, job.id, HIDING)
    if newest is not None and newest.kind is CaseKind.UNHIDE and newest.at >= matter.opened_at:
        # A moderator has looked at it since, and shows it.
        return None
    acting = Acting(job.guild_id, BY_RULE, report_words.HIDDEN)
    hidden = hide_in(connection, acting, job, now, hidden=True)
    return hidden if isinstance(hidden, Hidden) else None
