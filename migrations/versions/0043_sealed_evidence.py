"""Adds what was reported as illegal and is kept for the operator alone.

Revision: 0043, after 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sealed_evidence",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", _ID, nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_sealed_evidence_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_evidence")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sealed_evidence_job_id"), "sealed_evidence", ["job_id"])
    pending, sealed = sa.text("sealed IS NULL AND ended IS NULL"), sa.text("sealed IS NOT NULL")
    op.create_index(
        "ix_sealed_evidence_pending", "sealed_evidence", ["id"], sqlite_where=pending, postgresql_where=pending
    )
    op.create_index(
        "ix_sealed_evidence_sealed",
        "sealed_evidence",
        ["sealed", "until"],
        sqlite_where=sealed,
        postgresql_where=sealed,
    )
    op.create_table(
        "unsealed_pictures",
        sa.Column("evidence_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["sealed_evidence.id"], name=op.f("fk_unsealed_pictures_evidence_id")),
        sa.PrimaryKeyConstraint("evidence_id", "position", name=op.f("pk_unsealed_pictures")),
    )
    op.create_index(op.f("ix_unsealed_pictures_hash"), "unsealed_pictures", ["hash"])
    op.create_table(
        "evidence_events",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("evidence_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["sealed_evidence.id"], name=op.f("fk_evidence_events_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_events")),
    )
    op.create_index(op.f("ix_evidence_events_evidence_id"), "evidence_events", ["evidence_id"])


def downgrade() -> None:
    op.drop_table("evidence_events")
    op.drop_table("unsealed_pictures")
    op.drop_table("sealed_evidence")
