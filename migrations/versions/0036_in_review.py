"""Adds the state of results that moderators look at first, why they do, and when one of them was published.

Revision: 0036, after 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_BEFORE = "'cancelled', 'delivered', 'failed', 'generated', 'generating', 'outcome_unknown', 'queued'"
_AFTER = "'cancelled', 'delivered', 'failed', 'generated', 'generating', 'in_review', 'outcome_unknown', 'queued'"
_LOG = [sa.table(name, sa.column("kind")) for name in ("log_entries", "log_posts")]


def upgrade() -> None:
    op.add_column("jobs", sa.Column("review", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("approved_at", sa.BigInteger(), nullable=True))
    _change_states(_BEFORE, _AFTER)
    in_review = sa.text("state = 'in_review'")
    op.create_index("ix_jobs_in_review", "jobs", ["guild_id", "id"], sqlite_where=in_review, postgresql_where=in_review)
    # Such entries say that the author alone has the result. A review has a card with buttons.
    for table in _LOG:
        op.execute(sa.update(table).where(table.c.kind == "review").values(kind="held_back"))


def downgrade() -> None:
    op.drop_index("ix_jobs_in_review", "jobs")
    # As it was before: what waits for a review is its author's alone.
    op.execute("UPDATE jobs SET state = 'generated', due_at = NULL WHERE state = 'in_review'")
    op.execute("UPDATE jobs SET failure_kind = 'removed' WHERE failure_kind = 'review_refused'")
    op.execute("UPDATE jobs SET failure_kind = 'result_expired' WHERE failure_kind = 'review_expired'")
    op.execute("UPDATE job_events SET from_state = 'generated' WHERE from_state = 'in_review'")
    op.execute("UPDATE job_events SET to_state = 'generated' WHERE to_state = 'in_review'")
    for table in _LOG:
        op.execute(sa.update(table).where(table.c.kind == "held_back").values(kind="review"))
    _change_states(_AFTER, _BEFORE)
    op.drop_column("jobs", "approved_at")
    op.drop_column("jobs", "review")


def _change_states(before: str, after: str) -> None:
    """On SQLite only the text of the table changes: to rebuild it would copy all jobs, and other tables refer to it.

    https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes (the second procedure)
    """
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_jobs_state"), "jobs")
        op.create_check_constraint(op.f("ck_jobs_state"), "jobs", f"state IN ({after})")
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'jobs' AND instr(sql, ?)",
        (f"state IN ({before})", f"state IN ({after})", f"state IN ({before})"),
    ).rowcount
    # So that every connection reads the new text.
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
    if changed != 1:
        raise RuntimeError("the states of jobs are not those that this migration knows")
