"""Keeps the order in which queued jobs are served: servers take turns, and in each server its members do."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.turns import ServerQueue, jobs_ahead
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import IS_QUEUED, jobs, server_queues
from bot.storage.standing import servers

_GUILD = sa.bindparam("guild", type_=sa.BigInteger)
_IS_SERVER = server_queues.c.guild_id == _GUILD

# Goes from one server to the next in ix_jobs_claim, however many jobs each has: DISTINCT would read all of them.
_FIRST = sa.select(sa.func.min(jobs.c.guild_id).label("guild_id")).where(IS_QUEUED).cte("waiting", recursive=True)
_FOLLOWING = sa.select(sa.func.min(jobs.c.guild_id)).where(IS_QUEUED, jobs.c.guild_id > _FIRST.c.guild_id)
_WAITING = _FIRST.union_all(sa.select(_FOLLOWING.scalar_subquery()).where(_FIRST.c.guild_id.is_not(None)))


def first_in_turn(*is_free: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    """The job to serve next among those that `is_free` allows: the first of the server whose turn it is."""
    first = (
        sa.select(jobs.c.id)
        .where(IS_QUEUED, jobs.c.guild_id == _WAITING.c.guild_id, *is_free)
        .order_by(jobs.c.turn, jobs.c.id)
        .limit(sa.literal(1))
        .scalar_subquery()
    )
    heads = (
        sa.select(first.label("id"), server_queues.c.turn)
        .select_from(_WAITING.outerjoin(server_queues, server_queues.c.guild_id == _WAITING.c.guild_id))
        .where(_WAITING.c.guild_id.is_not(None), _WAITING.c.guild_id.not_in(servers.IS_PAUSED))
        .subquery("heads")
    )
    head = (
        sa.select(heads.c.id).where(heads.c.id.is_not(None)).order_by(heads.c.turn.nulls_first()).limit(sa.literal(1))
    )
    return sa.select(jobs).where(jobs.c.id == head.scalar_subquery())


_READ = PreparedStatement(sa.select(server_queues).where(_IS_SERVER))
_LAST_TURN = PreparedStatement(sa.select(sa.func.max(server_queues.c.turn)))
# The order makes SQLite prefer ix_jobs_claim to ix_jobs_turns, which has the whole history of the server.
_HAS_QUEUED = PreparedStatement(
    sa.select(jobs.c.id)
    .where(IS_QUEUED, jobs.c.guild_id == _GUILD)
    .order_by(jobs.c.turn, jobs.c.id)
    .limit(sa.literal(1))
)
_LAST_OF_MEMBER = PreparedStatement(
    sa.select(sa.func.max(jobs.c.turn)).where(jobs.c.guild_id == _GUILD, jobs.c.user_id == sa.bindparam("user"))
)
_LINE_UP = PreparedStatement(sa.update(server_queues).where(_IS_SERVER))
_BEGIN = PreparedStatement(sa.insert(server_queues))


def line_up(connection: Connection, guild_id: int, user_id: int) -> int:
    """Give a new job of that member its turn in their server. A server with nothing queued goes to the end of all."""
    queue = _READ.first(connection, {"guild": guild_id})
    if queue is None:
        _BEGIN.change(connection, {"guild_id": guild_id, "turn": _end(connection), "serving_turn": 0})
    elif _HAS_QUEUED.first(connection, {"guild": guild_id}) is None:
        _LINE_UP.change(connection, {"guild": guild_id, "turn": _end(connection)})
    # Each member has one job per turn, so ten jobs of one cannot delay the single job of another. A newcomer starts at
    # the turn being served: from turn 1 they would overtake everyone who is waiting.
    last = _LAST_OF_MEMBER.scalar(connection, {"guild": guild_id, "user": user_id})
    return max((last or 0) + 1, queue.serving_turn if queue else 0)


def served(connection: Connection, guild_id: int, turn: int) -> None:
    """A job with that turn was claimed: its server goes to the end."""
    queue = _READ.first(connection, {"guild": guild_id})
    values = {"turn": _end(connection), "serving_turn": max(turn, queue.serving_turn if queue else 0)}
    if _LINE_UP.change(connection, {"guild": guild_id, **values}) == 0:
        _BEGIN.change(connection, {"guild_id": guild_id, **values})


def _end(connection: Connection) -> int:
    return (_LAST_TURN.scalar(connection) or 0) + 1


_BEFORE = PreparedStatement(
    sa.select(sa.func.count())
    .select_from(jobs)
    .where(
        IS_QUEUED,
        jobs.c.guild_id == _GUILD,
        sa.tuple_(jobs.c.turn, jobs.c.id)
        < sa.tuple_(sa.bindparam("turn", type_=sa.BigInteger), sa.bindparam("job", type_=sa.BigInteger)),
    )
)
_counted = (
    sa.select(jobs.c.guild_id, sa.func.count().label("waiting"))
    .where(IS_QUEUED, jobs.c.guild_id != _GUILD)
    .group_by(jobs.c.guild_id)
    .subquery("counted")
)
_OTHERS = PreparedStatement(
    sa.select(_counted.c.waiting, sa.func.coalesce(server_queues.c.turn, 0).label("turn"))
    .select_from(_counted.outerjoin(server_queues, server_queues.c.guild_id == _counted.c.guild_id))
    .where(_counted.c.guild_id.not_in(servers.IS_PAUSED))
)


def count_ahead(connection: Connection, guild_id: int, turn: int, job_id: int) -> int:
    """How many queued jobs are served before that one. Those of servers that are paused are not."""
    before: int = _BEFORE.scalar(connection, {"guild": guild_id, "turn": turn, "job": job_id})
    queue = _READ.first(connection, {"guild": guild_id})
    others = [ServerQueue(row.turn, row.waiting) for row in _OTHERS.rows(connection, {"guild": guild_id})]
    return jobs_ahead(before, queue.turn if queue else 0, others)
