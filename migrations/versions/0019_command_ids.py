"""Keeps the ids of the commands that were synced, by which messages mention them.

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("synced_commands", sa.Column("ids", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("synced_commands", "ids")
