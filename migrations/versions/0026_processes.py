"""Adds the tables of several processes, and which of them answers a remix's author.

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("lease", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("first_shard", sa.Integer(), nullable=True),
        sa.Column("last_shard", sa.Integer(), nullable=True),
        sa.Column("shard_count", sa.Integer(), nullable=True),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_processes"),
        sa.UniqueConstraint("lease", name="uq_processes_lease"),
    )
    op.create_table(
        "lost_calls",
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "call", name="pk_lost_calls"),
    )
    op.create_table(
        "brakes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_brakes"),
    )
    op.create_table(
        "call_limits",
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("api", name="pk_call_limits"),
    )
    op.add_column("jobs", sa.Column("accepted_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "accepted_by")
    op.drop_table("call_limits")
    op.drop_table("brakes")
    op.drop_table("lost_calls")
    op.drop_table("processes")
