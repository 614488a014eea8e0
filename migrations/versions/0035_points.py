"""Adds points against members, purges that wait for a second moderator, and raid mode.

Revision: 0035, after 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "points",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("job_id", _ID, nullable=True),
        sa.Column("cleared_case", sa.Integer(), nullable=True),
        sa.Column("is_new", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.true()),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_points_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points")),
    )
    op.create_index("ix_points_job_id", "points", ["job_id"])
    op.create_index("ix_points_person", "points", ["user_id", "guild_id", "at"])
    op.create_index("ix_points_at", "points", ["at"])
    op.create_index(
        "ix_points_new", "points", ["id"], sqlite_where=sa.text("is_new"), postgresql_where=sa.text("is_new")
    )
    op.create_table(
        "purge_requests",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("jobs", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("case_number", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge_requests")),
    )
    op.create_index("ix_purge_requests_server", "purge_requests", ["guild_id", "state", "id"])
    op.create_index("ix_purge_requests_at", "purge_requests", ["at"])
    for name, type_ in _POLICIES.items():
        op.add_column("policies", sa.Column(name, type_, nullable=True))
    for name, type_ in _SERVERS.items():
        op.add_column("servers", sa.Column(name, type_, nullable=True))


_POLICIES = {
    "points_ladder": sa.Text(),
    "points_time_s": sa.Integer(),
    "second_moderator": sa.Integer(),
    "raid_new_s": sa.Integer(),
}
_SERVERS = {"raid_at": sa.BigInteger(), "raid_until": sa.BigInteger(), "raid_case": sa.Integer()}


def downgrade() -> None:
    for name in _SERVERS:
        op.drop_column("servers", name)
    for name in _POLICIES:
        op.drop_column("policies", name)
    op.drop_table("purge_requests")
    op.drop_table("points")
