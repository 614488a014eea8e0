"""Defines the tables of servers: policy, plans, grants, quotas, budgets, blocks, pauses, cases, refusals, log."""

import sqlalchemy as sa

from bot.rules.cases import CaseKind
from bot.storage.engine.tables.remixes import Id, UtcTime, metadata, partial_index

servers = sa.Table(
    "servers",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # When the bot greeted the server. It does so once.
    sa.Column("greeted_at", UtcTime),
    # The moderators' pause: the reason that people read, since when, by whom, and the number of its case.
    sa.Column("paused_reason", sa.Text),
    sa.Column("paused_at", UtcTime),
    sa.Column("paused_by", sa.BigInteger),
    sa.Column("paused_case", sa.Integer),
    # Raid mode: since when, when it ends, and the number of its case. All NULL while it is off.
    sa.Column("raid_at", UtcTime),
    sa.Column("raid_until", UtcTime),
    sa.Column("raid_case", sa.Integer),
    # Why and since when the log channel cannot be written to; NULL while it can.
    sa.Column("log_problem", sa.Text),
    sa.Column("log_problem_at", UtcTime),
    # The number of its newest case.
    sa.Column("last_case", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("(paused_reason IS NULL) = (paused_at IS NULL)", name="paused_at"),
)
SERVER_IS_PAUSED = sa.text("paused_reason IS NOT NULL")
partial_index("ix_servers_paused", servers.c.guild_id, where=SERVER_IS_PAUSED)

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # Ids and speeds, separated by commas. Empty: no restriction.
    sa.Column("channels", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("ignored_roles", sa.Text, nullable=False),
    sa.Column("speeds", sa.Text, nullable=False),
    # NULL: the operator's setting applies.
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
    sa.Column("keep_prompts_days", sa.Integer),
    # As admins write it, such as `3 in 30d`.
    sa.Column("warning_limit", sa.Text),
    sa.Column("warning_block_s", sa.Integer),
    # 0: no number of them blocks a member.
    sa.Column("safety_refusals", sa.Integer),
    # As admins write it, such as `3 warn, 5 block 24h`, and for how long points count.
    sa.Column("points_ladder", sa.Text),
    sa.Column("points_time_s", sa.Integer),
    # A purge of more results than this waits for a second moderator.
    sa.Column("second_moderator", sa.Integer),
    # How new a member or an account is that raid mode is about.
    sa.Column("raid_new_s", sa.Integer),
    # Whose results moderators look at first, for how many seconds each, and how many of a member may wait.
    sa.Column("review_channels", sa.Text, nullable=False, server_default=sa.text("''")),
    sa.Column("review_newcomers_s", sa.Integer),
    sa.Column("review_time_s", sa.Integer),
    sa.Column("review_limit", sa.Integer),
    # How many reports hide a result (0: none do), and how old accounts and memberships of reporters have to be.
    sa.Column("report_hides", sa.Integer),
    sa.Column("report_account_s", sa.Integer),
    sa.Column("report_member_s", sa.Integer),
    # A value of rules.others_pictures.OthersPictures.
    sa.Column("others_pictures", sa.Text),
    # A value of rules.words.automod.AutoModUse.
    sa.Column("automod", sa.Text),
    # A value of rules.picture_memory.PictureMemory.
    sa.Column("picture_memory", sa.Text),
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

# The styles that members can choose.
styles = sa.Table(
    "styles",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # The name without its case (rules.styles.style_key), which makes it unique.
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("ending", sa.Text, nullable=False),
    # NULL: what applies without a style.
    sa.Column("weight", sa.Integer),
    sa.Column("speed", sa.Text),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # How many remixes beyond the quota, and how many of them are used.
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
    # One row for each remix that counts. Deleted if the remix fails and its author is not to blame.
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    # The grant that it used. NULL: it counts towards the quota.
    sa.Column("grant_id", sa.ForeignKey("grants.id"), index=True),
)
sa.Index("ix_quota_uses_member", quota_uses.c.guild_id, quota_uses.c.user_id, quota_uses.c.at)

server_spending = sa.Table(
    "server_spending",
    metadata,
    # Like `spending`, for one server.
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("micros", sa.BigInteger, nullable=False),
    sa.Column("warned_percent", sa.Integer, nullable=False, server_default="0"),
    sa.Column("warned_ceiling_micros", sa.BigInteger),
)

member_blocks = sa.Table(
    "member_blocks",
    metadata,
    # One row for each block that was not lifted. The one that ends last holds.
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("case_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("blocked_at", UtcTime, nullable=False),
    # NULL: until a moderator unblocks them.
    sa.Column("until", UtcTime),
    # The member reads it.
    sa.Column("reason", sa.Text),
)
# Appeals are written in direct messages too, and those name no server. The indexes of warnings and
# of results below are for that too.
sa.Index("ix_member_blocks_user", member_blocks.c.user_id)

# Channels that moderators have locked for remixes. Ids of channels are unique over all servers. A lock that has ended
# keeps its row until the next one: nothing runs at the moment when it ends.
channel_locks = sa.Table(
    "channel_locks",
    metadata,
    sa.Column("channel_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("case_number", sa.Integer, nullable=False),
    sa.Column("locked_at", UtcTime, nullable=False),
    # NULL: until a moderator unlocks it.
    sa.Column("until", UtcTime),
    # Members who are refused or waiting read it.
    sa.Column("reason", sa.Text),
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    # A value of rules.cases.CaseKind.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor_id", sa.BigInteger, nullable=False),
    # The member it concerns; NULL if it concerns the whole server.
    sa.Column("target_id", sa.BigInteger),
    sa.Column("reason", sa.Text),
    # The remix it concerns, and a message that shows it.
    sa.Column("job_id", sa.ForeignKey("jobs.id"), index=True),
    sa.Column("channel_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger),
    # Only of a block: until when.
    sa.Column("until", UtcTime),
    # What an undo needs, such as the values before and after: a JSON object (rules.policy_cases has those of admins).
    sa.Column("details", sa.Text),
    sa.Column("edited_at", UtcTime),
    sa.Column("edited_by", sa.BigInteger),
    sa.Column("undone_at", UtcTime),
    sa.Column("undone_by", sa.BigInteger),
    # The number of the case that undid or lifted it.
    sa.Column("undone_case", sa.Integer),
    # Only of a warning: when the member read it.
    sa.Column("read_at", UtcTime),
)
sa.Index("ix_cases_target", cases.c.guild_id, cases.c.target_id, cases.c.number)
sa.Index("ix_cases_actor", cases.c.guild_id, cases.c.actor_id, cases.c.number)
sa.Index("ix_cases_at", cases.c.at)
sa.Index("ix_cases_kind", cases.c.guild_id, cases.c.kind, cases.c.number)
# Every command looks for unread warnings. The query must repeat this text, as for the partial indexes in tables.py, and
# read_at must be in the index: without it SQLite prefers ix_cases_target and reads all cases of the member.
IS_WARNING = sa.text(f"kind = '{CaseKind.WARN}' AND undone_at IS NULL")
partial_index(
    "ix_cases_warnings", cases.c.guild_id, cases.c.target_id, cases.c.read_at, cases.c.number, where=IS_WARNING
)
partial_index("ix_cases_warned", cases.c.target_id, cases.c.at, where=IS_WARNING)

# The remixes that a case hid or removed. Undoing a hide shows exactly these.
case_jobs = sa.Table(
    "case_jobs",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("case_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True, index=True),
    # The author of the remix, and when they read why it was hidden or removed.
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("read_at", UtcTime),
)
partial_index("ix_case_jobs_unread", case_jobs.c.guild_id, case_jobs.c.user_id, where=sa.text("read_at IS NULL"))
sa.Index("ix_case_jobs_user", case_jobs.c.user_id)


case_reasons = sa.Table(
    "case_reasons",
    metadata,
    # A reason that a case had before; NULL: none was given. The rows are never changed: a record is only added to.
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("replaced_at", UtcTime, nullable=False),
    sa.Column("replaced_by", sa.BigInteger, nullable=False),
)
sa.Index("ix_case_reasons_case", case_reasons.c.guild_id, case_reasons.c.number, case_reasons.c.id)

refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    # Refused by a rule of the server. The prompt is not stored: only its author sees a refused prompt.
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    # A value of rules.refusals.Reason.
    sa.Column("reason", sa.Text, nullable=False),
)
sa.Index("ix_refusals_server", refusals.c.guild_id, refusals.c.at)
sa.Index("ix_refusals_person", refusals.c.guild_id, refusals.c.user_id, refusals.c.at)

# What counts against a person for a day: cancelled remixes, failures that cost them nothing, safety refusals.
strikes = sa.Table(
    "strikes",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    # A value of rules.strikes.StrikeKind.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # Only of a failure: the SHA-256 of the source, which is recognised although it is deleted.
    sa.Column("picture", sa.Text),
    # Only of a safety refusal: whether it has yet to be looked at, and whether it has led to a block.
    sa.Column("is_new", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
    sa.Column("spent_in_server", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
    sa.Column("spent_everywhere", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
)
sa.Index("ix_strikes_person", strikes.c.user_id, strikes.c.kind, strikes.c.at)
sa.Index("ix_strikes_at", strikes.c.at)
STRIKE_HAS_PICTURE = sa.text("picture IS NOT NULL")
partial_index("ix_strikes_picture", strikes.c.picture, strikes.c.at, where=STRIKE_HAS_PICTURE)
STRIKE_IS_NEW = sa.text("is_new")
partial_index("ix_strikes_new", strikes.c.id, where=STRIKE_IS_NEW)

# Entries that have yet to be posted in log channels. A row is deleted once its message is posted.
log_entries = sa.Table(
    "log_entries",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    # A value of rules.log_kinds.LogKind.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    # The number of the job, refusal or case that it concerns.
    sa.Column("subject", sa.BigInteger),
    # Only of a budget warning: its figures, as a JSON object.
    sa.Column("details", sa.Text),
    # The first entry of the message that shows it. Set before that message is sent: it may be there after a crash.
    sa.Column("message", sa.BigInteger),
    # The id is the nonce of the message, and Discord drops a message whose nonce it has seen in the last few minutes.
    # AUTOINCREMENT never gives the id of a deleted row again: https://www.sqlite.org/autoinc.html
    sqlite_autoincrement=True,
)
sa.Index("ix_log_entries_server", log_entries.c.guild_id, log_entries.c.due_at)

log_posts = sa.Table(
    "log_posts",
    metadata,
    # Which message of the log channel shows an entry about which job or case, so that the entry can be changed.
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    # A value of rules.log_kinds.LogKind, and the number of the job, refusal or case.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.BigInteger, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)
sa.Index("ix_log_posts_subject", log_posts.c.guild_id, log_posts.c.kind, log_posts.c.subject)

# Results that their author deleted: moderators alone can see them for a time. Nothing else looks for pictures here.
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, index=True),
    sa.Column("until", UtcTime, nullable=False, index=True),
)
