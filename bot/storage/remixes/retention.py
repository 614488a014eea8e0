"""Which pictures are still needed, and letting go of the rest."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.storage.engine.tables import jobs, results
from bot.storage.remixes.jobs import Job, select_jobs


def find_undelivered(connection: Connection, before: datetime, guild_id: int | None = None) -> Sequence[Job]:
    """Paid results that nobody has fetched since, of one server or of all: here and below."""
    where = (jobs.c.state == JobState.GENERATED, jobs.c.generated_at < before, *_in_server(guild_id))
    return select_jobs(connection, sa.select(jobs).where(*where))


def _in_server(guild_id: int | None) -> tuple[sa.ColumnElement[bool], ...]:
    return () if guild_id is None else (jobs.c.guild_id == guild_id,)


def forget_sources(connection: Connection, before: datetime, guild_id: int | None = None) -> int:
    """Unname the sources of jobs that were over before then. Returns how many jobs."""
    old = (jobs.c.source_hash.is_not(None), jobs.c.finished_at < before, *_in_server(guild_id))
    return connection.execute(sa.update(jobs).where(*old).values(source_hash=None)).rowcount


def forget_reply_tokens(connection: Connection, before: datetime) -> int:
    """Blank the tokens of jobs accepted before then: Discord has forgotten them long ago. Returns how many.

    An empty one is none: it says that a bad end is still to be told.
    """
    old = (jobs.c.reply_token.is_not(None), jobs.c.reply_token != "", jobs.c.accepted_at < before)
    return connection.execute(sa.update(jobs).where(*old).values(reply_token=None)).rowcount


def forget_results(connection: Connection, before: datetime, guild_id: int | None = None) -> int:
    """Unname the results of jobs that were over before then. Returns how many pictures."""
    # From what is kept to its job, so that it does not go through the whole history.
    job = (jobs.c.id == results.c.job_id, jobs.c.finished_at < before, *_in_server(guild_id))
    unname = sa.update(results).where(results.c.hash.is_not(None), sa.exists().where(*job))
    return connection.execute(unname.values(hash=None)).rowcount


def forget_old_links(connection: Connection, before: datetime) -> int:
    """Blank the links of fetched pictures that were answered before then, and wait for their person. Returns how many.

    They no longer lead anywhere.
    """
    waiting = sa.select(jobs.c.id).where(jobs.c.state == JobState.GENERATED, jobs.c.generated_at < before)
    old = (results.c.url.is_not(None), results.c.hash.is_not(None), results.c.job_id.in_(waiting))
    return connection.execute(sa.update(results).where(*old).values(url=None)).rowcount


def forget_job(connection: Connection, job_id: int) -> None:
    """Unname all pictures of one job that is over."""
    connection.execute(sa.update(results).where(results.c.job_id == job_id).values(hash=None, url=None))
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(source_hash=None))


def unreferenced(connection: Connection, names: Iterable[str]) -> list[str]:
    """Those of the hashes that no job and no result names."""
    return [name for name in names if not _is_named(connection, name)]


def _is_named(connection: Connection, name: str) -> bool:
    by_result = sa.select(results.c.job_id).where(results.c.hash == name)
    by_job = sa.select(jobs.c.id).where(jobs.c.source_hash == name)
    return any(connection.execute(query.limit(1)).first() for query in (by_result, by_job))
