"""Adds the strikes of people, the pictures to delete soon, and after how many safety refusals a server blocks.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("policies", sa.Column("safety_refusals", sa.Integer()))
    op.create_table(
        "unneeded_pictures",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_unneeded_pictures")),
    )
    op.create_table(
        "strikes",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("picture", sa.Text()),
        sa.Column("is_new", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
        sa.Column("spent_in_server", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
        sa.Column("spent_everywhere", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strikes")),
    )
    op.create_index("ix_strikes_person", "strikes", ["user_id", "kind", "at"])
    op.create_index("ix_strikes_at", "strikes", ["at"])
    _partial_index("ix_strikes_picture", ["picture", "at"], "picture IS NOT NULL")
    _partial_index("ix_strikes_new", ["id"], "is_new")


def _partial_index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "strikes", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_table("strikes")
    op.drop_table("unneeded_pictures")
    op.drop_column("policies", "safety_refusals")
