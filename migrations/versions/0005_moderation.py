"""Adds what a server governs: policy, plans, grants, quotas, spending, blocks, pauses, cases, refusals and log.

Revision: 0005, after 0004
"""

from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PAUSED = sa.text("paused_reason IS NOT NULL")
_WARNING = sa.text("kind = 'warn' AND undone_at IS NULL")
_TABLES = (
    "servers",
    "policies",
    "plans",
    "grants",
    "quota_uses",
    "server_spending",
    "member_blocks",
    "cases",
    "refusals",
    "log_entries",
)


def upgrade() -> None:
    op.add_column("jobs", sa.Column("parent_channel_id", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("jobs", sa.Column("removed_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_jobs_server", "jobs", ["guild_id", "accepted_at"])
    op.create_index("ix_posts_message_id", "posts", ["message_id"])
    op.create_table(
        "servers",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("greeted_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_by", sa.BigInteger(), nullable=True),
        sa.Column("log_trouble", sa.Text(), nullable=True),
        sa.Column("log_trouble_at", sa.BigInteger(), nullable=True),
        sa.Column("last_case", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("(paused_reason IS NULL) = (paused_at IS NULL)", name=op.f("ck_servers_paused_at")),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_servers")),
    )
    op.create_index("ix_servers_paused", "servers", ["guild_id"], sqlite_where=_PAUSED, postgresql_where=_PAUSED)
    op.create_table(
        "policies",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("ignored_roles", sa.Text(), nullable=False),
        sa.Column("speeds", sa.Text(), nullable=False),
        sa.Column("cooldown_s", sa.Integer(), nullable=True),
        sa.Column("daily_quota", sa.Integer(), nullable=True),
        sa.Column("monthly_quota", sa.Integer(), nullable=True),
        sa.Column("queue_limit", sa.Integer(), nullable=True),
        sa.Column("daily_budget", sa.BigInteger(), nullable=True),
        sa.Column("monthly_budget", sa.BigInteger(), nullable=True),
        sa.Column("default_speed", sa.Text(), nullable=True),
        sa.Column("new_member_s", sa.Integer(), nullable=True),
        sa.Column("log_channel", sa.BigInteger(), nullable=True),
        sa.Column("keep_pictures_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_policies")),
    )
    op.create_table(
        "plans",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cooldown_s", sa.Integer(), nullable=True),
        sa.Column("daily_quota", sa.Integer(), nullable=True),
        sa.Column("monthly_quota", sa.Integer(), nullable=True),
        sa.Column("queue_limit", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "role_id", name=op.f("pk_plans")),
    )
    op.create_table(
        "grants",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("remixes", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used BETWEEN 0 AND remixes", name=op.f("ck_grants_used")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_member", "grants", ["guild_id", "user_id", "ends_at"])
    op.create_table(
        "quota_uses",
        sa.Column("job_id", _Id, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", _Id, nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_quota_uses_grant_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_quota_uses_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_quota_uses")),
    )
    op.create_index(op.f("ix_quota_uses_grant_id"), "quota_uses", ["grant_id"])
    op.create_index("ix_quota_uses_member", "quota_uses", ["guild_id", "user_id", "at"])
    op.create_table(
        "server_spending",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("warned_percent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("warned_ceiling_micros", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "period", name=op.f("pk_server_spending")),
    )
    op.create_table(
        "member_blocks",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("blocked_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_member_blocks")),
    )
    op.create_table(
        "cases",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("job_id", _Id, nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.Column("edited_by", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_cases_job_id")),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_job_id"), "cases", ["job_id"])
    op.create_index("ix_cases_actor", "cases", ["guild_id", "actor_id", "number"])
    op.create_index("ix_cases_kind", "cases", ["guild_id", "kind", "number"])
    op.create_index(
        "ix_cases_warnings",
        "cases",
        ["guild_id", "target_id", "told_at", "number"],
        sqlite_where=_WARNING,
        postgresql_where=_WARNING,
    )
    op.create_index("ix_cases_target", "cases", ["guild_id", "target_id", "number"])
    op.create_table(
        "refusals",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
    )
    op.create_index("ix_refusals_server", "refusals", ["guild_id", "at"])
    op.create_index("ix_refusals_person", "refusals", ["guild_id", "user_id", "at"])
    op.create_table(
        "log_entries",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("message", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_log_entries_server", "log_entries", ["guild_id", "due_at"])
    _carry_over()


def _carry_over() -> None:
    """Sums up what each server's existing reservations count as its totals."""
    counted = (
        "CASE status WHEN 'settled' THEN settled_micros WHEN 'released' THEN 0 ELSE reserved_micros END"
        " FROM reservations"
    )
    totals: Counter[tuple[int, str]] = Counter()
    for guild_id, opened_at, micros in op.get_bind().execute(sa.text(f"SELECT guild_id, opened_at, {counted}")):
        day = datetime.fromtimestamp(opened_at // 1_000_000, UTC).date().isoformat()
        totals[guild_id, day] += micros
        totals[guild_id, day[:7]] += micros
    spending = sa.table("server_spending", sa.column("guild_id"), sa.column("period"), sa.column("micros"))
    rows = [{"guild_id": guild, "period": period, "micros": micros} for (guild, period), micros in totals.items()]
    op.bulk_insert(spending, rows)


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)
    op.drop_index("ix_posts_message_id", "posts")
    op.drop_index("ix_jobs_server", "jobs")
    for name in ("removed_at", "hidden", "parent_channel_id"):
        op.drop_column("jobs", name)
