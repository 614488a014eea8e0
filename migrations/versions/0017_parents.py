"""Renames again_of: a remix can also go on from another by Edit, or with its result as the source.

Revision: 0017, after 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A rename rewrites the indexes too: https://www.sqlite.org/lang_altertable.html#alter_table_rename_column
    op.execute("ALTER TABLE jobs RENAME COLUMN again_of TO parent_id")


def downgrade() -> None:
    op.execute("ALTER TABLE jobs RENAME COLUMN parent_id TO again_of")
