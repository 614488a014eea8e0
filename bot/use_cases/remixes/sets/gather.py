"""Decides when the pictures of a set are shown, and which of its jobs shows them for all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter

import structlog

from bot.rules.job_states import WAITING, JobState
from bot.rules.sets import LONGEST_WAIT
from bot.storage.engine.database import Connection
from bot.storage.remixes import claims, jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.sets import sets
from bot.use_cases.core import Core
from bot.use_cases.ports import Delivery, ResultPicture
from bot.use_cases.remixes.endings import finish_delivery
from bot.use_cases.remixes.fetch_results import load_delivery

# Whatever ends the last call makes the others due at once. This is for what has slipped through.
_LOOK_AGAIN = timedelta(seconds=20)

log = structlog.get_logger(__name__)


async def gather(core: Core, own: Delivery) -> Delivery | None:
    """What to show: one picture of each job of the set. None: the job waits, or another job shows its picture.

    `own`: the job's own results, fetched. Raises OSError if a file cannot be read at the moment.
    """
    together = await core.database.transaction(_decide, own.job, core.clock())
    if together is None:
        return None
    everyone, shown = together
    if len(everyone) == 1:
        return own
    loaded = [own if job.id == own.job.id else await _load(core, job) for job in shown]
    loaded = [each for each in loaded if each.pictures]
    own = replace(own, together=tuple(everyone))
    if len(loaded) == 1:
        return own
    return replace(
        own,
        pictures=[_first_picture(each) for each in loaded],
        withheld=sum(each.withheld for each in loaded),
        lost=sum(each.lost for each in loaded),
        companions=tuple(each.job for each in loaded if each.job.id != own.job.id),
    )


async def _load(core: Core, job: Job) -> Delivery:
    answered = await core.database.read(results.of_job, job.id)
    return await core.blobs.in_thread(load_delivery, core.blobs, job, answered)


def _first_picture(delivery: Delivery) -> ResultPicture:
    """One picture of each call, numbered by the place of its job in the set."""
    first, place = delivery.pictures[0], delivery.job.set_position
    return replace(first, result=replace(first.result, position=place or 0))


def _decide(connection: Connection, job: Job, now: datetime) -> tuple[Sequence[Job], Sequence[Job]] | None:
    """Returns all jobs of the set, and those to show now; the job alone if the others are shown already.

    One job shows them all: the one that began to first, else the first. The job is released here if it waits, because
    the last one to be ready must find it free.
    """
    everyone = sets.with_siblings(connection, job)
    if not any((each.id, each.lease, each.claim) == (job.id, job.lease, job.claim) for each in everyone):
        # Another job of the set has just shown its picture.
        return None
    if any(each.state is JobState.DELIVERED for each in everyone):
        return [job], [job]
    made = [each for each in everyone if each.state is JobState.GENERATED and each.removed_at is None]
    # One that was made late is not posted beside those that moderators have published: they have not seen it.
    made = [each for each in made if (each.approved_at is None) == (job.approved_at is None)]
    since = min((each.generated_at for each in made if each.generated_at), default=now)
    ready = [each for each in made if each.id == job.id or _is_fetched(connection, each)]
    is_waiting = len(ready) < len(made) or any(each.state in WAITING for each in everyone)
    if is_waiting and since <= now < since + LONGEST_WAIT:
        claims.release(connection, job, now + _LOOK_AGAIN, attempts=job.attempts)
        return None
    # A restore marks them all as begun, so the one that began first: its card may be there.
    begun = [(each.posting_at, each) for each in ready if each.posting_at is not None]
    shows = min(begun, key=itemgetter(0))[1] if begun else ready[0] if ready else job
    if shows.id == job.id:
        return everyone, [each for each in ready if each.id == job.id or _may_be_on_card(each, shows)]
    # One that could not be posted is kept for its author, and the others with it.
    is_kept = shows.due_at is None and shows.lease is None
    claims.release(connection, job, None if is_kept else now + _LOOK_AGAIN, attempts=job.attempts)
    # That one alone: were this job due too, it would look again at once, for as long as the other one posts or waits.
    sets.make_one_due(connection, shows.id, now)
    return None


def _may_be_on_card(job: Job, shows: Job) -> bool:
    """False: it was made after the first attempt to post. If that card is in the channel, the picture is not on it."""
    return shows.posting_at is None or job.generated_at is None or job.generated_at <= shows.posting_at


def _is_fetched(connection: Connection, job: Job) -> bool:
    return all(each.hash is not None for each in results.of_job(connection, job.id) if each.url is not None)


def finish_together(connection: Connection, delivery: Delivery, cause: str, now: datetime) -> Job:
    """Record that the author has what was shown. Returns the job that showed it, as it is now."""
    if claims.find_held(connection, delivery.job) is None:
        return jobs.get(connection, delivery.job.id)
    for each in delivery.companions:
        if jobs.get(connection, each.id).state is JobState.GENERATED:
            shown = replace(jobs.get(connection, each.id), hidden=delivery.job.hidden)
            finish_delivery(connection, shown, cause, now, in_log=False)
    return finish_delivery(connection, delivery.job, cause, now)


def keep_together(connection: Connection, delivery: Delivery) -> None:
    """It cannot be posted and is kept for its author, and so is the rest of its set."""
    if delivery.together and delivery.job.set_id is not None:
        sets.keep(connection, delivery.job.set_id)
