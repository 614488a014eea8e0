"""The tables by which a server governs its remixes: its policy, plans and grants, blocks, pauses, cases, refusals."""

import sqlalchemy as sa

from bot.rules.cases import CaseKind
from bot.storage.engine.tables import Id, UtcTime, metadata, partial_index

servers = sa.Table(
    "servers",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # When the bot said hello there: once.
    sa.Column("greeted_at", UtcTime),
    # Moderators' own pause: why (people read it), since when, by whom.
    sa.Column("paused_reason", sa.Text),
    sa.Column("paused_at", UtcTime),
    sa.Column("paused_by", sa.BigInteger),
    # Why the log channel could not be written to, and when: until it can be again.
    sa.Column("log_trouble", sa.Text),
    sa.Column("log_trouble_at", UtcTime),
    # The number of its newest case.
    sa.Column("last_case", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("(paused_reason IS NULL) = (paused_at IS NULL)", name="paused_at"),
)
partial_index("ix_servers_paused", servers.c.guild_id, where=sa.text("paused_reason IS NOT NULL"))

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # Ids, and speeds, with commas; empty: no restriction.
    sa.Column("channels", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("ignored_roles", sa.Text, nullable=False),
    sa.Column("speeds", sa.Text, nullable=False),
    # NULL: as the operator has set it.
    sa.Column("cooldown_s", sa.Integer),
    sa.Column("daily_quota", sa.Integer),
    sa.Column("monthly_quota", sa.Integer),
    sa.Column("queue_limit", sa.Integer),
    sa.Column("daily_budget", sa.BigInteger),
    sa.Column("monthly_budget", sa.BigInteger),
    sa.Column("default_speed", sa.Text),
    sa.Column("new_member_s", sa.Integer),
    sa.Column("log_channel", sa.BigInteger),
    sa.Column("keep_pictures_days", sa.Integer),
)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("role_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("cooldown_s", sa.Integer),
    sa.Column("daily_quota", sa.Integer),
    sa.Column("monthly_quota", sa.Integer),
    sa.Column("queue_limit", sa.Integer),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # Remixes beyond the quota, and how many of them are used.
    sa.Column("remixes", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False, server_default="0"),
    sa.Column("granted_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    sa.CheckConstraint("used BETWEEN 0 AND remixes", name="used"),
)
sa.Index("ix_grants_member", grants.c.guild_id, grants.c.user_id, grants.c.ends_at)

quota_uses = sa.Table(
    "quota_uses",
    metadata,
    # A remix that counts. It goes where the remix failed without the person's fault.
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    # The grant that it used instead of the quota.
    sa.Column("grant_id", sa.ForeignKey("grants.id"), index=True),
)
sa.Index("ix_quota_uses_member", quota_uses.c.guild_id, quota_uses.c.user_id, quota_uses.c.at)

server_spending = sa.Table(
    "server_spending",
    metadata,
    # As `spending`, of one server.
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("micros", sa.BigInteger, nullable=False),
    sa.Column("warned_percent", sa.Integer, nullable=False, server_default="0"),
    sa.Column("warned_ceiling_micros", sa.BigInteger),
)

member_blocks = sa.Table(
    "member_blocks",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("case_number", sa.Integer, nullable=False),
    sa.Column("blocked_at", UtcTime, nullable=False),
    # NULL: until a moderator lets them in again.
    sa.Column("until", UtcTime),
    # The person reads it.
    sa.Column("reason", sa.Text),
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    # A word of rules/cases.CaseKind.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor_id", sa.BigInteger, nullable=False),
    # On whom; NULL where it is on the server.
    sa.Column("target_id", sa.BigInteger),
    sa.Column("reason", sa.Text),
    # What it is about: a remix and a message that shows it.
    sa.Column("job_id", sa.ForeignKey("jobs.id"), index=True),
    sa.Column("channel_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger),
    # Of a block: until when.
    sa.Column("until", UtcTime),
    # What was so before and after, as a JSON object of texts: enough to undo it.
    sa.Column("details", sa.Text),
    sa.Column("edited_at", UtcTime),
    sa.Column("edited_by", sa.BigInteger),
    sa.Column("undone_at", UtcTime),
    sa.Column("undone_by", sa.BigInteger),
    # Of a warning: when its target read it.
    sa.Column("read_at", UtcTime),
)
sa.Index("ix_cases_target", cases.c.guild_id, cases.c.target_id, cases.c.number)
sa.Index("ix_cases_actor", cases.c.guild_id, cases.c.actor_id, cases.c.number)
sa.Index("ix_cases_kind", cases.c.guild_id, cases.c.kind, cases.c.number)
# Asked at each use of the bot. The question repeats this very text, or SQLite would not take the index; and `read_at`
# is in it, or it would rather go through all cases of the member.
IS_WARNING = sa.text(f"kind = '{CaseKind.WARN}' AND undone_at IS NULL")
partial_index(
    "ix_cases_warnings", cases.c.guild_id, cases.c.target_id, cases.c.read_at, cases.c.number, where=IS_WARNING
)

refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    # By a rule of the server. Never with the prompt: nobody but its author sees a refused one.
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    # A word of rules/refusals.Reason.
    sa.Column("reason", sa.Text, nullable=False),
)
sa.Index("ix_refusals_server", refusals.c.guild_id, refusals.c.at)
sa.Index("ix_refusals_person", refusals.c.guild_id, refusals.c.user_id, refusals.c.at)

# What is still to be written into log channels. A row goes when its message is there.
log_entries = sa.Table(
    "log_entries",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    # A word of rules/log_kinds.LogKind.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    # The number of the job, refusal or case that it is about.
    sa.Column("subject", sa.BigInteger),
    # Of a warning: all of it, as a JSON object.
    sa.Column("details", sa.Text),
    # The first entry of the message that it may stand in already: set before that is sent.
    sa.Column("message", sa.BigInteger),
    # A number that comes back would be a nonce that comes back, and Discord would take another entry for this one.
    sqlite_autoincrement=True,
)
sa.Index("ix_log_entries_server", log_entries.c.guild_id, log_entries.c.due_at)
