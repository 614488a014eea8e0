"""Remembers which remixes were erased because of which request.

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("erasure_id", sa.BigInteger()))
    where = sa.text("erasure_id IS NOT NULL")
    op.create_index("ix_jobs_erasure", "jobs", ["erasure_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_jobs_erasure", "jobs")
    op.drop_column("jobs", "erasure_id")
