"""Finds and empties the rows of a person or a server whose data is to be erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.erasures import ErasureKind
from bot.rules.job_states import FINAL
from bot.rules.log_kinds import LogKind
from bot.rules.origins import Origin
from bot.rules.removals import Removal
from bot.storage.drafts import drafts
from bot.storage.engine.tables import metadata
from bot.storage.engine.tables.moderation import evidence, log_entries, log_posts, refusals
from bot.storage.engine.tables.remixes import jobs, posts, results
from bot.storage.privacy.erasures import Erasure
from bot.storage.privacy.forgetting import forget_history
from bot.storage.remixes.jobs import Job, select_jobs
from bot.storage.remixes.results import Post

_OF_JOBS = (LogKind.REMIX, LogKind.FAILURE, LogKind.DELETION, LogKind.HELD_BACK)
_SERVER_KEEPS = frozenset({"jobs", "reservations", "server_spending"})
"""The money of a server. All its other rows go."""


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A message with results that is to be deleted."""

    job_id: int
    post: Post


@dataclass(frozen=True, slots=True)
class LogPost:
    """A message in a log channel with an entry about an erased job."""

    guild_id: int
    channel_id: int
    message_id: int
    job_id: int


def next_jobs(connection: Connection, erasure: Erasure, limit: int) -> Sequence[Job]:
    """The next jobs of the person or the server, in the order of their numbers."""
    numbers = (jobs.c.id > erasure.erased_up_to, jobs.c.id <= erasure.last_job)
    return select_jobs(
        connection, sa.select(jobs).where(_is_theirs(erasure), *numbers).order_by(jobs.c.id).limit(limit)
    )


def are_left(connection: Connection, erasure: Erasure) -> bool:
    """Whether some of the jobs are not emptied, because they are being made or delivered."""
    left = sa.select(jobs.c.id).where(jobs.c.erasure_id == erasure.id, jobs.c.forgotten_at.is_(None))
    return connection.execute(left.limit(1)).first() is not None


def made_from(connection: Connection, job: Job) -> Sequence[Job]:
    """The remixes that go on from that one and have its author's picture or words in them, and all after those."""
    after = sa.select(jobs).where(jobs.c.root_id == job.root, jobs.c.id > job.id).order_by(jobs.c.id)
    family = select_jobs(connection, after)
    if job.root_id is None:
        return family
    # The source is somebody else's. The job's own are its result, and its words unless Again took them over too.
    own = {Origin.RESULT} if job.origin is Origin.AGAIN else {Origin.RESULT, Origin.AGAIN}
    found: dict[int, Job] = {}
    for each in family:
        if each.parent_id in found or (each.parent_id == job.id and each.origin in own):
            found[each.id] = each
    return list(found.values())


def claim_job(connection: Connection, job_id: int, erasure: Erasure, removal: Removal, now: datetime) -> None:
    """Nothing of it is shown any more, and nobody can go on from it. Keeps an earlier removal."""
    values = {
        "erasure_id": erasure.id,
        "removal": sa.func.coalesce(jobs.c.removal, removal.value),
        "removed_at": sa.func.coalesce(jobs.c.removed_at, sa.bindparam("now", now, type_=jobs.c.removed_at.type)),
    }
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(values))


def empty_job(connection: Connection, job: Job, now: datetime) -> list[str]:
    """Delete everything about the job but its money, its state, its times and its author.

    Returns the names of its pictures, whose files may be needed for other jobs.
    """
    made = connection.scalars(sa.select(results.c.hash).where(results.c.job_id == job.id))
    kept = drafts.forget_of_jobs(connection, [job.id])
    named = [name for name in (job.source_hash, *made, *kept) if name is not None]
    nothing = {"hash": None, "url": None, "seed": None}
    connection.execute(sa.update(results).where(results.c.job_id == job.id).values(nothing))
    unknown = {"source_hash": None, "source_author_id": None, "source_channel_id": None}
    connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(unknown))
    forget_history(connection, [job.id], now)
    pending = (
        log_entries.c.guild_id == job.guild_id,
        log_entries.c.kind.in_(_OF_JOBS),
        log_entries.c.subject == job.id,
    )
    connection.execute(sa.delete(log_entries).where(*pending))
    return named


