"""Lets people hear by direct message how their reports ended.

Revision: 0045, after 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_UNREAD = sa.text("read_at IS NULL")
_UNREAD_AND_UNREACHED = sa.text("read_at IS NULL AND unreachable_at IS NOT NULL")
_TO_TELL = sa.text("read_at IS NULL AND unreachable_at IS NULL")


def upgrade() -> None:
    op.add_column("reports", sa.Column("unreachable_at", sa.BigInteger(), nullable=True))
    _index_unread(_UNREAD_AND_UNREACHED)
    op.create_index("ix_reports_to_tell", "reports", ["matter_id"], sqlite_where=_TO_TELL, postgresql_where=_TO_TELL)


def downgrade() -> None:
    op.drop_index("ix_reports_to_tell", "reports")
    _index_unread(_UNREAD)
    op.drop_column("reports", "unreachable_at")


def _index_unread(where: "sa.TextClause") -> None:
    op.drop_index("ix_reports_unread", "reports")
    columns = ["guild_id", "reporter_id"]
    op.create_index("ix_reports_unread", "reports", columns, sqlite_where=where, postgresql_where=where)
