"""Adds the word lists of servers, what was read of their AutoMod, and what of both a job was asked about.

Revision: 0031, after 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "word_entries",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "kind", "key", name="pk_word_entries"),
    )
    op.create_table(
        "word_versions",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_word_versions"),
    )
    op.create_table(
        "automod_rules",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=True),
        sa.Column("presets", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_automod_rules"),
    )
    op.add_column("jobs", sa.Column("words_version", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("review_word", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "review_word")
    op.drop_column("jobs", "words_version")
    op.drop_table("automod_rules")
    op.drop_table("word_versions")
    op.drop_table("word_entries")
