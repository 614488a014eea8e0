"""Keeps what was typed for remixes that were refused or failed, and lets a remix start when its cooldown is over.

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("is_failed", sa.Boolean(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("options", sa.Text()),
        sa.Column("spoiler", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("cheaper_speed", sa.Text()),
        sa.Column("url", sa.Text()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("origin", sa.Text()),
        sa.Column("job_id", _ID),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("is_private", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("position", sa.Integer()),
        sa.Column("source_hash", sa.Text()),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_drafts_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.UniqueConstraint("guild_id", "user_id", "is_failed", name="uq_drafts_guild_id_user_id_is_failed"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_drafts_until", "drafts", ["until"])
    op.create_index("ix_drafts_job_id", "drafts", ["job_id"])
    where = sa.text("source_hash IS NOT NULL")
    op.create_index("ix_drafts_source", "drafts", ["source_hash"], sqlite_where=where, postgresql_where=where)
    op.add_column("jobs", sa.Column("starts_at", sa.BigInteger()))
    op.add_column("cooldowns", sa.Column("earlier_job_id", sa.BigInteger()))
    op.add_column("cooldowns", sa.Column("earlier_started_at", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("cooldowns", "earlier_started_at")
    op.drop_column("cooldowns", "earlier_job_id")
    op.drop_column("jobs", "starts_at")
    op.drop_table("drafts")
