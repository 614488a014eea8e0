"""Stores what the admins of a server have set: its policy, and the plans of its roles."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.field_values import RawValue
from bot.rules.policies import NO_POLICY, Plan, Plans, Policy
from bot.rules.policy_fields import FIELDS
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.moderation import plans, policies

_READ = PreparedStatement(sa.select(policies).where(policies.c.guild_id == sa.bindparam("guild")))


def read(connection: Connection, guild_id: int) -> Policy:
    """The server's policy; NO_POLICY, under which the operator's settings apply, if its admins have set nothing."""
    row = _READ.first(connection, {"guild": guild_id})
    if row is None:
        return NO_POLICY
    values: dict[str, Any] = {}
    for field in FIELDS:
        stored = getattr(row, field.attribute)
        values[field.attribute] = field.from_raw(_split(stored) if field.kind.is_list else stored)
    return Policy(**values)


def write(connection: Connection, guild_id: int, policy: Policy) -> None:
    """Replace the server's policy."""
    values: dict[str, Any] = {}
    for field in FIELDS:
        raw = field.raw(policy)
        values[field.attribute] = _join(raw) if field.kind.is_list else raw
    where = policies.c.guild_id == guild_id
    if connection.execute(sa.update(policies).where(where).values(values)).rowcount == 0:
        connection.execute(sa.insert(policies).values(guild_id=guild_id, **values))


def _split(text: str) -> list[str] | None:
    return text.split(",") if text else None


def _join(raw: RawValue) -> str:
    return ",".join(map(str, raw)) if isinstance(raw, Sequence) else ""


_READ_PLANS = PreparedStatement(
    sa.select(plans).where(plans.c.guild_id == sa.bindparam("guild")).order_by(plans.c.role_id)
)
_LIMITS = tuple(column.name for column in plans.c if not column.primary_key)


def read_plans(connection: Connection, guild_id: int) -> Plans:
    """The plans of the server by role id."""
    rows = _READ_PLANS.rows(connection, {"guild": guild_id})
    return {row.role_id: Plan(**{name: getattr(row, name) for name in _LIMITS}) for row in rows}


def write_plan(connection: Connection, guild_id: int, role_id: int, plan: Plan | None) -> None:
    """Replace the plan of a role; None removes it."""
    connection.execute(sa.delete(plans).where(plans.c.guild_id == guild_id, plans.c.role_id == role_id))
    if plan is not None:
        connection.execute(sa.insert(plans).values(guild_id=guild_id, role_id=role_id, **asdict(plan)))


def servers_with_budget(connection: Connection) -> list[int]:
    """The servers that have a budget of their own."""
    budget = policies.c.daily_budget.is_not(None) | policies.c.monthly_budget.is_not(None)
    return list(connection.scalars(sa.select(policies.c.guild_id).where(budget)))


def servers_with_log_channel(connection: Connection) -> dict[int, int]:
    """The log channels that servers have chosen, by server."""
    rows = connection.execute(sa.select(policies.c.guild_id, policies.c.log_channel))
    return {row.guild_id: row.log_channel for row in rows if row.log_channel is not None}


def servers_with_prompt_retention(connection: Connection) -> dict[int, int]:
    """For how many days the servers with a retention of their own keep prompts."""
    rows = connection.execute(sa.select(policies.c.guild_id, policies.c.keep_prompts_days))
    return {row.guild_id: row.keep_prompts_days for row in rows if row.keep_prompts_days is not None}


def servers_with_points_time(connection: Connection) -> dict[int, int]:
    """For how many seconds points count in the servers that have set a time."""
    rows = connection.execute(sa.select(policies.c.guild_id, policies.c.points_time_s))
    return {row.guild_id: row.points_time_s for row in rows if row.points_time_s is not None}


def servers_with_retention(connection: Connection) -> list[tuple[int, int]]:
    """The servers with a retention of their own, and for how many days they keep pictures."""
    columns = (policies.c.guild_id, policies.c.keep_pictures_days)
    rows = connection.execute(sa.select(*columns).where(policies.c.keep_pictures_days.is_not(None)))
    return [(row.guild_id, row.keep_pictures_days) for row in rows]
