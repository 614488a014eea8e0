"""Finds the jobs that share a source picture: the first one, and everything that members went on to make of it."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.rules.origins import Origin
from bot.rules.removals import Removal, passed_on
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.privacy import opt_outs
from bot.storage.engine.tables.remixes import UtcTime, jobs
from bot.storage.remixes import results
from bot.storage.remixes.jobs import Job, find, select_jobs
from bot.storage.remixes.results import Post


def family_of(connection: Connection, job: Job) -> list[Job]:
    """All jobs with the root of that one, which is among them; oldest first."""
    of_root = sa.or_(jobs.c.id == job.root, jobs.c.root_id == job.root)
    return select_jobs(connection, sa.select(jobs).where(of_root).order_by(jobs.c.id))


def branch_of(connection: Connection, job: Job) -> list[Job]:
    """The remixes with the same inputs as that one, and all that members went on to make of them; oldest first.

    For a first remix and its Agains that is the whole family. An Edit, or a remix of a result, begins something new: if
    that breaks the rules, the first remix and its author did not.
    """
    family = {each.id: each for each in family_of(connection, job)}
    first = job
    while first.origin is Origin.AGAIN and first.parent_id in family:
        first = family[first.parent_id]
    # The pictures of a set are shown on one card.
    found = {each.id: each for each in family.values() if each.id == first.id or _are_together(each, first)}
    for each in family.values():
        if each.parent_id in found:
            found[each.id] = each
    return list(found.values())


def _are_together(one: Job, other: Job) -> bool:
    return one.set_id is not None and one.set_id == other.set_id


_MARK_REMOVED = PreparedStatement(
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("job"), jobs.c.removed_at.is_(None))
    .values(removed_at=sa.bindparam("at", type_=UtcTime), removal=sa.bindparam("how", type_=sa.Text))
)


def mark_removed(connection: Connection, job_id: int, removal: Removal, now: datetime) -> None:
    """Record that the results were taken down, so that they are never shown again. Keeps the first time."""
    _MARK_REMOVED.change(connection, {"job": job_id, "at": now, "how": removal})


def bring_back(connection: Connection, job_id: int, source_hash: str | None) -> None:
    """It was taken down for nothing. Its messages stay deleted."""
    values = {"removed_at": None, "removal": None, "source_hash": source_hash}
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(values))


_ROOT_REMOVAL = PreparedStatement(
    sa.select(jobs.c.removal).where(jobs.c.id == sa.bindparam("root"), jobs.c.removed_at.is_not(None))
)


def removal_of(connection: Connection, job: Job) -> Removal | None:
    """How the job, or the first job with its picture, was taken down. None: neither was.

    Taking down the first one marks all others that there are. This catches what was accepted before roots were known.
    """
    if job.removed_at is not None:
        return job.removal or Removal.MODERATOR
    root_removal = _ROOT_REMOVAL.scalar(connection, {"root": job.root}) if job.root_id is not None else None
    return passed_on(Removal(root_removal)) if root_removal is not None else None


_OWNER_OPTED_OUT = PreparedStatement(
    sa.select(opt_outs.c.user_id)
    .select_from(jobs.join(opt_outs, opt_outs.c.user_id == sa.func.coalesce(jobs.c.source_author_id, jobs.c.user_id)))
    .where(jobs.c.id == sa.bindparam("root"), opt_outs.c.user_id != sa.bindparam("author"))
)


def stopped_by(connection: Connection, job: Job) -> Removal | None:
    """Why the job must be neither paid for nor shown: it was taken down, or the picture's author has opted out.

    None: nothing stops it.
    """
    if removal := removal_of(connection, job):
        return removal
    if job.root_id is None and job.source_author_id is None:
        return None
    opted_out = _OWNER_OPTED_OUT.scalar(connection, {"root": job.root, "author": job.user_id})
    return Removal.OWNER if opted_out is not None else None


_OWNER = PreparedStatement(
    sa.select(sa.func.coalesce(jobs.c.source_author_id, jobs.c.user_id)).where(jobs.c.id == sa.bindparam("job"))
)


def owner_of(connection: Connection, job: Job) -> int | None:
    """The person whose picture it was made from: the author of the message it was taken from, or who sent it.

    Members who press Again send none. None: that job is deleted.
    """
    owner: int | None = _OWNER.scalar(connection, {"job": job.root})
    return owner


@dataclass(frozen=True, slots=True)
class Relative:
    """A remix that another one was made from, or that was made from it.

    `post`: its message in the same channel. None: it has none there, or it is hidden or removed, and then its prompt is
    left out too.
    """

    job_id: int
    user_id: int
    prompt: str = field(default="", repr=False)
    post: Post | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """`ancestors`: the nearest first. `children`: the oldest first; `has_more` if there are others."""

    ancestors: tuple[Relative, ...] = ()
    children: tuple[Relative, ...] = ()
    has_more: bool = False


def parent_of(connection: Connection, job: Job) -> Relative | None:
    """The remix whose result is the source of that job. None: its source is a member's picture."""
    parent = find(connection, job.parent_id) if job.origin is Origin.RESULT and job.parent_id is not None else None
    return _relative(connection, job, parent, job.parent_position) if parent is not None else None


def lineage_of(connection: Connection, job: Job, *, most_ancestors: int, most_children: int) -> Lineage:
    ancestors: list[Relative] = []
    child = job
    while child.parent_id is not None and len(ancestors) < most_ancestors:
        parent = find(connection, child.parent_id)
        if parent is None:
            break
        ancestors.append(_relative(connection, job, parent, child.parent_position))
        child = parent
    # By the root, because it has an index and the parent has none.
    made = sa.select(jobs).where(
        jobs.c.root_id == job.root, jobs.c.parent_id == job.id, jobs.c.state == JobState.DELIVERED
    )
    found = select_jobs(connection, made.order_by(jobs.c.id).limit(most_children + 1))
    children = tuple(_relative(connection, job, child, None) for child in found[:most_children])
    return Lineage(tuple(ancestors), children, len(found) > most_children)


def _relative(connection: Connection, seen_from: Job, job: Job, position: int | None) -> Relative:
    # Who reads of it can read that channel. Another one may be private.
    if job.hidden or job.removed_at is not None or job.channel_id != seen_from.channel_id:
        return Relative(job.id, job.user_id)
    for post in results.posts_of(connection, job.id):
        if post.deleted_at is None and (position is None or position in post.positions):
            return Relative(job.id, job.user_id, job.prompt, post)
    return Relative(job.id, job.user_id)
