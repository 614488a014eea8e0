"""Adds the ledger: each change of money as an entry, and running totals by day and month.

Revision: 0003, after 0002
"""

from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("id", _Id, autoincrement=True, nullable=False),
        sa.Column("job_id", _Id, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("day_ceiling_micros", sa.BigInteger(), nullable=True),
        sa.Column("month_ceiling_micros", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_ledger_entries_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index(op.f("ix_ledger_entries_job_id"), "ledger_entries", ["job_id"])
    op.create_table(
        "spending",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("warned_percent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("warned_ceiling_micros", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_spending")),
    )
    _carry_over()


def _carry_over() -> None:
    """Books what the existing reservations count as entries and totals."""
    counted = (
        "CASE status WHEN 'settled' THEN settled_micros WHEN 'released' THEN 0 ELSE reserved_micros END"
        " FROM reservations"
    )
    op.execute(f"INSERT INTO ledger_entries (job_id, at, micros) SELECT job_id, opened_at, {counted} ORDER BY job_id")
    totals: Counter[str] = Counter()
    for opened_at, micros in op.get_bind().execute(sa.text(f"SELECT opened_at, {counted}")):
        day = datetime.fromtimestamp(opened_at // 1_000_000, UTC).date().isoformat()
        totals[day] += micros
        totals[day[:7]] += micros
    spending = sa.table("spending", sa.column("period"), sa.column("micros"))
    op.bulk_insert(spending, [{"period": period, "micros": micros} for period, micros in totals.items()])


def downgrade() -> None:
    op.drop_table("spending")
    op.drop_index(op.f("ix_ledger_entries_job_id"), table_name="ledger_entries")
    op.drop_table("ledger_entries")
