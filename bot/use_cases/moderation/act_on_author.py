"""Blocks or warns the author of a remix because of it, from a form: one that is submitted twice does it once."""

from datetime import datetime, timedelta

from bot.rules.cases import CaseKind
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case
from bot.storage.remixes.jobs import Job
from bot.storage.standing import member_blocks
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import Blocked, add_block
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.warn_member import Warned, add_warning, report_warning

_CLEARLY = timedelta(minutes=30)


async def block_author(core: Core, acting: Acting, job: Job, length: timedelta | None) -> Blocked | Case:
    """A case: the author is blocked because of this remix already, by this case."""

    def block(connection: Connection) -> Blocked | Case:
        before = cases.newest_about(connection, job.id, [CaseKind.BLOCK])
        if before is not None and _repeats(connection, before, length, core.clock()):
            return before
        new = case_about(connection, acting, CaseKind.BLOCK, job)
        return add_block(connection, new, length, core.clock())

    done = await core.database.transaction(block)
    if isinstance(done, Blocked):
        core.news.case_added(done.case)
    return done


def _repeats(connection: Connection, case: Case, length: timedelta | None, now: datetime) -> bool:
    """Whether that block still holds, and a new one would not end clearly later: two clicks are seconds apart."""
    block = member_blocks.find_by_case(connection, case.guild_id, case.target_id or 0, case.number)
    if block is None or block.is_over(now):
        return False
    return block.until is None or (length is not None and now + length < block.until + _CLEARLY)


async def warn_author(core: Core, acting: Acting, job: Job) -> Warned | Case:
    """A case: the author was warned because of this remix before, by this case."""

    def warn(connection: Connection) -> Warned | Case:
        before = cases.newest_about(connection, job.id, [CaseKind.WARN])
        if before is not None and before.undone_at is None:
            return before
        return add_warning(connection, case_about(connection, acting, CaseKind.WARN, job), core.clock())

    done = await core.database.transaction(warn)
    if isinstance(done, Warned):
        report_warning(core, done)
    return done
