"""Adds the operator's pause, blocks and decisions about parked jobs, and what earlier calls may have cost.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PARKED = sa.text("state = 'outcome_unknown'")
_UNTOLD = sa.text("told_at IS NULL")


def upgrade() -> None:
    op.add_column("queue", sa.Column("paused_reason", sa.Text(), nullable=True))
    op.add_column("queue", sa.Column("paused_at", sa.BigInteger(), nullable=True))
    op.add_column("queue", sa.Column("paused_by", sa.BigInteger(), nullable=True))
    op.add_column("reservations", sa.Column("unsure_micros", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "blocks",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("blocked_at", sa.BigInteger(), nullable=False),
        sa.Column("blocked_by", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'server')", name=op.f("ck_blocks_kind")),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_blocks")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('retried', 'written_off', 'written_off_uncharged')", name=op.f("ck_decisions_decision")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_decisions_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_job_id"), "decisions", ["job_id"])
    op.create_index("ix_decisions_untold", "decisions", ["id"], sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)
    op.create_index("ix_jobs_parked", "jobs", ["id"], sqlite_where=_PARKED, postgresql_where=_PARKED)


def downgrade() -> None:
    op.drop_index("ix_jobs_parked", "jobs")
    op.drop_table("decisions")
    op.drop_table("blocks")
    op.drop_column("reservations", "unsure_micros")
    for name in ("paused_by", "paused_at", "paused_reason"):
        op.drop_column("queue", name)
