"""Renames what the glossary renames: unresolved money, notified decisions, read warnings.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = (
    "job_id",
    "guild_id",
    "user_id",
    "speed",
    "status",
    "reserved_micros",
    "settled_micros",
    "opened_at",
    "closed_at",
    "unsure_micros",
)
_UNNOTIFIED_JOB = sa.text("reply_token IS NOT NULL")


def upgrade() -> None:
    _rename_status("held", "unresolved")
    # A rename rewrites indexes too, also where the column is in the condition of a partial index:
    # https://www.sqlite.org/lang_altertable.html#alter_table_rename_column
    op.execute("ALTER TABLE decisions RENAME COLUMN told_at TO notified_at")
    op.execute("ALTER TABLE cases RENAME COLUMN told_at TO read_at")
    _replace_indexes(old="untold", new="unnotified", notified_at="notified_at")


def _rename_status(old: str, new: str) -> None:
    """Rebuilds `reservations`: SQLite cannot change a CHECK in place, and no other table refers to this one.

    https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes
    """
    op.rename_table("reservations", "old_reservations")
    if op.get_bind().dialect.name == "postgresql":  # whose indexes, also those of keys, share the names of the schema
        op.drop_constraint("pk_reservations", "old_reservations")
    statuses = ", ".join(f"'{status}'" for status in sorted(("released", "reserved", "settled", new)))
    op.create_table(
        "reservations",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("speed", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reserved_micros", sa.BigInteger(), nullable=False),
        sa.Column("settled_micros", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("unsure_micros", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(status = 'settled') = (settled_micros IS NOT NULL)", name=op.f("ck_reservations_settled_micros")
        ),
        sa.CheckConstraint(
            "(status IN ('released', 'settled')) = (closed_at IS NOT NULL)", name=op.f("ck_reservations_closed_at")
        ),
        sa.CheckConstraint(f"status IN ({statuses})", name=op.f("ck_reservations_status")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_reservations_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_reservations")),
    )
    before = sa.table("old_reservations", *map(sa.column, _COLUMNS))
    status = sa.case((before.c.status == old, new), else_=before.c.status)
    rows = sa.select(*(status if column.name == "status" else column for column in before.c))
    op.execute(sa.insert(sa.table("reservations", *map(sa.column, _COLUMNS))).from_select(_COLUMNS, rows))
    op.drop_table("old_reservations")


def _replace_indexes(*, old: str, new: str, notified_at: str) -> None:
    """SQLite cannot rename an index."""
    unnotified = sa.text(f"{notified_at} IS NULL")
    op.drop_index(f"ix_decisions_{old}", "decisions")
    op.create_index(f"ix_decisions_{new}", "decisions", ["id"], sqlite_where=unnotified, postgresql_where=unnotified)
    op.drop_index(f"ix_jobs_{old}", "jobs")
    op.create_index(
        f"ix_jobs_{new}", "jobs", ["accepted_at"], sqlite_where=_UNNOTIFIED_JOB, postgresql_where=_UNNOTIFIED_JOB
    )


def downgrade() -> None:
    op.execute("ALTER TABLE cases RENAME COLUMN read_at TO told_at")
    op.execute("ALTER TABLE decisions RENAME COLUMN notified_at TO told_at")
    _replace_indexes(old="unnotified", new="untold", notified_at="told_at")
    _rename_status("unresolved", "held")
