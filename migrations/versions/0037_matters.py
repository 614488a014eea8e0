"""Adds what waits for a moderator's decision.

Revision: 0037, after 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "matters",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("admins_only", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("case_number", sa.Integer(), nullable=True),
        sa.Column("redraw_at", sa.BigInteger(), nullable=True),
        sa.Column("redraw_attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("drawings", sa.Integer(), nullable=False, server_default="0"),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_matters_closed")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_matters_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matters")),
        sqlite_autoincrement=True,
    )
    is_open, is_outdated = sa.text("closed_at IS NULL"), sa.text("redraw_at IS NOT NULL")
    op.create_index(
        "uq_matters_open",
        "matters",
        ["kind", "subject"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_matters_open", "matters", ["guild_id", "id"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index(
        "ix_matters_redraw", "matters", ["redraw_at"], sqlite_where=is_outdated, postgresql_where=is_outdated
    )
    op.create_index("ix_matters_closed", "matters", ["closed_at"])
    op.create_index(op.f("ix_matters_job_id"), "matters", ["job_id"])


def downgrade() -> None:
    # An older version cannot read an entry of a kind that it does not know, and would write no log at all.
    for table in ("log_entries", "log_posts"):
        entries = sa.table(table, sa.column("kind"))
        op.execute(sa.delete(entries).where(entries.c.kind == "matter"))
    op.drop_table("matters")
