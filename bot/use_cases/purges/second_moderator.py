"""Has a second moderator look at a removal of many results before anything is removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.job_states import JobState
from bot.rules.matters import MatterKind
from bot.rules.second_moderators import COUNTED_WITHIN, WAITS_FOR, PurgeState, needs_second
from bot.storage.engine.database import Connection
from bot.storage.matters import matters
from bot.storage.matters.matters import Matter
from bot.storage.moderation import purge_requests
from bot.storage.moderation.cases import NewCase
from bot.storage.moderation.purge_requests import PurgeRequest
from bot.storage.remixes import families, jobs
from bot.storage.remixes.jobs import Job
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.moderation.remove_result import (
    Purge,
    Removed,
    find_purged,
    remove_all,
    remove_result,
    report_removed,
    with_what_was_made_of_it,
)
from bot.use_cases.removal.take_down import NOT_MADE

_NOT_SHOWN = NOT_MADE | {JobState.QUEUED}
_KEPT_FOR = timedelta(days=90)

CONFIRMED_BY = "confirmed_by"
"""In the details of a purge: the id of the second moderator."""


@dataclass(frozen=True, slots=True)
class AskedSecond:
    """Nothing is removed yet. `count`: how many results would be. `was_asked`: the same waits already."""

    request: PurgeRequest
    count: int
    was_asked: bool


class NotDecided(StrEnum):
    """Why nothing was decided. `ONESELF`: who asked cannot be the second moderator."""

    DONE_BEFORE = "done_before"
    ONESELF = "oneself"


async def purge_or_ask(core: Core, acting: Acting, purge: Purge) -> Removed | AskedSecond | None:
    """Removes at once what is not many, or where the server asks no second moderator. None: there is nothing."""

    def act(connection: Connection) -> Removed | AskedSecond | None:
        now = core.clock()
        theirs = find_purged(connection, acting, purge, now)
        found = with_what_was_made_of_it(connection, theirs)
        count = _count(found)
        limit = policies.read(connection, acting.guild_id).second_moderator
        earlier = purge_requests.count_purged(connection, acting.guild_id, acting.actor_id, now - COUNTED_WITHIN)
        if count and needs_second(limit, count, earlier):
            return _ask(connection, acting, purge.user_id, theirs, count, now)
        new = NewCase(acting.guild_id, CaseKind.PURGE, acting.actor_id, purge.user_id, acting.reason)
        return remove_all(connection, new, found, now)

    done = await core.database.transaction(act)
    if isinstance(done, AskedSecond):
        core.news.post_change_due()
    elif done is not None:
        report_removed(core, done)
    return done


async def remove_or_ask(core: Core, acting: Acting, job_id: int) -> Removed | AskedSecond | NotModerated:
    """As `purge_or_ask`, for one result and all that was made of it, which can be many too."""

    def ask(connection: Connection) -> AskedSecond | None:
        job = jobs.find(connection, job_id)
        if job is None or job.guild_id != acting.guild_id or job.removed_at is not None or job.state in _NOT_SHOWN:
            return None
        found = families.branch_of(connection, job)
        count = _count(found)
        if not needs_second(policies.read(connection, acting.guild_id).second_moderator, count, 0):
            return None
        return _ask(connection, acting, job.user_id, found, count, core.clock())

    asked = await core.database.transaction(ask)
    if asked is None:
        return await remove_result(core, acting, job_id)
    core.news.post_change_due()
    return asked


def _count(found: Sequence[Job]) -> int:
    return sum(job.removed_at is None and job.state not in NOT_MADE for job in found)


def _ask(
    connection: Connection, acting: Acting, user_id: int, theirs: Sequence[Job], count: int, now: datetime
) -> AskedSecond:
    chosen = tuple(job.id for job in theirs)
    waiting = purge_requests.find_waiting(connection, acting.guild_id, acting.actor_id, chosen)
    if waiting is not None:
        return AskedSecond(waiting, count, was_asked=True)
    new = PurgeRequest(0, acting.guild_id, acting.actor_id, user_id, acting.reason, chosen, now, now + WAITS_FOR)
    request = purge_requests.add(connection, new)
    matters.open_matter(connection, acting.guild_id, MatterKind.PURGE, request.id, now, about_id=user_id)
    return AskedSecond(request, count, was_asked=False)


def count_left(connection: Connection, request: PurgeRequest) -> int:
    """How many results would be removed now."""
    return _count(_found(connection, request))


def _found(connection: Connection, request: PurgeRequest) -> list[Job]:
    theirs = [job for number in request.jobs if (job := jobs.find(connection, number)) is not None]
    return with_what_was_made_of_it(connection, theirs)


async def confirm_purge(core: Core, acting: Acting, matter: Matter) -> Removed | NotDecided | None:
    """The caller has checked that this moderator may act on the member. None: nothing was left to remove.

    The case is by who asked for it, and names who confirmed it.
    """

    def confirm(connection: Connection) -> Removed | NotDecided | None:
        now = core.clock()
        request = _find(connection, matter, now)
        if isinstance(request, NotDecided):
            return request
        if request.actor_id == acting.actor_id:
            return NotDecided.ONESELF
        details = {CONFIRMED_BY: str(acting.actor_id)}
        new = NewCase(
            request.guild_id, CaseKind.PURGE, request.actor_id, request.target_id, request.reason, details=details
        )
        removed = remove_all(connection, new, _found(connection, request), now)
        case_number = removed.case.number if removed is not None and removed.case is not None else None
        state = PurgeState.DONE if removed is not None else PurgeState.NOTHING_LEFT
        _decide(connection, request, matter.id, state, acting.actor_id, now, case_number)
        return removed

    done = await core.database.transaction(confirm)
    if isinstance(done, Removed):
        report_removed(core, done)
    return done


async def refuse_purge(core: Core, acting: Acting, matter: Matter) -> PurgeState | NotDecided:
    """Nothing is removed. Who asked for it withdraws it so."""

    def refuse(connection: Connection) -> PurgeState | NotDecided:
        now = core.clock()
        request = _find(connection, matter, now)
        if isinstance(request, NotDecided):
            return request
        state = PurgeState.WITHDRAWN if request.actor_id == acting.actor_id else PurgeState.REFUSED
        _decide(connection, request, matter.id, state, acting.actor_id, now)
        return state

    return await core.database.transaction(refuse)


def _find(connection: Connection, matter: Matter, now: datetime) -> PurgeRequest | NotDecided:
    """As it is in this transaction: two moderators may press at the same moment, and its time may be over."""
    request = purge_requests.find(connection, matter.subject)
    if request is None or request.guild_id != matter.guild_id or request.state is not PurgeState.WAITING:
        return NotDecided.DONE_BEFORE
    return NotDecided.DONE_BEFORE if request.ends_at <= now else request


def _decide(
    connection: Connection,
    request: PurgeRequest,
    matter_id: int,
    state: PurgeState,
    by: int,
    now: datetime,
    case_number: int | None = None,
) -> None:
    purge_requests.try_decide(connection, request.id, state, by, now, case_number)
    matters.close(connection, matter_id, now, by=by, outcome=state, case_number=case_number)


async def forget_requests(core: Core) -> int:
    """Deletes old ones. What was removed is a case. Returns how many."""
    return await core.database.transaction(purge_requests.forget_before, core.clock() - _KEPT_FOR)


def end_requests(connection: Connection, now: datetime) -> int:
    """End those that nobody decided in time, and their cards. Returns how many."""
    late = purge_requests.over(connection, now)
    for request in late:
        end_request(connection, request.id, now)
    return len(late)


def end_request(connection: Connection, request_id: int, now: datetime) -> None:
    """End it undecided, and its card."""
    purge_requests.try_decide(connection, request_id, PurgeState.OVER, BY_RULE, now)
    matters.close_undecided(connection, MatterKind.PURGE, request_id, now, PurgeState.OVER)
