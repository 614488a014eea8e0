"""Stores what moderators allowed a person once although a rule refuses it, and which remix used it.

Call it in the transaction that decides. Writing transactions come one after the other on both databases, so two remixes
cannot use the same allowance.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.appeals import Appealed
from bot.rules.job_states import JobState
from bot.storage.engine.tables.appeals import allowances
from bot.storage.engine.tables.remixes import jobs, reservations
from bot.storage.remixes.jobs import Job

_NOT_MADE = (JobState.FAILED, JobState.CANCELLED)
_RELEASED = "released"
PROMPTS = (Appealed.WORDS, Appealed.AUTOMOD)
"""A prompt that was allowed once is allowed whichever of the two kinds of lists has something against it."""


@dataclass(frozen=True, slots=True)
class NewAllowance:
    """`key`: which prompt or picture. `case_number`: of the case that allowed it. `job_id`: the remix that uses it."""

    guild_id: int
    user_id: int
    appealed: Appealed
    key: str
    case_number: int
    job_id: int | None = None


def add(connection: Connection, new: NewAllowance, now: datetime, ends_at: datetime) -> None:
    values = {name: getattr(new, name) for name in NewAllowance.__dataclass_fields__}
    connection.execute(sa.insert(allowances).values(**values, made_at=now, ends_at=ends_at))


def find_usable(
    connection: Connection,
    guild_id: int,
    user_id: int,
    appealed: tuple[Appealed, ...],
    keys: Collection[str],
    now: datetime,
) -> int | None:
    """The number of an allowance that no remix has used, or only one that was not made and cost nothing."""
    this = (
        allowances.c.guild_id == guild_id,
        allowances.c.user_id == user_id,
        allowances.c.appealed.in_(appealed),
        allowances.c.key.in_(keys),
        allowances.c.ends_at > now,
    )
    made = sa.or_(jobs.c.state.not_in(_NOT_MADE), reservations.c.status != _RELEASED)
    uses = sa.or_(jobs.c.id == allowances.c.job_id, jobs.c.set_id == allowances.c.job_id)
    used = sa.exists().where(uses, reservations.c.job_id == jobs.c.id, made)
    query = sa.select(allowances.c.id).where(*this, ~used).order_by(allowances.c.ends_at, allowances.c.id)
    return connection.scalar(query.limit(1))


def use(connection: Connection, allowance_id: int, job: Job) -> None:
    """`job`: the first one, if several were asked for together."""
    connection.execute(sa.update(allowances).where(allowances.c.id == allowance_id).values(job_id=job.id))


def holds_for(connection: Connection, job: Job, appealed: tuple[Appealed, ...], keys: Collection[str]) -> bool:
    """Whether that remix was accepted with an allowance, which nobody has withdrawn since."""
    used_by = [job.id] if job.set_id is None else [job.id, job.set_id]
    this = (allowances.c.job_id.in_(used_by), allowances.c.appealed.in_(appealed), allowances.c.key.in_(keys))
    return connection.execute(sa.select(allowances.c.id).where(*this).limit(1)).first() is not None


def withdraw(connection: Connection, guild_id: int, case_number: int) -> bool:
    """Whether there was one. A remix that was accepted with it, and is not bought yet, is refused again."""
    of_case = (allowances.c.guild_id == guild_id, allowances.c.case_number == case_number)
    return connection.execute(sa.delete(allowances).where(*of_case)).rowcount > 0


def is_used(connection: Connection, guild_id: int, case_number: int) -> bool:
    """Whether a remix was bought, or is being bought, with the allowance of that case."""
    of_case = (allowances.c.guild_id == guild_id, allowances.c.case_number == case_number)
    bought = sa.or_(jobs.c.id == allowances.c.job_id, jobs.c.set_id == allowances.c.job_id)
    states = (*_NOT_MADE, JobState.QUEUED)
    query = sa.select(allowances.c.id).where(*of_case, sa.exists().where(bought, jobs.c.state.not_in(states)))
    return connection.execute(query).first() is not None


def delete_of_person(connection: Connection, user_id: int) -> None:
    connection.execute(sa.delete(allowances).where(allowances.c.user_id == user_id))


def forget_before(connection: Connection, before: datetime) -> int:
    """Delete those that ended before then. Returns how many."""
    return connection.execute(sa.delete(allowances).where(allowances.c.ends_at < before)).rowcount
