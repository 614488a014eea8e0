"""Records which remixes were asked for together, how many images each asks for, and which of them were picked.

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("images", sa.Integer(), server_default="1", nullable=False))
    op.add_column("jobs", sa.Column("set_id", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("set_position", sa.Integer(), nullable=True))
    _add_index("ix_jobs_set", ["set_id", "set_position"], "set_id IS NOT NULL")
    _add_index("ix_jobs_waiting_sets", ["set_id"], "state IN ('generating', 'queued') AND set_id IS NOT NULL")
    op.create_table(
        "picks",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_picks_job_id")),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_picks")),
    )


def downgrade() -> None:
    op.drop_table("picks")
    op.drop_index("ix_jobs_waiting_sets", "jobs")
    op.drop_index("ix_jobs_set", "jobs")
    op.drop_column("jobs", "set_position")
    op.drop_column("jobs", "set_id")
    op.drop_column("jobs", "images")


def _add_index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "jobs", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
