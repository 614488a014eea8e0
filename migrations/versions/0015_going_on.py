"""Records how a remix goes on from another: Again, Edit, or with its result as the source.

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_WAITING = "state IN ('generating', 'queued')"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("origin", sa.Text(), server_default="upload", nullable=False))
    op.add_column("jobs", sa.Column("parent_position", sa.Integer(), nullable=True))
    op.execute("UPDATE jobs SET origin = 'again' WHERE again_of IS NOT NULL")
    _replace_index(f"{_WAITING} AND origin = 'again'")


def downgrade() -> None:
    op.execute("UPDATE jobs SET again_of = NULL WHERE origin NOT IN ('upload', 'again')")
    _replace_index(_WAITING)
    op.drop_column("jobs", "parent_position")
    op.drop_column("jobs", "origin")


def _replace_index(waiting: str) -> None:
    """One open Again of the same remix for each member."""
    op.drop_index("uq_jobs_again", "jobs")
    where = sa.text(waiting)
    op.create_index(
        "uq_jobs_again", "jobs", ["user_id", "again_of"], unique=True, sqlite_where=where, postgresql_where=where
    )
