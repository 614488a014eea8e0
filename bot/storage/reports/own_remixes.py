"""Reads a member's own remixes, page by page, for /my-remixes."""

from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.rules.pages import Cursor
from bot.rules.removals import Removal
from bot.storage.engine.tables.remixes import jobs
from bot.storage.remixes.jobs import Job, read_job, select_jobs

# Of a set, only the first is listed: it stands for all.
_IS_FIRST = sa.or_(jobs.c.set_position.is_(None), jobs.c.set_position == 0)
# Not what ended unmade because its picture was taken down: its author reads there why.
_TAKEN_DOWN = sa.and_(jobs.c.state == JobState.DELIVERED, jobs.c.removed_at.is_not(None))


def read_page(
    connection: Connection, user_id: int, guild_id: int, text: str, cursor: Cursor | None, limit: int
) -> list[Job]:
    """Their jobs in that server with that text in the prompt, from the cursor on, without results taken down."""
    back = cursor is not None and cursor.back
    # The sum keeps SQLite on the index of the person, which is in this order. With the one of the server and the
    # person it would sort thousands of jobs for a page: https://www.sqlite.org/optoverview.html#uplus
    query = sa.select(jobs).where(jobs.c.user_id == user_id, jobs.c.guild_id + 0 == guild_id)
    query = query.where(_IS_FIRST, sa.not_(_TAKEN_DOWN))
    if cursor is not None:
        query = query.where(jobs.c.id > cursor.number if back else jobs.c.id < cursor.number)
    query = query.order_by(jobs.c.id if back else jobs.c.id.desc())
    if not text:
        return select_jobs(connection, query.limit(limit))
    # SQLite's lower() knows ASCII only.
    wanted = text.casefold()
    matching = (row for row in connection.execute(query).mappings() if wanted in row["prompt"].casefold())
    return [read_job(row) for row in islice(matching, limit)]


def newest_removed(connection: Connection, user_id: int, guild_id: int, after: int, limit: int) -> list[Job]:
    """Of the member in that server, accepted after the job `after`: those whose results others took down."""
    theirs = sa.select(jobs).where(jobs.c.user_id == user_id, jobs.c.id > after, jobs.c.guild_id + 0 == guild_id)
    by_others = theirs.where(_IS_FIRST, _TAKEN_DOWN, jobs.c.removal != Removal.AUTHOR)
    return select_jobs(connection, by_others.order_by(jobs.c.id.desc()).limit(limit))
