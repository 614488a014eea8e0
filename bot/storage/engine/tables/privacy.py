"""Defines the tables of people's wishes about their data and their pictures."""

import sqlalchemy as sa

from bot.rules.others_pictures import RequestState
from bot.storage.engine.tables.remixes import Id, UtcTime, metadata, partial_index

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject_id", sa.BigInteger, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    # The newest job at that time. Later remixes are not erased.
    sa.Column("last_job", sa.BigInteger, nullable=False),
    # Jobs up to this one are done, apart from those that were being made.
    sa.Column("erased_up_to", sa.BigInteger, nullable=False, server_default="0"),
    # A value of rules.erasures.ErasureStage, and when to go on with it.
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    # Messages that could not be reached within the time for it.
    sa.Column("unreached", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("kind IN ('person', 'server')", name="kind"),
)
ERASURE_IS_OPEN = sa.text("finished_at IS NULL")
# One at a time for each subject: asking twice is asking once.
sa.Index(
    "uq_erasures_open",
    erasures.c.kind,
    erasures.c.subject_id,
    unique=True,
    sqlite_where=ERASURE_IS_OPEN,
    postgresql_where=ERASURE_IS_OPEN,
)
partial_index("ix_erasures_due", erasures.c.due_at, where=ERASURE_IS_OPEN)

# People of whose pictures nobody else can make remixes, in all servers.
opt_outs = sa.Table(
    "opt_outs",
    metadata,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("since", UtcTime, nullable=False),
)

_STATES = ", ".join(f"'{state}'" for state in sorted(RequestState))

# Members who want to remix a picture of a message or an avatar: the form, then perhaps the question to its author.
picture_requests = sa.Table(
    "picture_requests",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    # A value of rules.others_pictures.RequestState.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("parent_channel_id", sa.BigInteger),
    # NULL: an avatar.
    sa.Column("message_id", sa.BigInteger),
    sa.Column("asker_id", sa.BigInteger, nullable=False),
    sa.Column("author_id", sa.BigInteger, nullable=False),
    sa.Column("of_bot", sa.Boolean(create_constraint=False), nullable=False),
    # JSON, as Discord described the pictures. It does so once: without the Message Content intent, a message that is
    # fetched later has no attachments. https://docs.discord.com/developers/events/gateway#message-content-intent
    sa.Column("pictures", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    # When the form or the question ends. What is decided is kept until then too, so that nobody asks again.
    sa.Column("ends_at", UtcTime, nullable=False, index=True),
    # What the asker wants, and the interaction by which they asked. Emptied as soon as it is decided.
    sa.Column("interaction_id", sa.BigInteger),
    sa.Column("reply_token", sa.Text),
    sa.Column("picture", sa.Integer),
    sa.Column("prompt", sa.Text),
    sa.Column("weight", sa.Integer),
    sa.Column("resolution", sa.Text),
    sa.Column("speed", sa.Text),
    # The message that asks the author.
    sa.Column("question_id", sa.BigInteger),
    sa.CheckConstraint(f"state IN ({_STATES})", name="state"),
)
sa.Index("ix_picture_requests_asker", picture_requests.c.asker_id, picture_requests.c.created_at)
sa.Index("ix_picture_requests_author", picture_requests.c.author_id, picture_requests.c.created_at)
