"""Reads what is stored about one person, for their own copy. Pictures are left out: they are in the channels."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import OF_REPORTS, PRIVATE
from bot.storage.engine.tables.appeals import allowances, appeals
from bot.storage.engine.tables.matters import reports
from bot.storage.engine.tables.moderation import cases, grants, member_blocks, refusals
from bot.storage.engine.tables.oversight import points
from bot.storage.engine.tables.privacy import opt_outs, picture_requests
from bot.storage.engine.tables.remixes import cooldowns, jobs, posts, reservations, results

_JOB_COLUMNS = (
    "id",
    "guild_id",
    "channel_id",
    "state",
    "failure_kind",
    "prompt",
    "style_name",
    "style_ending",
    "weight",
    "resolution",
    "speed",
    "copyright_check",
    "spoiler",
    "review",
    "accepted_at",
    "approved_at",
    "finished_at",
    "removed_at",
    "forgotten_at",
)
_NEWEST = 1000

Row = Mapping[str, Any]


def remixes_before(connection: Connection, user_id: int, before: int | None, limit: int) -> Sequence[dict[str, Any]]:
    """The person's remixes over all servers, newest first, each with its cost, results and messages."""
    columns = (*(jobs.c[name] for name in _JOB_COLUMNS), reservations.c.status, reservations.c.settled_micros)
    query = sa.select(*columns).outerjoin(reservations, reservations.c.job_id == jobs.c.id)
    query = query.where(jobs.c.user_id == user_id)
    if before is not None:
        query = query.where(jobs.c.id < before)
    found = [dict(row) for row in connection.execute(query.order_by(jobs.c.id.desc()).limit(limit)).mappings()]
    ids = [row["id"] for row in found]
    made = _by_job(connection, sa.select(results.c.job_id, results.c.seed, results.c.resolution), results, ids)
    shown = (posts.c.job_id, posts.c.channel_id, posts.c.message_id, posts.c.posted_at, posts.c.deleted_at)
    posted = _by_job(connection, sa.select(*shown), posts, ids)
    return [row | {"results": made.get(row["id"], []), "posts": posted.get(row["id"], [])} for row in found]


def count_remixes(connection: Connection, user_id: int) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(jobs).where(jobs.c.user_id == user_id)) or 0


def other_records(connection: Connection, user_id: int) -> Mapping[str, Sequence[Row]]:
    """What is not about single remixes: the newest thousand of each kind. Moderators are not named."""
    case = ("guild_id", "number", "kind", "at", "reason", "until", "undone_at", "job_id")
    about_them = sa.and_(cases.c.target_id == user_id, cases.c.kind.not_in(sorted(PRIVATE | OF_REPORTS)))
    return {
        "cases": _newest(connection, cases, case, about_them, "at"),
        "blocks": _newest(
            connection,
            member_blocks,
            ("guild_id", "blocked_at", "until", "reason"),
            member_blocks.c.user_id == user_id,
            "blocked_at",
        ),
        "refusals": _newest(
            connection, refusals, ("guild_id", "channel_id", "at", "reason"), refusals.c.user_id == user_id, "at"
        ),
        "points": _newest(
            connection, points, ("guild_id", "kind", "points", "at", "job_id"), points.c.user_id == user_id, "at"
        ),
        "grants": _newest(
            connection,
            grants,
            ("guild_id", "remixes", "used", "granted_at", "ends_at"),
            grants.c.user_id == user_id,
            "granted_at",
        ),
        "picture_requests": _newest(
            connection,
            picture_requests,
            ("guild_id", "channel_id", "message_id", "state", "created_at", "ends_at", "prompt"),
            picture_requests.c.asker_id == user_id,
            "created_at",
        ),
        **_appeals(connection, user_id),
        "reports": _reports(connection, user_id),
        "opted_out": _newest(connection, opt_outs, ("since",), opt_outs.c.user_id == user_id, "since"),
        "cooldowns": _newest(
            connection, cooldowns, ("guild_id", "started_at"), cooldowns.c.user_id == user_id, "started_at"
        ),
    }


def _reports(connection: Connection, user_id: int) -> Sequence[Row]:
    """Those that they made. Those about them stay between their reporters and the moderators."""
    names = ("guild_id", "job_id", "at", "reason", "text", "read_at")
    return _newest(connection, reports, names, reports.c.reporter_id == user_id, "at")


def _appeals(connection: Connection, user_id: int) -> Mapping[str, Sequence[Row]]:
    return {
        "appeals": _newest(
            connection,
            appeals,
            ("guild_id", "appealed", "text", "prompt", "job_id", "made_at", "outcome", "ended_at", "answer"),
            appeals.c.user_id == user_id,
            "made_at",
        ),
        "allowed_once": _newest(
            connection,
            allowances,
            ("guild_id", "appealed", "made_at", "ends_at", "job_id"),
            allowances.c.user_id == user_id,
            "made_at",
        ),
    }


def _newest(
    connection: Connection, table: sa.Table, names: Sequence[str], theirs: sa.ColumnElement[bool], order: str
) -> Sequence[Row]:
    query = sa.select(*(table.c[name] for name in names)).where(theirs).order_by(table.c[order].desc()).limit(_NEWEST)
    return [dict(row) for row in connection.execute(query).mappings()]


def _by_job(
    connection: Connection, query: "sa.Select[Any]", table: sa.Table, ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(query.where(table.c.job_id.in_(ids))).mappings():
        found.setdefault(row["job_id"], []).append({name: value for name, value in row.items() if name != "job_id"})
    return found
