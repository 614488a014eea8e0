"""Defines the tables of the bot's processes, and of what they share. SQLite has one process, which needs none of them.

Here `now` is the database server's clock, because the clocks of the machines may differ.
"""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import Id, UtcTime, metadata

processes = sa.Table(
    "processes",
    metadata,
    # In the order in which they joined: the first one does what only one process may do.
    sa.Column("number", Id, primary_key=True, autoincrement=True),
    # The name under which it claims jobs (jobs.lease).
    sa.Column("lease", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    # What operators read, such as `worker on host-1`: no two living processes have the same.
    sa.Column("name", sa.Text, nullable=False, server_default=sa.text("''")),
    # The operating system's number for it, on the host that its name ends with.
    sa.Column("pid", sa.BigInteger),
    # The shards of Discord's gateway that it answers for: `first` to `last` of `count`. NULL: it is no gateway.
    sa.Column("first_shard", sa.Integer),
    sa.Column("last_shard", sa.Integer),
    sa.Column("shard_count", sa.Integer),
    sa.Column("joined_at", UtcTime, nullable=False),
    sa.Column("beat_at", UtcTime, nullable=False),
    # Its IDEOGRAM_MAX_IN_FLIGHT, once it has asked for a slot. The lowest one is the limit of all.
    sa.Column("max_in_flight", sa.Integer),
    # The others take its work over when `beat_at` is longer ago than these seconds.
    sa.Column("lease_s", sa.Integer, nullable=False, server_default="20"),
    # How many it wanted to send to Discord lately.
    sa.Column("requests_per_s", sa.Integer, nullable=False, server_default="0"),
)

lost_calls = sa.Table(
    "lost_calls",
    metadata,
    # Paid calls whose process died before it had an answer or an id. Ideogram may be working on them until `until`, and
    # counts them meanwhile.
    sa.Column("job_id", sa.BigInteger, primary_key=True),
    sa.Column("call", sa.Integer, primary_key=True),
    sa.Column("images", sa.Integer, nullable=False),
    sa.Column("until", UtcTime, nullable=False),
    # When it was written down. If that is later than now, the clock was set back.
    sa.Column("since", UtcTime, nullable=False, server_default="0"),
)

brakes = sa.Table(
    "brakes",
    metadata,
    # All processes delay what the brake is for until then: `submit` or `poll`.
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("until", UtcTime, nullable=False),
    # When it was pulled. If that is later than now, the clock was set back.
    sa.Column("since", UtcTime, nullable=False, server_default="0"),
)

call_limits = sa.Table(
    "call_limits",
    metadata,
    # What all processes have found out about Ideogram's limit: rules.shared_limit.SharedLimit as JSON.
    sa.Column("api", sa.Text, primary_key=True),
    sa.Column("state", sa.JSON, nullable=False),
)
