"""Money and cooldowns of jobs: set aside at acceptance, settled, released or held as the outcome was.

A reservation counts (reserved or held: all of it; settled: the cost; released: nothing) on the day and in the month of
UTC in which it was opened. Every change of that is an entry, and changes the running totals in the same transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.budgets import Ceilings, Period
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables import cooldowns, ledger_entries, reservations
from bot.storage.remixes import spending
from bot.storage.remixes.jobs import Job

_NO_CEILINGS: Ceilings = MappingProxyType({})

COUNTED = sa.case(
    (reservations.c.status == "settled", reservations.c.settled_micros),
    (reservations.c.status == "released", 0),
    else_=reservations.c.reserved_micros,
)
"""Micro-dollars that a reservation counts."""

_OF_JOB = reservations.c.job_id == sa.bindparam("job")
_RESERVE = PreparedStatement(sa.insert(reservations))
_ENTER = PreparedStatement(sa.insert(ledger_entries))
_COUNTED = PreparedStatement(
    sa.select(COUNTED.label("micros"), reservations.c.guild_id, reservations.c.opened_at).where(_OF_JOB)
)
_UNSURE = PreparedStatement(sa.select(reservations.c.unsure_micros).where(_OF_JOB))
_STATUS = PreparedStatement(sa.select(reservations.c.status).where(_OF_JOB))
_CLOSED = sa.bindparam("now", type_=reservations.c.closed_at.type)
_CHANGE_OPEN = sa.update(reservations).where(
    _OF_JOB,
    sa.or_(reservations.c.status == "reserved", reservations.c.status == "unresolved"),
)
_SETTLE = PreparedStatement(
    _CHANGE_OPEN.values(
        status="settled",
        settled_micros=reservations.c.unsure_micros + sa.bindparam("more"),
        closed_at=_CLOSED,
    )
)
_SETTLE_ALL = PreparedStatement(
    _CHANGE_OPEN.values(status="settled", settled_micros=reservations.c.reserved_micros, closed_at=_CLOSED)
)
_RELEASE = PreparedStatement(_CHANGE_OPEN.values(status="released", closed_at=_CLOSED))
_MARK_UNRESOLVED = PreparedStatement(_CHANGE_OPEN.values(status="unresolved"))
_PRICE = reservations.c.reserved_micros - reservations.c.unsure_micros
_RESERVE_AGAIN = PreparedStatement(
    _CHANGE_OPEN.values(
        status="reserved",
        unsure_micros=reservations.c.reserved_micros,
        reserved_micros=reservations.c.reserved_micros + _PRICE,
    )
)
_COST = PreparedStatement(sa.select(reservations.c.settled_micros).where(_OF_JOB))
_COOLDOWN_OF = (cooldowns.c.guild_id == sa.bindparam("guild"), cooldowns.c.user_id == sa.bindparam("user"))
_COOLDOWN_STARTED = PreparedStatement(sa.select(cooldowns.c.started_at).where(*_COOLDOWN_OF))
_START_COOLDOWN_AGAIN = PreparedStatement(sa.update(cooldowns).where(*_COOLDOWN_OF))
_START_COOLDOWN = PreparedStatement(sa.insert(cooldowns))
_FORGET_COOLDOWN = PreparedStatement(sa.delete(cooldowns).where(cooldowns.c.job_id == sa.bindparam("job")))


def reserve(connection: Connection, job: Job, micros: int, now: datetime, ceilings: Ceilings = _NO_CEILINGS) -> None:
    """Set `micros` micro-dollars aside for the job, which has been found to fit under these ceilings."""
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
    fits_under = {f"{period}_ceiling_micros": ceilings.get(period) for period in Period}
    _book(connection, job.id, micros, guild_id=job.guild_id, opened_at=now, now=now, fits_under=fits_under)


def settle(connection: Connection, job_id: int, micros: int, now: datetime) -> None:
    """Write what the outcome cost, be it more or less than was set aside, and what earlier calls may have cost."""
    _change(connection, job_id, _SETTLE, {"more": micros, "now": now}, now)


def release(connection: Connection, job_id: int, now: datetime) -> None:
    """Nothing was spent by this call. What earlier ones may have cost counts as spent."""
    if _UNSURE.scalar(connection, {"job": job_id}):
        settle(connection, job_id, 0, now)
    else:
        release_all(connection, job_id, now)


def release_all(connection: Connection, job_id: int, now: datetime) -> None:
    """Nothing was spent, by no call of the job: the operator has looked it up."""
    _change(connection, job_id, _RELEASE, {"now": now}, now)


def mark_unresolved(connection: Connection, job_id: int) -> None:
    """It may have been spent: stays set aside until the operator decides."""
    _change_open(connection, job_id, _MARK_UNRESOLVED, {})


def reserve_again(connection: Connection, job_id: int, now: datetime) -> None:
    """Set the price of another call aside. What is held for the last one stays part of it: it may be spent.

    Raises ValueError if nothing is held. No budget refuses it: the operator, or their setting, has decided.
    """
    if _STATUS.scalar(connection, {"job": job_id}) != "unresolved":
        raise ValueError(f"job {job_id} has nothing held")
    _change(connection, job_id, _RESERVE_AGAIN, {}, now)


def settle_unresolved(connection: Connection, job_id: int, now: datetime) -> None:
    """Nobody will ever know: all that is held counts as spent."""
    _change(connection, job_id, _SETTLE_ALL, {"now": now}, now)


def _change(
    connection: Connection, job_id: int, change: PreparedStatement, values: Mapping[str, object], now: datetime
) -> None:
    """Change an open reservation, and book the difference that it makes."""
    before = _COUNTED.first(connection, {"job": job_id})
    _change_open(connection, job_id, change, values)
    after = _COUNTED.one(connection, {"job": job_id})
    if before is not None and after.micros != before.micros:
        micros = after.micros - before.micros
        _book(connection, job_id, micros, guild_id=after.guild_id, opened_at=after.opened_at, now=now)


def _change_open(connection: Connection, job_id: int, change: PreparedStatement, values: Mapping[str, object]) -> None:
    if change.change(connection, {"job": job_id, **values}) != 1:
        raise ValueError(f"job {job_id} has no open reservation")


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
    _ENTER.change(connection, {"job_id": job_id, "at": now, "micros": micros, **fits_under})
    spending.add(connection, guild_id, opened_at, micros)


def cost(connection: Connection, job_id: int) -> int | None:
    """Micro-dollars that the job cost; None while that is open."""
    micros: int | None = _COST.scalar(connection, {"job": job_id})
    return micros


def start_cooldown(connection: Connection, job: Job, now: datetime) -> None:
    """The person's cooldown in that server counts from this job's acceptance."""
    values = {"job_id": job.id, "started_at": now}
    who = {"guild": job.guild_id, "user": job.user_id}
    if _START_COOLDOWN_AGAIN.change(connection, {**who, **values}) == 0:
        _START_COOLDOWN.change(connection, {"guild_id": job.guild_id, "user_id": job.user_id, **values})


def clear_cooldown(connection: Connection, job_id: int) -> None:
    """The remix does not count. A cooldown that a later remix has started stays."""
    _FORGET_COOLDOWN.change(connection, {"job": job_id})


def cooldown_started_at(connection: Connection, guild_id: int, user_id: int) -> datetime | None:
    started: datetime | None = _COOLDOWN_STARTED.scalar(connection, {"guild": guild_id, "user": user_id})
    return started