def forget_token(connection: Connection, job_id: int) -> None:
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(FINAL)).values(reply_token=None))


def delete_refusals(connection: Connection, user_id: int, limit: int) -> int:
    """Delete some of the person's refusals in all servers. Returns how many; call again until it is 0."""
    # No index begins with the person. Reading all refusals of 90 days is no matter for something so rare.
    some = sa.select(refusals.c.id).where(refusals.c.user_id == user_id).limit(limit)
    return connection.execute(sa.delete(refusals).where(refusals.c.id.in_(some))).rowcount


def delete_server_rows(connection: Connection, guild_id: int) -> None:
    """Delete every row of the server that is not about money."""
    of_server = sa.select(jobs.c.id).where(jobs.c.guild_id == guild_id)
    connection.execute(sa.delete(evidence).where(evidence.c.job_id.in_(of_server)))
    # Children before the parents that they refer to.
    for table in reversed(metadata.sorted_tables):
        if "guild_id" in table.c and table.name not in _SERVER_KEEPS:
            connection.execute(sa.delete(table).where(table.c.guild_id == guild_id))


def shown_posts(connection: Connection, erasure: Erasure, after: tuple[int, int], limit: int) -> Sequence[ShownPost]:
    """Messages that still stand, in the order of their jobs and parts. `after`: the last one of the call before."""
    place = sa.tuple_(posts.c.job_id, posts.c.part)
    standing = (posts.c.job_id.in_(_erased_jobs(erasure)), posts.c.deleted_at.is_(None), place > after)
    query = sa.select(posts).where(*standing).order_by(posts.c.job_id, posts.c.part).limit(limit)
    return [
        ShownPost(
            row.job_id,
            Post(row.part, row.channel_id, row.message_id, tuple(map(int, row.positions.split(","))), row.deleted_at),
        )
        for row in connection.execute(query)
    ]


def forget_posts(connection: Connection, erasure: Erasure, *, standing: bool) -> int:
    """Forget where messages are that are gone, or with `standing` also those that cannot be reached."""
    which = [posts.c.job_id.in_(_erased_jobs(erasure))]
    if not standing:
        which.append(posts.c.deleted_at.is_not(None))
    return connection.execute(sa.delete(posts).where(*which)).rowcount


def log_messages(connection: Connection, erasure: Erasure) -> Sequence[LogPost]:
    """Messages in log channels with entries about erased remixes of the person."""
    if erasure.kind is ErasureKind.SERVER:
        return []
    columns = (log_posts.c.guild_id, log_posts.c.channel_id, log_posts.c.message_id, jobs.c.id)
    about = (log_posts.c.guild_id == jobs.c.guild_id, log_posts.c.kind.in_(_OF_JOBS), log_posts.c.subject == jobs.c.id)
    query = sa.select(*columns).distinct().select_from(jobs).join(log_posts, sa.and_(*about))
    return [LogPost(*row) for row in connection.execute(query.where(jobs.c.id.in_(_erased_jobs(erasure))))]


def forget_log_message(connection: Connection, message: LogPost) -> None:
    """It no longer quotes what is erased."""
    this = (log_posts.c.guild_id == message.guild_id, log_posts.c.message_id == message.message_id)
    entry = (log_posts.c.kind.in_(_OF_JOBS), log_posts.c.subject == message.job_id)
    connection.execute(sa.delete(log_posts).where(*this, *entry))


def _is_theirs(erasure: Erasure) -> sa.ColumnElement[bool]:
    if erasure.kind is ErasureKind.SERVER:
        return jobs.c.guild_id == erasure.subject_id
    # Also what others made from pictures of their messages, and from their avatar.
    return sa.or_(jobs.c.user_id == erasure.subject_id, jobs.c.source_author_id == erasure.subject_id)


def _erased_jobs(erasure: Erasure) -> "sa.Select[tuple[int]]":
    return sa.select(jobs.c.id).where(jobs.c.erasure_id == erasure.id)
