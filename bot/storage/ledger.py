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
from bot.storage import spending
from bot.storage.jobs import Job
from bot.storage.tables import cooldowns, ledger_entries, reservations

_NO_CEILINGS: Ceilings = MappingProxyType({})

COUNTED = sa.case(
    (reservations.c.status == "settled", reservations.c.settled_micros),
    (reservations.c.status == "released", 0),
    else_=reservations.c.reserved_micros,
)
"""Micro-dollars that a reservation counts."""

_RESERVE = sa.insert(reservations)
_ENTER = sa.insert(ledger_entries)
_COUNTED = sa.select(COUNTED.label("micros"), reservations.c.guild_id, reservations.c.opened_at).where(
    reservations.c.job_id == sa.bindparam("job")
)
_COST = sa.select(reservations.c.settled_micros).where(reservations.c.job_id == sa.bindparam("job"))
_COOLDOWN_OF = (cooldowns.c.guild_id == sa.bindparam("guild"), cooldowns.c.user_id == sa.bindparam("user"))
_COOLDOWN_STARTED = sa.select(cooldowns.c.started_at).where(*_COOLDOWN_OF)
_START_COOLDOWN_AGAIN = sa.update(cooldowns).where(*_COOLDOWN_OF)
_START_COOLDOWN = sa.insert(cooldowns)


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
    connection.execute(_RESERVE, reserved)
    fits_under = {f"{period}_ceiling_micros": ceilings.get(period) for period in Period}
    _book(connection, job.id, micros, guild_id=job.guild_id, opened_at=now, now=now, fits_under=fits_under)


def settle(connection: Connection, job_id: int, micros: int, now: datetime) -> None:
    """Write what the outcome cost, be it more or less than was set aside, and what earlier calls may have cost."""
    settled = reservations.c.unsure_micros + micros
    _change(connection, job_id, {"status": "settled", "settled_micros": settled, "closed_at": now}, now)


def release(connection: Connection, job_id: int, now: datetime) -> None:
    """Nothing was spent by this call. What earlier ones may have cost counts as spent."""
    unsure = sa.select(reservations.c.unsure_micros).where(reservations.c.job_id == job_id)
    if connection.scalar(unsure):
        settle(connection, job_id, 0, now)
    else:
        release_all(connection, job_id, now)


def release_all(connection: Connection, job_id: int, now: datetime) -> None:
    """Nothing was spent, by no call of the job: the operator has looked it up."""
    _change(connection, job_id, {"status": "released", "closed_at": now}, now)


def hold(connection: Connection, job_id: int) -> None:
    """It may have been spent: stays set aside until the operator decides."""
    _update_open(connection, job_id, {"status": "held"})


def reserve_again(connection: Connection, job_id: int, now: datetime) -> None:
    """Set the price of another call aside. What is held for the last one stays part of it: it may be spent.

    Raises ValueError if nothing is held. No budget refuses it: the operator, or their setting, has decided.
    """
    status = sa.select(reservations.c.status).where(reservations.c.job_id == job_id)
    if connection.scalar(status) != "held":
        raise ValueError(f"job {job_id} has nothing held")
    price = reservations.c.reserved_micros - reservations.c.unsure_micros
    values = {
        "status": "reserved",
        "unsure_micros": reservations.c.reserved_micros,
        "reserved_micros": reservations.c.reserved_micros + price,
    }
    _change(connection, job_id, values, now)


def settle_held(connection: Connection, job_id: int, now: datetime) -> None:
    """Nobody will ever know: all that is held counts as spent."""
    values = {"status": "settled", "settled_micros": reservations.c.reserved_micros, "closed_at": now}
    _change(connection, job_id, values, now)


def _change(connection: Connection, job_id: int, values: Mapping[str, object], now: datetime) -> None:
    """Change an open reservation, and book the difference that it makes."""
    before = connection.execute(_COUNTED, {"job": job_id}).first()
    _update_open(connection, job_id, values)
    after = connection.execute(_COUNTED, {"job": job_id}).one()
    if before is not None and after.micros != before.micros:
        micros = after.micros - before.micros
        _book(connection, job_id, micros, guild_id=after.guild_id, opened_at=after.opened_at, now=now)


def _update_open(connection: Connection, job_id: int, values: Mapping[str, object]) -> None:
    is_open = reservations.c.status.in_(("reserved", "held"))
    where = (reservations.c.job_id == job_id, is_open)
    if connection.execute(sa.update(reservations).where(*where).values(values)).rowcount != 1:
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
    connection.execute(_ENTER, {"job_id": job_id, "at": now, "micros": micros, **fits_under})
    spending.add(connection, guild_id, opened_at, micros)


def cost(connection: Connection, job_id: int) -> int | None:
    """Micro-dollars that the job cost; None while that is open."""
    micros: int | None = connection.scalar(_COST, {"job": job_id})
    return micros


def start_cooldown(connection: Connection, job: Job, now: datetime) -> None:
    """The person's cooldown in that server counts from this job's acceptance."""
    values = {"job_id": job.id, "started_at": now}
    who = {"guild": job.guild_id, "user": job.user_id}
    if connection.execute(_START_COOLDOWN_AGAIN, {**who, **values}).rowcount == 0:
        connection.execute(_START_COOLDOWN, {"guild_id": job.guild_id, "user_id": job.user_id, **values})


def give_cooldown_back(connection: Connection, job_id: int) -> None:
    """The remix does not count. A cooldown that a later remix has started stays."""
    connection.execute(sa.delete(cooldowns).where(cooldowns.c.job_id == job_id))


def cooldown_started_at(connection: Connection, guild_id: int, user_id: int) -> datetime | None:
    started: datetime | None = connection.scalar(_COOLDOWN_STARTED, {"guild": guild_id, "user": user_id})
    return started
