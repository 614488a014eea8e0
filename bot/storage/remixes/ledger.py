"""Books the money of jobs: reserves it at acceptance, then settles it, releases it or marks it unresolved.

A reservation counts in the UTC day and month in which it was opened: all of it while reserved or unresolved, its cost
once settled, nothing once released. Every change of what it counts is a row of `ledger_entries` and changes the running
totals in the same transaction, so the totals can be recomputed from the entries (`remix-bot audit` does).
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.budgets import Ceilings, Period
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import cooldowns, jobs, ledger_entries, reservations
from bot.storage.remixes import spending
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.spending import COUNTED

_NO_CEILINGS: Ceilings = MappingProxyType({})

_OF_JOB = reservations.c.job_id == sa.bindparam("job")
_NOW = sa.bindparam("now", type_=reservations.c.closed_at.type)
_CHANGE_OPEN = sa.update(reservations).where(
    _OF_JOB, sa.or_(reservations.c.status == "reserved", reservations.c.status == "unresolved")
)
"""Changes a reservation only while it is open: what was settled or released stays as it was written."""

_RESERVE = PreparedStatement(sa.insert(reservations))


def reserve(connection: Connection, job: Job, micros: int, now: datetime, ceilings: Ceilings = _NO_CEILINGS) -> None:
    """Reserve `micros` micro-dollars for the job, which fits in these budgets."""
    reserved = {
        "job_id": job.id,
        "guild_id": job.guild_id,
        "user_id": job.user_id,
        "speed": job.speed,
        "status": "reserved",
        "reserved_micros": micros,
        "opened_at": now,
    }
    _RESERVE.change(connection, reserved)
    # The entry keeps the budgets it was checked against, so that the audit can repeat the check years later.
    fits_under = {f"{period}_ceiling_micros": ceilings.get(period) for period in Period}
    _book(connection, job.id, micros, guild_id=job.guild_id, opened_at=now, now=now, fits_under=fits_under)


_SETTLE = PreparedStatement(
    _CHANGE_OPEN.values(
        status="settled", settled_micros=reservations.c.unsure_micros + sa.bindparam("more"), closed_at=_NOW
    )
)


def settle(connection: Connection, job_id: int, micros: int, now: datetime) -> None:
    """Book what the last call cost, even if it is more than was reserved, plus what earlier calls may have cost."""
    _change(connection, job_id, _SETTLE, {"more": micros, "now": now}, now)


_UNSURE = PreparedStatement(sa.select(reservations.c.unsure_micros).where(_OF_JOB))


def release(connection: Connection, job_id: int, now: datetime) -> None:
    """Book that the last call cost nothing. What earlier calls may have cost counts as spent."""
    if _UNSURE.scalar(connection, {"job": job_id}):
        settle(connection, job_id, 0, now)
    else:
        release_all(connection, job_id, now)


_RELEASE = PreparedStatement(_CHANGE_OPEN.values(status="released", closed_at=_NOW))


def release_all(connection: Connection, job_id: int, now: datetime) -> None:
    """Book that no call of the job cost anything, as the operator has looked up."""
    _change(connection, job_id, _RELEASE, {"now": now}, now)


_MARK_UNRESOLVED = PreparedStatement(_CHANGE_OPEN.values(status="unresolved"))


def mark_unresolved(connection: Connection, job_id: int) -> None:
    """Keep the money reserved until the operator decides: the call may have been billed."""
    # No entry: an unresolved reservation counts as much as a reserved one.
    _change_open(connection, job_id, _MARK_UNRESOLVED, {})


_STATUS = PreparedStatement(sa.select(reservations.c.status).where(_OF_JOB))
_PRICE = reservations.c.reserved_micros - reservations.c.unsure_micros
_RESERVE_AGAIN = PreparedStatement(
    _CHANGE_OPEN.values(
        status="reserved",
        unsure_micros=reservations.c.reserved_micros,
        reserved_micros=reservations.c.reserved_micros + _PRICE,
    )
)


def reserve_again(connection: Connection, job_id: int, now: datetime) -> None:
    """Reserve the price of one more call, on top of what the unresolved calls may have cost.

    Checks no budget: the operator, or their setting, has decided. Raises ValueError if the money is not unresolved.
    """
    if _STATUS.scalar(connection, {"job": job_id}) != "unresolved":
        raise ValueError(f"job {job_id} has no unresolved money")
    _change(connection, job_id, _RESERVE_AGAIN, {}, now)


_RESERVED_AS_BEFORE = PreparedStatement(_CHANGE_OPEN.values(status="reserved"))


def keep_reserved(connection: Connection, job_id: int) -> None:
    """The unresolved call was certainly not made, so its money is still there for the next one."""
    _change_open(connection, job_id, _RESERVED_AS_BEFORE, {})


_REOPEN = PreparedStatement(
    sa.update(reservations)
    .where(_OF_JOB, reservations.c.status == "released")
    .values(status="settled", settled_micros=reservations.c.reserved_micros)
)
_MORE: sa.BindParameter[int] = sa.bindparam("more")
_CORRECT = PreparedStatement(
    sa.update(reservations)
    .where(_OF_JOB)
    .values(
        reserved_micros=reservations.c.reserved_micros + _MORE,
        unsure_micros=reservations.c.unsure_micros + _MORE,
        late_micros=reservations.c.late_micros + _MORE,
        settled_micros=reservations.c.settled_micros + _MORE,
    )
)
_PRICE_OF_CALL = PreparedStatement(sa.select(_PRICE.label("micros")).where(_OF_JOB))


def correct(connection: Connection, job_id: int, cost: int, now: datetime) -> None:
    """Book what one of the calls cost that had no answer, instead of the price that has counted for it until now.

    Also if the job is over. If the operator wrote that nothing was charged, that was wrong, and its calls count again.
    """
    price: int = _PRICE_OF_CALL.scalar(connection, {"job": job_id})
    if _STATUS.scalar(connection, {"job": job_id}) == "released" and cost:
        _change(connection, job_id, _REOPEN, {}, now)
    if _STATUS.scalar(connection, {"job": job_id}) != "released" and cost != price:
        _change(connection, job_id, _CORRECT, {"more": cost - price}, now)


_SETTLE_ALL = PreparedStatement(
    _CHANGE_OPEN.values(status="settled", settled_micros=reservations.c.reserved_micros, closed_at=_NOW)
)


def settle_unresolved(connection: Connection, job_id: int, now: datetime) -> None:
    """Count all unresolved money as spent: the outcome will stay unknown."""
    _change(connection, job_id, _SETTLE_ALL, {"now": now}, now)


_COUNTED = PreparedStatement(
    sa.select(COUNTED.label("micros"), reservations.c.guild_id, reservations.c.opened_at).where(_OF_JOB)
)


def _change(
    connection: Connection, job_id: int, change: PreparedStatement, values: Mapping[str, object], now: datetime
) -> None:
    """Change an open reservation, and book by how much more or less it counts now."""
    before = _COUNTED.first(connection, {"job": job_id})
    _change_open(connection, job_id, change, values)
    after = _COUNTED.one(connection, {"job": job_id})
    if before is not None and after.micros != before.micros:
        micros = after.micros - before.micros
        _book(connection, job_id, micros, guild_id=after.guild_id, opened_at=after.opened_at, now=now)


def _change_open(connection: Connection, job_id: int, change: PreparedStatement, values: Mapping[str, object]) -> None:
    if change.change(connection, {"job": job_id, **values}) != 1:
        raise ValueError(f"job {job_id} has no open reservation")


_ENTER = PreparedStatement(sa.insert(ledger_entries))


def _book(
    connection: Connection,
    job_id: int,
    micros: int,
    *,
    guild_id: int,
    opened_at: datetime,
    now: datetime,
    fits_under: Mapping[str, int | None] = MappingProxyType({}),
) -> None:
    # The totals go by `opened_at`, not by now: a remix accepted before midnight counts in the budget that let it in.
    _ENTER.change(connection, {"job_id": job_id, "at": now, "micros": micros, **fits_under})
    spending.add(connection, guild_id, opened_at, micros)


_COST = PreparedStatement(sa.select(reservations.c.settled_micros).where(_OF_JOB))


def cost(connection: Connection, job_id: int) -> int | None:
    """The micro-dollars that the job cost; None unless they are settled."""
    micros: int | None = _COST.scalar(connection, {"job": job_id})
    return micros


_RESERVED = PreparedStatement(sa.select(reservations.c.reserved_micros).where(_OF_JOB))


def reserved(connection: Connection, job_id: int) -> int | None:
    """The micro-dollars that were set aside for the job."""
    micros: int | None = _RESERVED.scalar(connection, {"job": job_id})
    return micros


_COOLDOWN_OF = (cooldowns.c.guild_id == sa.bindparam("guild"), cooldowns.c.user_id == sa.bindparam("user"))
_RESTART_COOLDOWN = PreparedStatement(sa.update(cooldowns).where(*_COOLDOWN_OF))
_START_COOLDOWN = PreparedStatement(sa.insert(cooldowns))


def start_cooldown(connection: Connection, job: Job, now: datetime) -> None:
    """Start the member's cooldown in that server with this job."""
    start_cooldown_of(connection, job.guild_id, job.user_id, now, job_id=job.id)


