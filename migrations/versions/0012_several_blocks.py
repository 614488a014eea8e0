"""Keeps every running block of a member, the earlier texts of a reason, and where log entries were posted.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COLUMNS = "guild_id, user_id, case_number, blocked_at, until, reason"
# A member has one row below this revision: the block that ends last, and of equal ones the first.
_SHORTER = """
DELETE FROM member_blocks WHERE EXISTS (
    SELECT 1 FROM member_blocks AS other
    WHERE other.guild_id = member_blocks.guild_id AND other.user_id = member_blocks.user_id
    AND other.case_number <> member_blocks.case_number AND (
        (other.until IS NULL AND member_blocks.until IS NOT NULL)
        OR other.until > member_blocks.until
        OR ((other.until = member_blocks.until OR (other.until IS NULL AND member_blocks.until IS NULL))
            AND other.case_number < member_blocks.case_number)
    )
)
"""


def upgrade() -> None:
    _make_again("guild_id", "user_id", "case_number")
    op.add_column("cases", sa.Column("undone_case", sa.Integer()))
    op.create_table(
        "case_reasons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.Column("replaced_by", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_reasons")),
    )
    op.create_index("ix_case_reasons_case", "case_reasons", ["guild_id", "number", "id"])
    op.create_table(
        "log_posts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_posts")),
    )
    op.create_index("ix_log_posts_subject", "log_posts", ["guild_id", "kind", "subject"])


def downgrade() -> None:
    op.drop_table("log_posts")
    op.drop_table("case_reasons")
    op.drop_column("cases", "undone_case")
    op.execute(_SHORTER)
    _make_again("guild_id", "user_id")


def _make_again(*key: str) -> None:
    """SQLite cannot change a primary key. The new table is created under its own name: renaming would quote it."""
    op.rename_table("member_blocks", "old_member_blocks")
    if op.get_bind().dialect.name == "postgresql":  # whose indexes, also those of keys, share the names of the schema
        op.drop_constraint("pk_member_blocks", "old_member_blocks")
    op.create_table(
        "member_blocks",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("blocked_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_member_blocks")),
    )
    op.execute(f"INSERT INTO member_blocks ({_COLUMNS}) SELECT {_COLUMNS} FROM old_member_blocks")  # noqa: S608 - constants
    op.drop_table("old_member_blocks")
