"""Remembers whose picture a remix was made from, who wants none made of theirs, and who is asked.

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policies", sa.Column("others_pictures", sa.Text()))
    op.add_column("jobs", sa.Column("source_author_id", sa.BigInteger()))
    op.add_column("jobs", sa.Column("source_channel_id", sa.BigInteger()))
    op.add_column("jobs", sa.Column("source_message_id", sa.BigInteger()))
    _index("ix_jobs_source_author", "jobs", ["source_author_id", "id"], "source_author_id IS NOT NULL")
    op.create_table(
        "opt_outs",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_opt_outs")),
    )
    _create_requests()


def _create_requests() -> None:
    op.create_table(
        "picture_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_channel_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("asker_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("of_bot", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("pictures", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("interaction_id", sa.BigInteger()),
        sa.Column("reply_token", sa.Text()),
        sa.Column("picture", sa.Integer()),
        sa.Column("prompt", sa.Text()),
        sa.Column("weight", sa.Integer()),
        sa.Column("resolution", sa.Text()),
        sa.Column("speed", sa.Text()),
        sa.Column("question_id", sa.BigInteger()),
        sa.CheckConstraint(
            "state IN ('declined', 'ended', 'form', 'granted', 'open')", name=op.f("ck_picture_requests_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture_requests")),
    )
    op.create_index("ix_picture_requests_asker", "picture_requests", ["asker_id", "created_at"])
    op.create_index("ix_picture_requests_author", "picture_requests", ["author_id", "created_at"])
    op.create_index("ix_picture_requests_ends_at", "picture_requests", ["ends_at"])


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_table("picture_requests")
    op.drop_table("opt_outs")
    op.drop_index("ix_jobs_source_author", "jobs")
    op.drop_column("jobs", "source_message_id")
    op.drop_column("jobs", "source_channel_id")
    op.drop_column("jobs", "source_author_id")
    op.drop_column("policies", "others_pictures")
