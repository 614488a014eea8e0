"""Lets servers take turns in the queue, and finds what waits in a server and what a person has spent.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_QUEUED = sa.text("state = 'queued'")
_WAITING = sa.text("state IN ('generating', 'queued')")


def upgrade() -> None:
    op.create_table(
        "server_queues",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("serving_turn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_server_queues")),
    )
    op.create_index("ix_server_queues_turn", "server_queues", ["turn"])
    # Servers are served in the order of their oldest waiting job. Those in which nothing waits go to the end anyway.
    op.execute(
        "INSERT INTO server_queues (guild_id, turn, serving_turn)"
        " SELECT guild_id, coalesce(min(CASE WHEN state = 'queued' THEN id END), 0),"
        " (SELECT serving_turn FROM queue) FROM jobs GROUP BY guild_id"
    )
    op.drop_column("queue", "serving_turn")
    _index_claims("guild_id", "turn", "id")
    op.drop_index("ix_jobs_turns", "jobs")
    op.create_index("ix_jobs_turns", "jobs", ["guild_id", "user_id", "turn"])
    op.create_index("ix_jobs_waiting_servers", "jobs", ["guild_id"], sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_index("ix_reservations_person", "reservations", ["user_id", "opened_at"])


def downgrade() -> None:
    op.drop_index("ix_reservations_person", "reservations")
    op.drop_index("ix_jobs_waiting_servers", "jobs")
    op.drop_index("ix_jobs_turns", "jobs")
    op.create_index("ix_jobs_turns", "jobs", ["user_id", "turn"])
    _index_claims("turn", "id")
    op.add_column("queue", sa.Column("serving_turn", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE queue SET serving_turn = (SELECT coalesce(max(serving_turn), 0) FROM server_queues)")
    op.drop_index("ix_server_queues_turn", "server_queues")
    op.drop_table("server_queues")


def _index_claims(*columns: str) -> None:
    op.drop_index("ix_jobs_claim", "jobs")
    op.create_index("ix_jobs_claim", "jobs", list(columns), sqlite_where=_QUEUED, postgresql_where=_QUEUED)
