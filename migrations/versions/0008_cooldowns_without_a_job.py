"""Lets a cooldown begin without a job: three broken pictures start one too.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cooldowns") as table:
        table.alter_column("job_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM cooldowns WHERE job_id IS NULL")
    with op.batch_alter_table("cooldowns") as table:
        table.alter_column("job_id", existing_type=sa.Integer(), nullable=False)
