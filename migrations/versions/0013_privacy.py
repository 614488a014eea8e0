"""Lets prompts go after some time, and people have their data erased.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REMEMBERED = "forgotten_at IS NULL AND finished_at IS NOT NULL"
_OPEN = "finished_at IS NULL"


def upgrade() -> None:
    op.add_column("policies", sa.Column("keep_prompts_days", sa.Integer()))
    op.add_column("jobs", sa.Column("forgotten_at", sa.BigInteger()))
    _index("ix_jobs_remembered", "jobs", ["guild_id", "finished_at"], _REMEMBERED)
    op.create_table(
        "erasures",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("last_job", sa.BigInteger(), nullable=False),
        sa.Column("erased_up_to", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("unreached", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("kind IN ('person', 'server')", name=op.f("ck_erasures_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    _index("uq_erasures_open", "erasures", ["kind", "subject_id"], _OPEN, unique=True)
    _index("ix_erasures_due", "erasures", ["due_at"], _OPEN)


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_index("ix_jobs_remembered", "jobs")
    op.drop_column("jobs", "forgotten_at")
    op.drop_column("policies", "keep_prompts_days")
