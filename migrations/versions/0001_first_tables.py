"""Creates the tables of jobs, events, results, posts, money, cooldowns, the queue and the synced commands.

Revision: 0001, after None
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reply_token", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("speed", sa.Text(), nullable=False),
        sa.Column("copyright_check", sa.Boolean(), nullable=False),
        sa.Column("spoiler", sa.Boolean(), nullable=False),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("source_format", sa.Text(), nullable=False),
        sa.Column("again_of", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("queue_until", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("generating_at", sa.BigInteger(), nullable=True),
        sa.Column("generated_at", sa.BigInteger(), nullable=True),
        sa.Column("posting_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("failure_kind", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'failed') = (failure_kind IS NOT NULL)", name=op.f("ck_jobs_failure_kind")),
        sa.CheckConstraint(
            "(state IN ('cancelled', 'delivered', 'failed')) = (finished_at IS NOT NULL)",
            name=op.f("ck_jobs_finished_at"),
        ),
        sa.CheckConstraint("speed IN ('DEFAULT', 'QUALITY', 'TURBO')", name=op.f("ck_jobs_speed")),
        sa.CheckConstraint(
            "state IN ('cancelled', 'delivered', 'failed', 'generated', 'generating', 'outcome_unknown', 'queued')",
            name=op.f("ck_jobs_state"),
        ),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_jobs_weight")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("interaction_id", name=op.f("uq_jobs_interaction_id")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_jobs_claim",
            ["turn", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'queued'"),
            postgresql_where=sa.text("state = 'queued'"),
        )
        batch_op.create_index(
            "ix_jobs_delivery",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'generated'"),
            postgresql_where=sa.text("state = 'generated'"),
        )
        batch_op.create_index(
            "ix_jobs_measured",
            ["speed", "generated_at"],
            unique=False,
            sqlite_where=sa.text("generated_at IS NOT NULL"),
            postgresql_where=sa.text("generated_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_jobs_open",
            ["user_id", "id"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('cancelled', 'delivered', 'failed')"),
            postgresql_where=sa.text("state NOT IN ('cancelled', 'delivered', 'failed')"),
        )
        batch_op.create_index("ix_jobs_person", ["user_id", "id"], unique=False)
        batch_op.create_index(
            "ix_jobs_source",
            ["source_hash", "finished_at"],
            unique=False,
            sqlite_where=sa.text("source_hash IS NOT NULL"),
            postgresql_where=sa.text("source_hash IS NOT NULL"),
        )
        batch_op.create_index("ix_jobs_turns", ["user_id", "turn"], unique=False)
        batch_op.create_index(
            "ix_jobs_waiting",
            ["state", "user_id", "guild_id"],
            unique=False,
            sqlite_where=sa.text("state IN ('generating', 'queued')"),
            postgresql_where=sa.text("state IN ('generating', 'queued')"),
        )
        batch_op.create_index(
            "ix_jobs_untold",
            ["accepted_at"],
            unique=False,
            sqlite_where=sa.text("reply_token IS NOT NULL"),
            postgresql_where=sa.text("reply_token IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_jobs_again",
            ["user_id", "again_of"],
            unique=True,
            sqlite_where=sa.text("state IN ('generating', 'queued')"),
            postgresql_where=sa.text("state IN ('generating', 'queued')"),
        )

    op.create_table(
        "queue",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("serving_turn", sa.BigInteger(), nullable=False),
        sa.Column("hold", sa.Text(), nullable=True),
        sa.Column("next_trial_at", sa.BigInteger(), nullable=True),
        sa.Column("trial_job_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_queue_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
    )
    op.create_table(
        "synced_commands",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_synced_commands")),
    )
    op.create_table(
        "cooldowns",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_cooldowns_job_id")),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_cooldowns")),
    )
    with op.batch_alter_table("cooldowns", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_cooldowns_job_id"), ["job_id"], unique=False)

    op.create_table(
        "job_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_events_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_events")),
    )
    with op.batch_alter_table("job_events", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_job_events_job_id"), ["job_id"], unique=False)

    op.create_table(
        "posts",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("positions", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_posts_job_id")),
        sa.PrimaryKeyConstraint("job_id", "part", name=op.f("pk_posts")),
    )
    op.create_table(
        "reservations",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("speed", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reserved_micros", sa.BigInteger(), nullable=False),
        sa.Column("settled_micros", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(status = 'settled') = (settled_micros IS NOT NULL)", name=op.f("ck_reservations_settled_micros")
        ),
        sa.CheckConstraint(
            "(status IN ('released', 'settled')) = (closed_at IS NOT NULL)", name=op.f("ck_reservations_closed_at")
        ),
        sa.CheckConstraint(
            "status IN ('held', 'released', 'reserved', 'settled')", name=op.f("ck_reservations_status")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_reservations_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_reservations")),
    )
    op.create_table(
        "results",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("safe", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("lost", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_results_job_id")),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_results")),
    )
    with op.batch_alter_table("results", schema=None) as batch_op:
        batch_op.create_index(
            "ix_results_hash",
            ["hash"],
            unique=False,
            sqlite_where=sa.text("hash IS NOT NULL"),
            postgresql_where=sa.text("hash IS NOT NULL"),
        )

    # The queue has exactly one row, so that reading it needs no special case.
    op.execute("INSERT INTO queue (id, serving_turn) VALUES (1, 0)")


def downgrade() -> None:
    with op.batch_alter_table("results", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_results_hash", sqlite_where=sa.text("hash IS NOT NULL"), postgresql_where=sa.text("hash IS NOT NULL")
        )

    op.drop_table("results")
    op.drop_table("reservations")
    op.drop_table("posts")
    with op.batch_alter_table("job_events", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_job_events_job_id"))

    op.drop_table("job_events")
    with op.batch_alter_table("cooldowns", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_cooldowns_job_id"))

    op.drop_table("cooldowns")
    op.drop_table("synced_commands")
    op.drop_table("queue")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_jobs_again",
            sqlite_where=sa.text("state IN ('generating', 'queued')"),
            postgresql_where=sa.text("state IN ('generating', 'queued')"),
        )
        batch_op.drop_index(
            "ix_jobs_waiting",
            sqlite_where=sa.text("state IN ('generating', 'queued')"),
            postgresql_where=sa.text("state IN ('generating', 'queued')"),
        )
        batch_op.drop_index("ix_jobs_turns")
        batch_op.drop_index(
            "ix_jobs_source",
            sqlite_where=sa.text("source_hash IS NOT NULL"),
            postgresql_where=sa.text("source_hash IS NOT NULL"),
        )
        batch_op.drop_index("ix_jobs_person")
        batch_op.drop_index(
            "ix_jobs_open",
            sqlite_where=sa.text("state NOT IN ('cancelled', 'delivered', 'failed')"),
            postgresql_where=sa.text("state NOT IN ('cancelled', 'delivered', 'failed')"),
        )
        batch_op.drop_index(
            "ix_jobs_measured",
            sqlite_where=sa.text("generated_at IS NOT NULL"),
            postgresql_where=sa.text("generated_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_jobs_delivery",
            sqlite_where=sa.text("state = 'generated'"),
            postgresql_where=sa.text("state = 'generated'"),
        )
        batch_op.drop_index(
            "ix_jobs_claim", sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'")
        )

    op.drop_table("jobs")
