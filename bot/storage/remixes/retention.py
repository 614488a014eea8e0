"""Finds out which pictures, links and tokens are no longer needed, and removes them from the rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.storage.drafts import drafts
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.drafts import drafts as all_drafts
from bot.storage.engine.tables.listed_pictures import PRINTS_ARE_MISSING, listed_pictures
from bot.storage.engine.tables.moderation import evidence
from bot.storage.engine.tables.remixes import UtcTime, jobs, results, unneeded_pictures
from bot.storage.engine.tables.sealed import sealed_evidence, unsealed_pictures
from bot.storage.remixes.jobs import Job, select_jobs

_UNDELIVERED = (JobState.GENERATED, JobState.IN_REVIEW)


def find_undelivered(connection: Connection, before: datetime, guild_id: int | None = None) -> Sequence[Job]:
    """Jobs whose results were paid for before `before` and never delivered. `guild_id` None: in all servers."""
    where = (jobs.c.state.in_(_UNDELIVERED), jobs.c.generated_at < before, *_in_server(guild_id))
    return select_jobs(connection, sa.select(jobs).where(*where))


def _in_server(guild_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    return () if guild_id is None else (jobs.c.guild_id == guild_id,)


_OF_JOB = jobs.c.id == sa.bindparam("job")
_IS_LISTED = sa.exists().where(unneeded_pictures.c.hash == jobs.c.source_hash)
_LIST_SOURCE = PreparedStatement(
    sa.insert(unneeded_pictures).from_select(
        ("hash", "since"),
        sa.select(jobs.c.source_hash, sa.bindparam("now", type_=UtcTime)).where(
            _OF_JOB, jobs.c.source_hash.is_not(None), ~_IS_LISTED
        ),
    )
)
_UNNAME_SOURCE = PreparedStatement(sa.update(jobs).where(_OF_JOB).values(source_hash=sa.null()))


def let_source_go(connection: Connection, job_id: int, now: datetime) -> None:
    """Stop keeping the source of a job that ended with nothing delivered. Its file is deleted within minutes.

    Other jobs that name the same picture keep it. Nothing else lets the source of a single job go.
    """
    _LIST_SOURCE.change(connection, {"job": job_id, "now": now})
    _UNNAME_SOURCE.change(connection, {"job": job_id})


def list_unneeded(connection: Connection, hash_: str, now: datetime) -> None:
    """A stored picture that no job took. Its file is deleted within minutes, unless a job names it."""
    listed = sa.select(unneeded_pictures.c.hash).where(unneeded_pictures.c.hash == hash_)
    if connection.execute(listed).first() is None:
        connection.execute(sa.insert(unneeded_pictures).values(hash=hash_, since=now))


def unneeded(connection: Connection, since_before: datetime, limit: int) -> Sequence[str]:
    """Up to `limit` pictures that were let go before that time, those that have waited longest first."""
    old = sa.select(unneeded_pictures.c.hash).where(unneeded_pictures.c.since < since_before)
    return list(connection.scalars(old.order_by(unneeded_pictures.c.since).limit(limit)))


def unlist_unneeded(connection: Connection, names: Sequence[str]) -> None:
    """Their files are gone, or a job names them again."""
    connection.execute(sa.delete(unneeded_pictures).where(unneeded_pictures.c.hash.in_(names)))


def forget_sources(connection: Connection, before: datetime, guild_id: int | None = None) -> int:
    """Clear the sources of jobs that ended before `before`. Returns how many jobs. The sweep deletes the files."""
    old = (jobs.c.source_hash.is_not(None), jobs.c.finished_at < before, *_in_server(guild_id))
    return connection.execute(sa.update(jobs).where(*old).values(source_hash=None)).rowcount


def forget_reply_tokens(connection: Connection, before: datetime) -> int:
    """Clear the reply tokens of jobs accepted before `before`, which have expired. Returns how many."""
    # An empty token stays: it means that the author has yet to be notified of a bad end.
    old = (jobs.c.reply_token.is_not(None), jobs.c.reply_token != "", jobs.c.accepted_at < before)
    # Moderators may refuse it after that.
    kept = sa.case((jobs.c.state == JobState.IN_REVIEW, ""), else_=sa.null())
    return connection.execute(sa.update(jobs).where(*old).values(reply_token=kept)).rowcount


def forget_results(connection: Connection, before: datetime, guild_id: int | None = None) -> int:
    """Clear the results of jobs that ended before `before`. Returns how many pictures."""
    # EXISTS starts at the pictures that are still kept (ix_results_hash). IN (SELECT ...) would start at all old jobs.
    job = (jobs.c.id == results.c.job_id, jobs.c.finished_at < before, *_in_server(guild_id))
    unname = sa.update(results).where(results.c.hash.is_not(None), sa.exists().where(*job))
    return connection.execute(unname.values(hash=None)).rowcount


def forget_results_of(connection: Connection, job_id: int) -> None:
    """Clear the pictures that were made for that job. The sweep deletes the files."""
    connection.execute(sa.update(results).where(results.c.job_id == job_id).values(hash=None, url=None))


def forget_old_links(connection: Connection, before: datetime) -> int:
    """Clear the links of stored pictures that were made before `before` and wait for their author. Returns how many.

    By then the links have expired.
    """
    waiting = sa.select(jobs.c.id).where(jobs.c.state.in_(_UNDELIVERED), jobs.c.generated_at < before)
    old = (results.c.url.is_not(None), results.c.hash.is_not(None), results.c.job_id.in_(waiting))
    return connection.execute(sa.update(results).where(*old).values(url=None)).rowcount


def forget_job(connection: Connection, job_id: int) -> None:
    """Clear all pictures of one job that has ended."""
    forget_results_of(connection, job_id)
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(source_hash=None))
    drafts.forget_of_jobs(connection, [job_id])


_NAMES = (
    *(results.c.hash, jobs.c.source_hash, evidence.c.hash, all_drafts.c.source_hash),
    # Pictures that are still to be sealed, and the sealed files.
    *(unsealed_pictures.c.hash, sealed_evidence.c.sealed),
)
"""Every column that names a stored file."""
_UNPRINTED = sa.select(listed_pictures.c.hash).where(PRINTS_ARE_MISSING)
"""An entry of a list names its file until the fingerprints are made."""


def unreferenced(connection: Connection, names: Iterable[str]) -> list[str]:
    """Those of the hashes that nothing names any more."""
    return [name for name in names if not _is_referenced(connection, name)]


def all_named(connection: Connection) -> set[str]:
    """The hashes that something names."""
    named = sa.union(*(sa.select(column).where(column.is_not(None)) for column in _NAMES), _UNPRINTED)
    return set(connection.scalars(named))


def _is_referenced(connection: Connection, name: str) -> bool:
    queries = [sa.select(column).where(column == name) for column in _NAMES]
    queries.append(_UNPRINTED.where(listed_pictures.c.hash == name))
    return any(connection.execute(each.limit(1)).first() for each in queries)
