"""Knows which remixes share a source picture, what a case acted on, and keeps deleted results for moderators.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("root_id", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("removal", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("change_due_at", sa.BigInteger(), nullable=True))
    op.add_column("posts", sa.Column("change_attempts", sa.Integer(), server_default="0", nullable=False))
    _create_case_jobs()
    _create_evidence()
    op.execute("UPDATE jobs SET removal = 'moderator' WHERE removed_at IS NOT NULL")
    _find_roots()
    # All of these acted on one remix. What a purge acted on is in its details alone.
    op.execute(
        "INSERT INTO case_jobs SELECT guild_id, number, job_id, target_id, at FROM cases "
        "WHERE kind IN ('hide', 'unhide', 'remove') AND job_id IS NOT NULL AND target_id IS NOT NULL"
    )
    for name, table, columns, where in _INDEXES:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _columns, _where in reversed(_INDEXES):
        op.drop_index(name, table)
    op.drop_table("evidence")
    op.drop_table("case_jobs")
    for table, column in (
        ("posts", "change_attempts"),
        ("posts", "change_due_at"),
        ("jobs", "removal"),
        ("jobs", "root_id"),
    ):
        op.drop_column(table, column)


_INDEXES = [
    ("ix_jobs_root", "jobs", ["root_id", "id"], "root_id IS NOT NULL"),
    ("ix_posts_change", "posts", ["change_due_at"], "change_due_at IS NOT NULL"),
    ("ix_case_jobs_unread", "case_jobs", ["guild_id", "user_id"], "read_at IS NULL"),
]


def _create_case_jobs() -> None:
    op.create_table(
        "case_jobs",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("job_id", _ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_case_jobs_job_id")),
        sa.PrimaryKeyConstraint("guild_id", "case_number", "job_id", name=op.f("pk_case_jobs")),
    )
    op.create_index("ix_case_jobs_job_id", "case_jobs", ["job_id"])


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("job_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_evidence_job_id")),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_hash", "evidence", ["hash"])
    op.create_index("ix_evidence_until", "evidence", ["until"])


def _find_roots() -> None:
    """An Again has a higher id than the job that it repeats, so one pass in the order of ids knows every root."""
    jobs = sa.table("jobs", *map(sa.column, ("id", "again_of", "root_id")))
    connection = op.get_bind()
    repeats = sa.select(jobs.c.id, jobs.c.again_of).where(jobs.c.again_of.is_not(None)).order_by(jobs.c.id)
    roots: dict[int, int] = {}
    for job_id, again_of in connection.execute(repeats):
        roots[job_id] = roots.get(again_of, again_of)
    if roots:
        values = [{"job": job_id, "root": root_id} for job_id, root_id in roots.items()]
        this = jobs.c.id == sa.bindparam("job")
        connection.execute(sa.update(jobs).where(this).values(root_id=sa.bindparam("root")), values)
