"""The same acceptance, statement for statement, as it is usually written: async ORM, on SQLite or PostgreSQL."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry

from bot.rules.budgets import Period, begins_at, period_name
from bot.storage.engine.tables import moderation as moderation_tables
from bot.storage.engine.tables import remixes as tables
from bot.storage.engine.tables.remixes import IS_WAITING
from bot.use_cases.remixes.gate_facts import Asker
from tests.bench.storage import REQUEST, SOURCE_HASH
from tests.integration.made_storage import START

PRICE = 60_000
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(1)"


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


class Server(Row): ...


class Policy(Row): ...


class Plan(Row): ...


class Grant(Row): ...


class QuotaUse(Row): ...


class ServerSpending(Row): ...


class MemberBlock(Row): ...


_mapped = {
    Job: tables.jobs,
    JobEvent: tables.job_events,
    Reservation: tables.reservations,
    LedgerEntry: tables.ledger_entries,
    Spending: tables.spending,
    Cooldown: tables.cooldowns,
    Block: tables.blocks,
    Queue: tables.queue,
    Server: moderation_tables.servers,
    Policy: moderation_tables.policies,
    Plan: moderation_tables.plans,
    Grant: moderation_tables.grants,
    QuotaUse: moderation_tables.quota_uses,
    ServerSpending: moderation_tables.server_spending,
    MemberBlock: moderation_tables.member_blocks,
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


@asynccontextmanager
async def open_server_sessions(url: str, connections: int) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """On PostgreSQL. With asyncpg as the driver it took a tenth longer than with psycopg."""
    address = sa.make_url(url).set(drivername="postgresql+psycopg_async")
    engine = create_async_engine(address, pool_size=connections, max_overflow=0, pool_timeout=600)
    # The lock of the bot's transactions: without it the budget's check lets more pass than there is money for.
    sa.event.listen(engine.sync_engine, "begin", lambda begun: begun.exec_driver_sql(ONE_AT_A_TIME))
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


def _as_durable(engine: AsyncEngine) -> None:
    """With the pragmas and the BEGIN of bot/storage/engine/database.py."""

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
        await _standing(session, who)
        await _submission(session, who)
        job = await _add_job(session, who)
        await _set_money_aside(session, job)
        await _start_cooldown(session, job)
        session.add(QuotaUse(job_id=job.id, guild_id=job.guild_id, user_id=job.user_id, at=START, grant_id=None))


async def _standing(session: AsyncSession, who: Asker) -> None:
    queue = tables.queue.c
    (await session.execute(sa.select(queue.paused_reason, queue.paused_at, queue.paused_by))).one()
    await session.get(Server, who.guild_id)
    await session.get(Block, ("server", who.guild_id))
    await session.get(Block, ("person", who.user_id))
    blocks = sa.select(MemberBlock).filter_by(guild_id=who.guild_id, user_id=who.user_id)
    (await session.scalars(blocks)).all()
    await session.get(Policy, who.guild_id)


async def _submission(session: AsyncSession, who: Asker) -> None:
    await session.scalars(sa.select(Plan).where(moderation_tables.plans.c.guild_id == who.guild_id))
    await session.get(Cooldown, (who.guild_id, who.user_id))
    count = sa.select(sa.func.count()).select_from(Job)
    await session.scalar(count.where(IS_WAITING, tables.jobs.c.user_id == who.user_id))
    await session.scalar(count.where(IS_WAITING))
    uses, grants = moderation_tables.quota_uses.c, moderation_tables.grants.c
    theirs = (uses.guild_id == who.guild_id, uses.user_id == who.user_id, uses.grant_id.is_(None))
    for period in Period:
        await session.scalar(sa.select(sa.func.count()).where(*theirs, uses.at >= begins_at(period, START)))
    left = sa.func.coalesce(sa.func.sum(grants.remixes - grants.used), 0)
    await session.scalar(sa.select(left).where(grants.guild_id == who.guild_id, grants.user_id == who.user_id))
    names = [period_name(period, START) for period in Period]
    (await session.scalars(sa.select(Spending).where(tables.spending.c.period.in_(names)))).all()
    queue = tables.queue.c
    (await session.execute(sa.select(queue.hold, queue.next_trial_at, queue.trial_job_id))).one()


async def _add_job(session: AsyncSession, who: Asker) -> Job:
    last = await session.scalar(
        sa.select(sa.func.max(tables.jobs.c.turn)).where(
            tables.jobs.c.guild_id == who.guild_id, tables.jobs.c.user_id == who.user_id
        )
    )
    serving = await session.scalar(
        sa.select(tables.server_queues.c.serving_turn).where(tables.server_queues.c.guild_id == who.guild_id)
    )
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
        named = {"period": period_name(period, START)}
        await _count(session, Spending, named)
        await _count(session, ServerSpending, {"guild_id": job.guild_id, **named})


async def _count(session: AsyncSession, kind: type[Row], key: Mapping[str, object]) -> None:
    columns = _mapped[kind].c
    more = sa.update(kind).where(*(columns[name] == value for name, value in key.items()))
    counted = await session.execute(
        more.values(micros=columns.micros + PRICE), execution_options={"synchronize_session": False}
    )
    if counted.rowcount == 0:
        session.add(kind(**key, micros=PRICE))
        await session.flush()


async def _start_cooldown(session: AsyncSession, job: Job) -> None:
    who = (tables.cooldowns.c.guild_id == job.guild_id, tables.cooldowns.c.user_id == job.user_id)
    again = sa.update(Cooldown).where(*who).values(job_id=job.id, started_at=START)
    if (await session.execute(again, execution_options={"synchronize_session": False})).rowcount == 0:
        session.add(Cooldown(guild_id=job.guild_id, user_id=job.user_id, job_id=job.id, started_at=START))
        await session.flush()
