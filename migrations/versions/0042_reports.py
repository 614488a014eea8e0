"""Adds members' reports of results, and the settings about them.

Revision: 0042, after 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_POLICIES = ("report_hides", "report_account_s", "report_member_s")


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("matter_id", _ID, nullable=False),
        sa.Column("job_id", _ID, nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("counts", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["matter_id"], ["matters.id"], name=op.f("fk_reports_matter_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_reports_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("job_id", "reporter_id", name=op.f("uq_reports_job_id_reporter_id")),
    )
    op.create_index(op.f("ix_reports_matter_id"), "reports", ["matter_id"])
    op.create_index("ix_reports_reporter", "reports", ["reporter_id", "at"])
    unread = sa.text("read_at IS NULL")
    op.create_index(
        "ix_reports_unread", "reports", ["guild_id", "reporter_id"], sqlite_where=unread, postgresql_where=unread
    )
    for name in _POLICIES:
        op.add_column("policies", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in _POLICIES:
        op.drop_column("policies", name)
    op.drop_table("reports")
