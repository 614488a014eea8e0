"""Defines the tables of remixes, money and the operator. Times: microseconds since 1970, UTC. Money: micro-dollars."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.rules.job_states import FINAL, WAITING, JobState
from bot.rules.origins import Origin
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.prices import Speed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(sa.TypeDecorator[datetime]):
    """Aware datetimes as integers. SQLAlchemy's DateTime(timezone=True) silently drops the offset on SQLite."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else _EPOCH + value * _MICROSECOND


def _quoted(values: "type[JobState | Speed | ParkedDecision] | frozenset[JobState]") -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


# SQLite numbers rows only in a primary key declared exactly INTEGER: https://www.sqlite.org/lang_createtable.html#rowid
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("interaction_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    # The parent channel if the remix was asked for in a thread, else NULL.
    sa.Column("parent_channel_id", sa.BigInteger),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # Edits the private reply for 15 minutes. NULL: the author knows how the job ended. Empty: too late to edit the
    # private reply, but the author has yet to be notified of a bad end.
    # https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
    sa.Column("reply_token", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("turn", sa.BigInteger, nullable=False),
    # Empty once it is no longer kept.
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("weight", sa.Integer),
    sa.Column("resolution", sa.Text),
    sa.Column("speed", sa.Text, nullable=False),
    sa.Column("copyright_check", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("images", sa.Integer, nullable=False, server_default="1"),
    # The style that was chosen, and what it added to the prompt.
    sa.Column("style_name", sa.Text),
    sa.Column("style_ending", sa.Text),
    sa.Column("spoiler", sa.Boolean(create_constraint=False), nullable=False),
    # The SHA-256 of the prepared source; NULL once the picture has been deleted.
    sa.Column("source_hash", sa.Text),
    sa.Column("source_format", sa.Text, nullable=False),
    # How it goes on from another job, which job that is, and which of its results is the source (only if one is).
    sa.Column("origin", sa.Text, nullable=False, server_default=Origin.UPLOAD),
    sa.Column("parent_id", sa.BigInteger),
    sa.Column("parent_position", sa.Integer),
    # The first job of the family: the one whose source picture everything else was made from. NULL: this is that job.
    sa.Column("root_id", sa.BigInteger),
    # Whose picture it is, if it was taken from a message or is an avatar, and from where. No message: it is an avatar.
    sa.Column("source_author_id", sa.BigInteger),
    sa.Column("source_channel_id", sa.BigInteger),
    sa.Column("source_message_id", sa.BigInteger),
    sa.Column("accepted_at", UtcTime, nullable=False),
    # When the next step may be taken. NULL: only a person can take it.
    sa.Column("due_at", UtcTime),
    sa.Column("queue_until", UtcTime, nullable=False),
    # Its author asked to start it when the cooldown is over, which is then. NULL again once it is being made.
    sa.Column("starts_at", UtcTime),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    # With several processes: the lease of the gateway that edits the private reply.
    sa.Column("accepted_by", sa.Text),
    # The version of the word lists that the prompt was asked about, and the word for which moderators look at it first.
    sa.Column("words_version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("review_word", sa.Text),
    # Why moderators look at the result before it is posted, a value of rules.reviews.ReviewReason, and when one of them
    # published it.
    sa.Column("review", sa.Text),
    sa.Column("approved_at", UtcTime),
    # lease: the start of the process that has the job. claim: which of that process's claims it was.
    sa.Column("lease", sa.Text),
    sa.Column("claim", sa.BigInteger, nullable=False, server_default="0"),
    # How many paid calls have begun. It only grows, so it names a call.
    sa.Column("calls", sa.Integer, nullable=False, server_default="0"),
    sa.Column("generating_at", UtcTime),
    sa.Column("generated_at", UtcTime),
    # Set before the first post is sent. After a crash it says that the post may be there already.
    sa.Column("posting_at", UtcTime),
    sa.Column("finished_at", UtcTime),
    sa.Column("failure_kind", sa.Text),
    # The server's listed pictures that its source is like, if that ended it, as rules.appeals.picture_key writes them.
    sa.Column("listed", sa.Text),
    # hidden: moderators had it shown as a spoiler, without its prompt. removed_at: taken down, and no member can fetch
    # it any more. removal: who did that, a value of rules.removals.Removal.
    sa.Column("hidden", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
    sa.Column("removed_at", UtcTime),
    sa.Column("removal", sa.Text),
    # The running generation at Ideogram, and which of its APIs has it. NULL: there is nothing to poll.
    sa.Column("generation_api", sa.Text),
    sa.Column("generation_id", sa.Text),
    sa.Column("submitted_at", UtcTime),
    # When its prompt, channel and events were deleted. The row stays for its money.
    sa.Column("forgotten_at", UtcTime),
    # The set that it was asked for in: the id of the first job of the set, and its place there, from 0.
    sa.Column("set_id", sa.BigInteger),
    sa.Column("set_position", sa.Integer),
    # The request because of which it was erased (privacy.py).
    sa.Column("erasure_id", sa.BigInteger),
    sa.UniqueConstraint("interaction_id"),
    sa.CheckConstraint(f"state IN ({_quoted(JobState)})", name="state"),
    sa.CheckConstraint(f"speed IN ({_quoted(Speed)})", name="speed"),
    sa.CheckConstraint("weight BETWEEN 1 AND 100", name="weight"),
    sa.CheckConstraint(f"(state IN ({_quoted(FINAL)})) = (finished_at IS NOT NULL)", name="finished_at"),
    sa.CheckConstraint(f"(state = '{JobState.FAILED}') = (failure_kind IS NOT NULL)", name="failure_kind"),
)

_generated = jobs.c.state == sa.literal_column(f"'{JobState.GENERATED}'")
# Queries must repeat these conditions: SQLite uses a partial index only if the query's WHERE implies its condition,
# and it recognises little more than the same text:
# https://www.sqlite.org/partialindex.html#queries_using_partial_indexes
IS_QUEUED = sa.text(f"state = '{JobState.QUEUED}'")
IS_WAITING = sa.text(f"state IN ({_quoted(WAITING)})")
IS_WAITING_AGAIN = sa.text(f"state IN ({_quoted(WAITING)}) AND origin = '{Origin.AGAIN}'")
IS_WAITING_IN_SET = sa.text(f"state IN ({_quoted(WAITING)}) AND set_id IS NOT NULL")
IS_PARKED = sa.text(f"state = '{JobState.OUTCOME_UNKNOWN}'")
IS_IN_REVIEW = sa.text(f"state = '{JobState.IN_REVIEW}'")
IS_OPEN = sa.text(f"state NOT IN ({_quoted(FINAL)})")
DECISION_IS_UNNOTIFIED = sa.text("notified_at IS NULL")
_measured = sa.text("generated_at IS NOT NULL")
_unnotified = sa.text("reply_token IS NOT NULL")
_with_source = sa.text("source_hash IS NOT NULL")
_with_root = sa.text("root_id IS NOT NULL")
IS_IN_SET = sa.text("set_id IS NOT NULL")
IS_REMEMBERED = sa.text("forgotten_at IS NULL AND finished_at IS NOT NULL")
CHANGE_IS_DUE = sa.text("change_due_at IS NOT NULL")


def partial_index(name: str, *columns: sa.ColumnElement[object], where: sa.ColumnElement[bool] | sa.TextClause) -> None:
    sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


# In the order in which the jobs of a server are claimed. Finished jobs are not in it, so a claim reads as few rows
# after a million of them as after ten (tests/integration/storage/test_query_plans.py counts the steps).
partial_index("ix_jobs_claim", jobs.c.guild_id, jobs.c.turn, jobs.c.id, where=IS_QUEUED)
partial_index("ix_jobs_delivery", jobs.c.due_at, jobs.c.id, where=_generated)
partial_index("ix_jobs_waiting", jobs.c.state, jobs.c.user_id, jobs.c.guild_id, where=IS_WAITING)
# The gate counts what waits in each server.
partial_index("ix_jobs_waiting_servers", jobs.c.guild_id, where=IS_WAITING)
partial_index("ix_jobs_open", jobs.c.user_id, jobs.c.id, where=IS_OPEN)
partial_index("ix_jobs_parked", jobs.c.id, where=IS_PARKED)
partial_index("ix_jobs_in_review", jobs.c.guild_id, jobs.c.id, where=IS_IN_REVIEW)
partial_index("ix_jobs_measured", jobs.c.speed, jobs.c.generated_at, where=_measured)
partial_index("ix_jobs_source", jobs.c.source_hash, jobs.c.finished_at, where=_with_source)
partial_index("ix_jobs_unnotified", jobs.c.accepted_at, where=_unnotified)
partial_index("ix_jobs_root", jobs.c.root_id, jobs.c.id, where=_with_root)
partial_index("ix_jobs_set", jobs.c.set_id, jobs.c.set_position, where=IS_IN_SET)
# The gate counts a waiting set as one. Most of the time there is none, so this takes nothing.
partial_index("ix_jobs_waiting_sets", jobs.c.set_id, where=IS_WAITING_IN_SET)
partial_index(
    "ix_jobs_source_author", jobs.c.source_author_id, jobs.c.id, where=sa.text("source_author_id IS NOT NULL")
)
# By server, because each can keep prompts for fewer days.
partial_index("ix_jobs_erasure", jobs.c.erasure_id, where=sa.text("erasure_id IS NOT NULL"))
partial_index("ix_jobs_remembered", jobs.c.guild_id, jobs.c.finished_at, where=IS_REMEMBERED)
sa.Index("ix_jobs_person", jobs.c.user_id, jobs.c.id)
sa.Index("ix_jobs_server", jobs.c.guild_id, jobs.c.accepted_at)
sa.Index("ix_jobs_turns", jobs.c.guild_id, jobs.c.user_id, jobs.c.turn)
# A member can have only one "Again" of the same remix in progress: this also stops a double click.
sa.Index(
    "uq_jobs_again",
    jobs.c.user_id,
    jobs.c.parent_id,
    unique=True,
    sqlite_where=IS_WAITING_AGAIN,
    postgresql_where=IS_WAITING_AGAIN,
)

results = sa.Table(
    "results",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("safe", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("seed", sa.BigInteger),
    sa.Column("resolution", sa.Text),
    # A signed link, so a secret. Valid for a day; deleted once the results are delivered.
    sa.Column("url", sa.Text),
    sa.Column("hash", sa.Text),
    sa.Column("lost", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
)
partial_index("ix_results_hash", results.c.hash, where=sa.text("hash IS NOT NULL"))

# Pictures that their jobs have let go, until their files are deleted.
unneeded_pictures = sa.Table(
    "unneeded_pictures",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("since", UtcTime, nullable=False),
)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger, nullable=False, index=True),
    # The positions of the results that it shows: `0,1`.
    sa.Column("positions", sa.Text, nullable=False),
    sa.Column("posted_at", UtcTime, nullable=False),
    sa.Column("deleted_at", UtcTime),
    # When the message is to be deleted or drawn again next, because its job was removed, hidden or shown. NULL: it is
    # as it should be.
    sa.Column("change_due_at", UtcTime),
    sa.Column("change_attempts", sa.Integer, nullable=False, server_default="0"),
    # How often drawing it again has begun, so that two processes notice that they draw at the same time.
    sa.Column("drawings", sa.Integer, nullable=False, server_default="0"),
)
partial_index("ix_posts_change", posts.c.change_due_at, where=CHANGE_IS_DUE)

# Pictures of a set that were chosen to be posted on their own: recorded before the post leaves.
picks = sa.Table(
    "picks",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("begun_at", UtcTime, nullable=False),
)

job_events = sa.Table(
    "job_events",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("from_state", sa.Text),
    sa.Column("to_state", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
)

reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("speed", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reserved_micros", sa.BigInteger, nullable=False),
    sa.Column("settled_micros", sa.BigInteger),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("closed_at", UtcTime),
    # What earlier calls of the job with an unknown outcome may have cost. Part of reserved_micros.
    sa.Column("unsure_micros", sa.BigInteger, nullable=False, server_default="0"),
    # By how much late answers have changed what the earlier calls may have cost. Part of unsure_micros.
    sa.Column("late_micros", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("status IN ('released', 'reserved', 'settled', 'unresolved')", name="status"),
    sa.CheckConstraint("(status IN ('released', 'settled')) = (closed_at IS NOT NULL)", name="closed_at"),
    sa.CheckConstraint("(status = 'settled') = (settled_micros IS NOT NULL)", name="settled_micros"),
)

# What a person has spent today in all servers.
sa.Index("ix_reservations_person", reservations.c.user_id, reservations.c.opened_at)

ledger_entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    # By how much the job's reservation counts more, or less, from then on.
    sa.Column("micros", sa.BigInteger, nullable=False),
    # Only in a job's first entry: the budgets that it had to fit in. NULL: there was none.
    sa.Column("day_ceiling_micros", sa.BigInteger),
    sa.Column("month_ceiling_micros", sa.BigInteger),
)

spending = sa.Table(
    "spending",
    metadata,
    # A day or a month of UTC: `2026-05-31`, `2026-05`.
    sa.Column("period", sa.Text, primary_key=True),
    # What all reservations opened in that period count now.
    sa.Column("micros", sa.BigInteger, nullable=False),
    sa.Column("warned_percent", sa.Integer, nullable=False, server_default="0"),
    sa.Column("warned_ceiling_micros", sa.BigInteger),
)

cooldowns = sa.Table(
    "cooldowns",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # None: broken pictures started it.
    sa.Column("job_id", sa.ForeignKey("jobs.id"), index=True),
    # In the future while the job waits for the cooldown before to be over. That one comes back if the job is cancelled.
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("earlier_job_id", sa.BigInteger),
    sa.Column("earlier_started_at", UtcTime),
)

queue = sa.Table(
    "queue",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    # The queue's hold: a value of rules.failures.ProviderProblem or `host_refused`, and the job that is let through to
    # try.
    sa.Column("hold", sa.Text),
    sa.Column("next_trial_at", UtcTime),
    sa.Column("trial_job_id", sa.BigInteger),
    # Only of `host_refused`: the host of results that is not listed.
    sa.Column("hold_host", sa.Text),
    # With several processes: why the last paid call was not taken, a value of rules.failures.ProviderProblem.
    sa.Column("trouble", sa.Text),
    # The operator's pause: the reason that people read, since when, and by whom.
    sa.Column("paused_reason", sa.Text),
    sa.Column("paused_at", UtcTime),
    sa.Column("paused_by", sa.BigInteger),
    sa.CheckConstraint("id = 1", name="one_row"),
)

server_queues = sa.Table(
    "server_queues",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # Among servers: the lowest is served next, one job, and then goes to the end.
    sa.Column("turn", sa.BigInteger, nullable=False, index=True),
    # Among its jobs: the largest turn that was served. It only grows, because newcomers start there: a job that came
    # back to the queue has an early turn, and they would overtake everyone who waits.
    sa.Column("serving_turn", sa.BigInteger, nullable=False),
)

# Each commit of a writer changes its row. If a COMMIT fails, the row tells whether it was stored.
commit_marks = sa.Table(
    "commit_marks",
    metadata,
    sa.Column("writer", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, nullable=False),
)

synced_commands = sa.Table(
    "synced_commands",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    # Discord's ids of the commands, by name.
    sa.Column("ids", sa.JSON, nullable=False, server_default="{}"),
)

blocks = sa.Table(
    "blocks",
    metadata,
    # A person or a server that the operator refuses everywhere.
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("subject_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("blocked_at", UtcTime, nullable=False),
    sa.Column("blocked_by", sa.BigInteger, nullable=False),
    # Only operators read it.
    sa.Column("note", sa.Text),
    sa.CheckConstraint("kind IN ('person', 'server')", name="kind"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("decided_at", UtcTime, nullable=False),
    # A Discord id. NULL: decided on the command line.
    sa.Column("decided_by", sa.BigInteger),
    # When the author was notified. Also set if they cannot be reached, so that the bot does not try forever.
    sa.Column("notified_at", UtcTime),
    sa.CheckConstraint(f"decision IN ({_quoted(ParkedDecision)})", name="decision"),
)
partial_index("ix_decisions_unnotified", decisions.c.id, where=DECISION_IS_UNNOTIFIED)
