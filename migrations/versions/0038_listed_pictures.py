"""Adds the lists of pictures that are not allowed, and how much a picture must be like one of them.

Revision: 0038, after 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MISSING = sa.text("prints IS NULL")


def upgrade() -> None:
    op.create_table(
        "listed_pictures",
        sa.Column("number", _ID, autoincrement=True, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("prints", sa.Text(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("listed_at", sa.BigInteger(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=True),
        sa.Column("job_id", _ID, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_off", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_listed_pictures_job_id"),
        sa.PrimaryKeyConstraint("number", name="pk_listed_pictures"),
        sa.UniqueConstraint("guild_id", "hash", name="uq_listed_pictures_guild_id_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_listed_pictures_job_id", "listed_pictures", ["job_id"])
    op.create_index(
        "ix_listed_pictures_missing", "listed_pictures", ["hash"], sqlite_where=_MISSING, postgresql_where=_MISSING
    )
    op.create_table(
        "picture_versions",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_picture_versions"),
    )
    # NULL: near.
    op.add_column("policies", sa.Column("picture_memory", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("policies", "picture_memory")
    op.drop_table("picture_versions")
    op.drop_table("listed_pictures")
