"""Ends jobs: state, money, cooldown, quota, links and pictures change in the caller's transaction."""

from datetime import datetime

from bot.rules import strikes as rules
from bot.rules.failures import REJECTED, SAFETY_REFUSALS, FailureKind, is_uncounted, was_charged
from bot.rules.job_states import JobState
from bot.rules.points import PointKind
from bot.rules.prices import COST_REPORTED
from bot.rules.removals import Removal, ends_unmade, ends_unshown
from bot.rules.rescues import KEPT_FOR, after_failure
from bot.rules.strikes import StrikeKind
from bot.storage.drafts import drafts
from bot.storage.engine.database import Connection
from bot.storage.moderation import points
from bot.storage.remixes import claims, jobs, ledger, post_changes, quotas, results, retention, strikes
from bot.storage.remixes.jobs import Job
from bot.storage.review import in_review
from bot.storage.sets import sets
from bot.use_cases.pictures.remember import remember_unsafe


def fail_job(connection: Connection, job: Job, kind: FailureKind, now: datetime, *, cost_micros: int = 0) -> None:
    """Fail the job. `cost_micros`: what Ideogram billed for the failure. Money that was settled before stays settled.

    Raises StaleMoveError if the job is no longer in the state it was read in.
    """
    # A set is one request: one entry in the log for each reason, and one refusal of those that block its author.
    known = sets.failures_of_others(connection, job)
    # A moderator's case says it there.
    jobs.fail(connection, job, kind, now, in_log=kind not in known and kind is not FailureKind.REVIEW_REFUSED)
    if job.state is JobState.IN_REVIEW:
        in_review.has_ended(connection, job, kind, now)
        # Nobody can bring it back, and nobody but its author and moderators was to see it.
        retention.forget_results_of(connection, job.id)
    sets.make_due(connection, job, now)
    results.forget_links(connection, job.id)
    if kind is FailureKind.PICTURE_UNSAFE:
        remember_unsafe(connection, job, now)
    let_failed_source_go(connection, job, kind, now)
    if cost_micros:
        jobs.record_event(connection, jobs.get(connection, job.id), COST_REPORTED, now)
        ledger.settle(connection, job.id, cost_micros, now)
    elif not was_charged(kind):
        ledger.release(connection, job.id, now)
    if kind in SAFETY_REFUSALS and not known & SAFETY_REFUSALS:
        strikes.add(connection, StrikeKind.SAFETY, job, now)
        points.add(connection, PointKind.SAFETY, job.guild_id, job.user_id, now, job_id=job.id)
    if kind in REJECTED:
        give_back(connection, job, now)
    elif is_uncounted(kind):
        uncount(connection, job.id)


def let_failed_source_go(connection: Connection, job: Job, kind: FailureKind, now: datetime) -> None:
    """Stop keeping its source, but for some minutes if its author can use it again."""
    if job.source_hash is not None and job.removed_at is None and after_failure(kind):
        until = now + KEPT_FOR
        drafts.keep_source(connection, job.id, job.guild_id, job.user_id, job.source_hash, until)
    retention.let_source_go(connection, job.id, now)


def end_removed(connection: Connection, job: Job, now: datetime) -> None:
    """End a job whose result was taken down before it was posted. Its cost stays; its pictures are deleted."""
    fail_job(connection, job, ends_unshown(job.removal), now)
    retention.forget_job(connection, job.id)
    post_changes.mark_due(connection, job.id, now)


def end_unmade(connection: Connection, job: Job, removal: Removal | None, now: datetime) -> None:
    """End a queued job whose picture was taken down. Nothing was paid."""
    fail_job(connection, job, ends_unmade(removal), now)
    retention.forget_job(connection, job.id)


def finish_delivery(connection: Connection, job: Job, cause: str, now: datetime, *, in_log: bool = True) -> Job:
    """Record that the author has the results. Returns the job as it is now.

    `job`: as it was shown. If it was removed, hidden or shown again since, its messages are to be changed. `in_log`
    False: the server's log shows another job of its set. Changes nothing if the job is no longer under the claim of
    `job`: it is on record already, or another process looks for the message and records it.
    """
    if job.lease is not None and claims.find_held(connection, job) is None:
        return jobs.get(connection, job.id)
    # Links are secrets: anyone can fetch the picture with them for a day. They are only kept while they are needed.
    results.forget_links(connection, job.id)
    move = (JobState.GENERATED, JobState.DELIVERED)
    jobs.move(connection, job.id, move, cause=cause, now=now, holder=job, in_log=in_log)
    delivered = jobs.get(connection, job.id)
    if delivered.removed_at is not None:
        retention.forget_job(connection, job.id)
    # The message of an earlier attempt was not drawn again when it was found.
    found_perhaps = job.posting_at is not None and delivered.hidden
    if delivered.removed_at is not None or delivered.hidden != job.hidden or found_perhaps:
        post_changes.mark_due(connection, job.id, now)
    return delivered


def release_undelivered(
    connection: Connection, job: Job, due_at: datetime | None, *, attempts: int, now: datetime
) -> Job:
    """Release the claim until `due_at`, or end the job if a moderator has removed it. Returns it as it is now."""
    claims.release(connection, job, due_at, attempts=attempts)
    released = jobs.get(connection, job.id)
    if released.removed_at is not None and released.state is JobState.GENERATED and released.lease is None:
        end_removed(connection, released, now)
    return jobs.get(connection, job.id)


def try_cancel(connection: Connection, job_id: int, cause: str, now: datetime, *, keeps_cooldown: bool = False) -> bool:
    """Cancel a waiting job; nothing was charged. False: it is not waiting any more."""
    cancel = (JobState.QUEUED, JobState.CANCELLED)
    if not jobs.try_move(connection, job_id, cancel, cause=cause, now=now):
        return False
    ledger.release(connection, job_id, now)
    sets.make_due(connection, jobs.get(connection, job_id), now)
    retention.let_source_go(connection, job_id, now)
    if keeps_cooldown:
        quotas.uncount(connection, job_id)
    else:
        uncount(connection, job_id)
    return True


def give_back(connection: Connection, job: Job, now: datetime) -> None:
    """Uncount a remix that was rejected, or whose outcome is unknown, unless too many of them were free before.

    A picture that makes Ideogram fail would otherwise cost its sender nothing however often it is sent, while its
    unresolved money uses up the budget of everybody.
    """
    since = now - rules.KEPT_FOR
    is_free = rules.is_given_back(
        earlier_of_person=strikes.count_failures(connection, job.user_id, since),
        earlier_of_picture=strikes.count_failures_of_picture(connection, job.source_hash, since),
    )
    strikes.add(connection, StrikeKind.GIVEN_BACK, job, now)
    if is_free:
        uncount(connection, job.id)


def uncount(connection: Connection, job_id: int) -> None:
    """Stop counting the remix against its author's cooldown and quota."""
    sets.pass_cooldown_on(connection, job_id)
    ledger.clear_cooldown(connection, job_id)
    quotas.uncount(connection, job_id)
