"""Keeps a restored database from saying again what was said after the backup."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.storage.engine.tables.appeals import APPEAL_IS_TO_TELL, appeals
from bot.storage.engine.tables.matters import REPORT_IS_TO_TELL, matters, reports
from bot.storage.engine.tables.moderation import log_entries
from bot.storage.engine.tables.privacy import picture_requests
from bot.storage.engine.tables.remixes import DECISION_IS_UNNOTIFIED, decisions, jobs, synced_commands


def silence(connection: Connection, now: datetime) -> None:
    """No author hears how a remix ended, no decision is announced, no log entry is posted, no question is open.

    Nobody is sent a message about an appeal or a report that ended before. The commands are registered again.
    """
    connection.execute(sa.update(jobs).where(jobs.c.reply_token.is_not(None)).values(reply_token=None))
    connection.execute(sa.update(decisions).where(DECISION_IS_UNNOTIFIED).values(notified_at=now))
    # They read it at their next use, perhaps once more.
    connection.execute(sa.update(appeals).where(APPEAL_IS_TO_TELL).values(unreachable_at=now))
    has_ended = sa.exists().where(matters.c.id == reports.c.matter_id, matters.c.closed_at.is_not(None))
    connection.execute(sa.update(reports).where(REPORT_IS_TO_TELL, has_ended).values(unreachable_at=now))
    connection.execute(sa.delete(log_entries))
    connection.execute(sa.delete(picture_requests))
    # A newer version may have changed the commands at Discord since.
    connection.execute(sa.delete(synced_commands))


def look_first(connection: Connection, now: datetime, unfinished_sets: Collection[int]) -> int:
    """Results that wait to be posted may be in their channel: their messages are looked for first. Returns how many.

    Those of a set with jobs that were still to be made wait for their author: which of its jobs shows the others, and
    so names the message, was decided after the backup.
    """
    made = jobs.c.state == JobState.GENERATED
    # Moderators may have published it since.
    in_review = jobs.c.state == JobState.IN_REVIEW
    # Now, and not when it was made: jobs of a set that were made after the first attempt to post get another card.
    marked = sa.update(jobs).where(sa.or_(made, in_review), jobs.c.posting_at.is_(None)).values(posting_at=now)
    connection.execute(marked)
    connection.execute(sa.update(jobs).where(made, jobs.c.set_id.in_(unfinished_sets)).values(due_at=None))
    waiting = sa.select(sa.func.count()).select_from(jobs).where(made, jobs.c.due_at.is_not(None))
    return connection.scalar(waiting) or 0
