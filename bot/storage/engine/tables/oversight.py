"""Defines the tables of points against members, and of purges that wait for a second moderator."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import Id, UtcTime, metadata, partial_index

# What counts against a member until it is too old (rules/points.py).
points = sa.Table(
    "points",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    # A value of rules.points.PointKind.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("points", sa.Integer, nullable=False),
    # The remix that was refused or reported, which gives points of a kind once. NULL: a refused command has none.
    sa.Column("job_id", sa.ForeignKey("jobs.id"), index=True),
    # The number of the case that cleared them.
    sa.Column("cleared_case", sa.Integer),
    # Whether the ladders have yet to be asked about them.
    sa.Column("is_new", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.true()),
)
sa.Index("ix_points_person", points.c.user_id, points.c.guild_id, points.c.at)
sa.Index("ix_points_at", points.c.at)
POINTS_ARE_NEW = sa.text("is_new")
partial_index("ix_points_new", points.c.id, where=POINTS_ARE_NEW)

# Large purges that wait for a second moderator, and how they ended.
purge_requests = sa.Table(
    "purge_requests",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    # Who asked for it, and whose results are to go.
    sa.Column("actor_id", sa.BigInteger, nullable=False),
    sa.Column("target_id", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text),
    # The remixes that were chosen then: numbers separated by spaces.
    sa.Column("jobs", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    # A value of rules.second_moderators.PurgeState.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("decided_by", sa.BigInteger),
    sa.Column("decided_at", UtcTime),
    # The number of the case that removed them.
    sa.Column("case_number", sa.Integer),
)
sa.Index("ix_purge_requests_server", purge_requests.c.guild_id, purge_requests.c.state, purge_requests.c.id)
sa.Index("ix_purge_requests_at", purge_requests.c.at)