def start_cooldown_of(
    connection: Connection, guild_id: int, user_id: int, now: datetime, *, job_id: int | None = None
) -> None:
    """Start it for another reason than a job."""
    values = {"job_id": job_id, "started_at": now, "earlier_job_id": None, "earlier_started_at": None}
    if _RESTART_COOLDOWN.change(connection, {"guild": guild_id, "user": user_id, **values}) == 0:
        _START_COOLDOWN.change(connection, {"guild_id": guild_id, "user_id": user_id, **values})


_START_COOLDOWN_LATER = PreparedStatement(
    sa.update(cooldowns)
    .where(*_COOLDOWN_OF)
    .values(
        earlier_job_id=cooldowns.c.job_id,
        earlier_started_at=cooldowns.c.started_at,
        job_id=sa.bindparam("job"),
        started_at=sa.bindparam("at", type_=cooldowns.c.started_at.type),
    )
)


def start_cooldown_later(connection: Connection, job: Job, at: datetime) -> None:
    """Start the member's cooldown at the end of the present one, which comes back if this job is cancelled."""
    values = {"guild": job.guild_id, "user": job.user_id, "job": job.id, "at": at}
    _START_COOLDOWN_LATER.change(connection, values)


_STARTED_BY = cooldowns.c.job_id == sa.bindparam("job")
_BRING_BACK = PreparedStatement(
    sa.update(cooldowns)
    .where(_STARTED_BY, cooldowns.c.earlier_started_at.is_not(None))
    .values(
        job_id=cooldowns.c.earlier_job_id,
        started_at=cooldowns.c.earlier_started_at,
        earlier_job_id=sa.null(),
        earlier_started_at=sa.null(),
    )
)
_CLEAR_COOLDOWN = PreparedStatement(sa.delete(cooldowns).where(_STARTED_BY))
_MEMBER = sa.select(jobs.c.guild_id, jobs.c.user_id).where(jobs.c.id == sa.bindparam("job")).subquery()
_CLEAR_EARLIER = PreparedStatement(
    sa.update(cooldowns)
    .where(
        # By its key: there is no index on the earlier job.
        cooldowns.c.guild_id == sa.select(_MEMBER.c.guild_id).scalar_subquery(),
        cooldowns.c.user_id == sa.select(_MEMBER.c.user_id).scalar_subquery(),
        cooldowns.c.earlier_job_id == sa.bindparam("job"),
    )
    .values(earlier_job_id=sa.null(), earlier_started_at=sa.null())
)


def clear_cooldown(connection: Connection, job_id: int) -> None:
    """Clear the cooldown that this job started. A cooldown that a later remix has restarted stays.

    If this job was to start when an earlier cooldown is over, that one counts again: cancelling is no way around it.
    """
    if (
        _BRING_BACK.change(connection, {"job": job_id}) == 0
        and _CLEAR_COOLDOWN.change(connection, {"job": job_id}) == 0
    ):
        _CLEAR_EARLIER.change(connection, {"job": job_id})


_COOLDOWN_OF_JOB = PreparedStatement(sa.select(cooldowns.c.job_id).where(cooldowns.c.job_id == sa.bindparam("job")))


def started_cooldown(connection: Connection, job_id: int) -> bool:
    """Whether this job started its author's cooldown, and nothing has cleared or restarted it since."""
    return _COOLDOWN_OF_JOB.scalar(connection, {"job": job_id}) is not None


_COOLDOWN_STARTED = PreparedStatement(sa.select(cooldowns.c.started_at).where(*_COOLDOWN_OF))


def cooldown_started_at(connection: Connection, guild_id: int, user_id: int) -> datetime | None:
    started: datetime | None = _COOLDOWN_STARTED.scalar(connection, {"guild": guild_id, "user": user_id})
    return started
