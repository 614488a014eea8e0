"""Stores codes and raw values where sentences and spelled values were stored, and the case of a server's pause.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_LOG_PROBLEMS = {
    "channel_gone": "I may not see this channel, or it is gone.",
    "elsewhere": "This channel is not in this server, or it is gone.",
    "not_allowed": "I may not write in this channel.",
    "server_unavailable": "I do not see this server at the moment.",
    "no_reply": "Discord has not answered in time",
}


def upgrade() -> None:
    _rename_log_problem("log_trouble", "log_problem")
    # Other sentences have a status or the name of an error in them, such as "Discord did not take it (503)".
    _replace_log_problems({sentence: code for code, sentence in _LOG_PROBLEMS.items()}, other="no_reply")
    _add_pause_cases()


def downgrade() -> None:
    op.drop_column("servers", "paused_case")
    _replace_log_problems(_LOG_PROBLEMS, other=_LOG_PROBLEMS["no_reply"])
    _rename_log_problem("log_problem", "log_trouble")


def _rename_log_problem(old: str, new: str) -> None:
    op.execute(f"ALTER TABLE servers RENAME COLUMN {old} TO {new}")
    op.execute(f"ALTER TABLE servers RENAME COLUMN {old}_at TO {new}_at")


def _replace_log_problems(values: dict[str, str], *, other: str) -> None:
    servers = sa.table("servers", sa.column("log_problem"))
    new = sa.case(values, value=servers.c.log_problem, else_=other)
    op.execute(sa.update(servers).where(servers.c.log_problem.is_not(None)).values(log_problem=new))


def _add_pause_cases() -> None:
    op.add_column("servers", sa.Column("paused_case", sa.Integer(), nullable=True))
    # Until now a pause was matched with its case by the time, which both have from the same transaction.
    op.execute(
        "UPDATE servers SET paused_case = (SELECT max(number) FROM cases WHERE cases.guild_id = servers.guild_id "
        "AND cases.kind = 'pause' AND cases.at = servers.paused_at) WHERE paused_reason IS NOT NULL"
    )
