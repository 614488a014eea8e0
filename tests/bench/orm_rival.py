"""The same acceptance, statement for statement, as it is usually written: async ORM over aiosqlite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry

from bot.rules.budgets import Period, name_of
from bot.storage import tables
from bot.storage.tables import IS_WAITING
from bot.use_cases.submit_remix import Asker
from tests.bench.storage import REQUEST, SOURCE_HASH
from tests.integration.made_storage import START

PRICE = 60_000


class Row:
    def __init__(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self, name, value)


class Job(Row): ...


class JobEvent(Row): ...


class Reservation(Row): ...


class LedgerEntry(Row): ...


class Spending(Row): ...


class Cooldown(Row): ...


class Block(Row): ...


class Queue(Row): ...


_mapped = {
    Job: tables.jobs,
    JobEvent: tables.job_events,
    Reservation: tables.reservations,
    LedgerEntry: tables.ledger_entries,
    Spending: tables.spending,
    Cooldown: tables.cooldowns,
    Block: tables.blocks,
    Queue: tables.queue,
}
for _class, _table in _mapped.items():
    registry(metadata=tables.metadata).map_imperatively(_class, _table)


@asynccontextmanager
async def open_sessions(path: Path, connections: int) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        pool_size=connections,
        max_overflow=0,
        pool_timeout=600,
        connect_args={"isolation_level": None},
    )
    _as_durable(engine)
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


def _as_durable(engine: AsyncEngine) -> None:
    """With the pragmas of storage/database.py, and its BEGIN."""

    def pragmas(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=600000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    sa.event.listen(engine.sync_engine, "connect", pragmas)
    sa.event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))


async def accept(sessions: async_sessionmaker[AsyncSession], who: Asker) -> None:
    async with sessions() as session, session.begin():
        await session.scalar(sa.select(Job).where(tables.jobs.c.interaction_id == who.interaction_id))
        # Once more, as the gate asks by itself whether Discord delivered it twice.
        await session.scalar(sa.select(Job).where(tables.jobs.c.interaction_id == who.interaction_id))
        await _gate(session, who)
        job = await _add_job(session, who)
        await _set_money_aside(session, job)
        await _start_cooldown(session, job)


async def _gate(session: AsyncSession, who: Asker) -> None:
    await session.get(Block, ("person", who.user_id))
    await session.get(Block, ("server", who.guild_id))
    queue = tables.queue.c
    (await session.execute(sa.select(queue.paused_reason, queue.paused_at, queue.paused_by))).one()
    (await session.execute(sa.select(queue.hold, queue.next_trial_at, queue.trial_job_id))).one()
    await session.get(Cooldown, (who.guild_id, who.user_id))
    count = sa.select(sa.func.count()).select_from(Job)
    await session.scalar(count.where(IS_WAITING, tables.jobs.c.user_id == who.user_id))
    await session.scalar(count.where(IS_WAITING))
    names = [name_of(period, START) for period in Period]
    (await session.scalars(sa.select(Spending).where(tables.spending.c.period.in_(names)))).all()


async def _add_job(session: AsyncSession, who: Asker) -> Job:
    last = await session.scalar(sa.select(sa.func.max(tables.jobs.c.turn)).where(tables.jobs.c.user_id == who.user_id))
    serving = await session.scalar(sa.select(tables.queue.c.serving_turn))
    job = Job(
        interaction_id=who.interaction_id,
        guild_id=who.guild_id,
        channel_id=who.channel_id,
        user_id=who.user_id,
        reply_token=who.reply_token,
        state="queued",
        turn=max((last or 0) + 1, serving or 0),
        prompt=REQUEST.prompt,
        weight=REQUEST.weight,
        speed=REQUEST.speed,
        copyright_check=False,
        spoiler=False,
        source_hash=SOURCE_HASH,
        source_format="png",
        accepted_at=START,
        due_at=START,
        queue_until=START + timedelta(hours=1),
    )
    session.add(job)
    await session.flush()
    session.add(JobEvent(job_id=job.id, at=START, from_state=None, to_state="queued", cause="accepted"))
    await session.flush()
    await session.refresh(job)
    return job


async def _set_money_aside(session: AsyncSession, job: Job) -> None:
    who = {"job_id": job.id, "guild_id": job.guild_id, "user_id": job.user_id}
    money = {"speed": job.speed, "status": "reserved", "reserved_micros": PRICE, "opened_at": START}
    session.add(Reservation(**who, **money))
    await session.flush()
    session.add(LedgerEntry(job_id=job.id, at=START, micros=PRICE))
    await session.flush()
    for period in Period:
        row = tables.spending.c.period == name_of(period, START)
        more = {"micros": tables.spending.c.micros + PRICE}
        counted = await session.execute(
            sa.update(Spending).where(row).values(more), execution_options={"synchronize_session": False}
        )
        if counted.rowcount == 0:
            session.add(Spending(period=name_of(period, START), micros=PRICE))
            await session.flush()


async def _start_cooldown(session: AsyncSession, job: Job) -> None:
    who = (tables.cooldowns.c.guild_id == job.guild_id, tables.cooldowns.c.user_id == job.user_id)
    again = sa.update(Cooldown).where(*who).values(job_id=job.id, started_at=START)
    if (await session.execute(again, execution_options={"synchronize_session": False})).rowcount == 0:
        session.add(Cooldown(guild_id=job.guild_id, user_id=job.user_id, job_id=job.id, started_at=START))
        await session.flush()
