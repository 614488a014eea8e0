"""What a person can appeal and has appealed, and how their appeals ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.appeals import APPEALABLE_FOR, MOST_TOLD, REFUSAL_RECENT, REMOVALS, NotMade
from bot.rules.cases import CaseKind
from bot.rules.failures import FailureKind
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.storage.appeals import appealable, appeals
from bot.storage.appeals.appeals import Appeal
from bot.storage.engine.database import Connection
from bot.storage.moderation import case_jobs
from bot.storage.moderation.cases import Case
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.storage.review.held_back import is_held_back
from bot.storage.standing import member_blocks
from bot.use_cases.appeals.make_appeal import why_not_held
from bot.use_cases.core import Core
from bot.use_cases.drafts.drafts import read_draft

MOST_OFFERED = 20
"""A menu has room for 25 choices."""

_BY_WORDS = (Reason.WORD_REFUSED, Reason.AUTOMOD_REFUSED)


@dataclass(frozen=True, slots=True)
class OwnAppeals:
    """`refused`: a rule of this server refused a prompt of theirs lately. `unread`: how earlier ones ended."""

    cases: Sequence[Case]
    refused: bool
    open: Sequence[Appeal]
    unread: Sequence[Appeal]


async def own_appeals(core: Core, user_id: int, guild_id: int | None) -> OwnAppeals:
    """`guild_id` None: in all servers, for a direct message. A refused prompt helps nobody there."""

    def read(connection: Connection) -> OwnAppeals:
        now = core.clock()
        since = now - APPEALABLE_FOR
        is_open = appeals.open_of(connection, user_id, guild_id)
        asked = {(each.guild_id, each.case_number) for each in is_open}
        found = appealable.cases_of(connection, user_id, guild_id, since, now, MOST_OFFERED)
        return OwnAppeals(
            cases=[case for case in found if (case.guild_id, case.number) not in asked],
            refused=guild_id is not None
            and appealable.was_refused(connection, guild_id, user_id, _BY_WORDS, now - REFUSAL_RECENT),
            open=is_open,
            unread=appeals.unread(connection, user_id, guild_id, MOST_TOLD),
        )

    return await core.database.read(read)


async def find_own_block(core: Core, guild_id: int, user_id: int) -> int | None:
    """The case of the block that holds. None: they are not blocked."""

    def find(connection: Connection) -> int | None:
        block = member_blocks.find(connection, guild_id, user_id)
        return None if block is None or block.is_over(core.clock()) else block.case_number

    return await core.database.read(find)


async def find_what_happened(core: Core, guild_id: int, user_id: int, job_id: int) -> int | str | Job | NotMade:
    """What to appeal about a remix of theirs: a case by its number, or the prompt that a rule refused meanwhile.

    The job: it is made, and was held back.
    """

    def find(connection: Connection) -> int | str | Job | NotMade:
        job = jobs.find(connection, job_id)
        if job is None or (job.guild_id, job.user_id) != (guild_id, user_id):
            return NotMade.OVER
        case = case_jobs.newest_on(connection, job_id, sorted({*REMOVALS, CaseKind.HIDE}))
        if case is not None:
            return case.number
        if job.failure_kind is FailureKind.WORD_NOT_ALLOWED:
            return job.request.sent_prompt
        return job if is_held_back(job) else why_not_held(connection, job)

    return await core.database.read(find)


async def refused_prompt(core: Core, draft_id: int, guild_id: int, user_id: int) -> str | None:
    """What was typed and refused, as it would be sent. None: it is not kept any more, so the person types it again."""
    found = await read_draft(core, draft_id, guild_id, user_id)
    if isinstance(found, Refused):
        return None
    style = next((each for each in found.styles if each.name == found.options.style), None)
    return RemixRequest(found.options.prompt.strip(), style_ending=style.ending if style else None).sent_prompt


async def unread_outcomes(core: Core, guild_id: int, user_id: int) -> Sequence[Appeal]:
    """Those that a direct message could not tell them, three at most."""
    return await core.database.read(appeals.unread, user_id, guild_id, MOST_TOLD)


async def mark_told(core: Core, told: Sequence[Appeal]) -> None:
    await core.database.transaction(appeals.mark_told, [each.id for each in told], core.clock())


@dataclass(frozen=True, slots=True)
class Told:
    """`case`: what was appealed, if it was a case. `blocked_until`, `still_blocked`: by another block."""

    appeal: Appeal
    case: Case | None
    still_blocked: bool
    blocked_until: datetime | None


def read_told(connection: Connection, appeal: Appeal, now: datetime) -> Told:
    """What the message about the end of that appeal has to say."""
    block = member_blocks.find(connection, appeal.guild_id, appeal.user_id)
    holds = block is not None and not block.is_over(now)
    return Told(
        appeal, appealable.case_of(connection, appeal), holds, block.until if block is not None and holds else None
    )


async def read_all_told(core: Core, found: Sequence[Appeal]) -> Sequence[Told]:
    return await core.database.read(lambda connection: [read_told(connection, each, core.clock()) for each in found])
