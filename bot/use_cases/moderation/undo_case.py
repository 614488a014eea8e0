"""Undoes a block, a warning, a note, a hide, a pause, a lock or a settings change. The undoing is a case of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.rules.cases import UNDOABLE, CaseKind
from bot.rules.policy_cases import RemixesGranted, from_details, opposite, to_details
from bot.rules.policy_problems import Problems
from bot.storage.appeals import allowances
from bot.storage.engine.database import Connection
from bot.storage.matters import sealed
from bot.storage.moderation import case_jobs, cases, points
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import jobs
from bot.storage.standing import member_blocks, servers, words
from bot.storage.standing.member_blocks import BlockedMember
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import STILL_BLOCKED, WARNED
from bot.use_cases.moderation.case_about import case_about
from bot.use_cases.moderation.hide_result import show_again
from bot.use_cases.moderation.lock_channel import undo_lock
from bot.use_cases.moderation.pause_server import BEFORE, begin_pause, end_pause, tell_waiting

UNDOES = "undoes"
"""In the details of a case that undoes another one: the number of that case."""

UndoChange = Callable[[Connection, Case], Problems | None]
"""Restores what a CONFIG, PLAN or STYLE case has changed. Returns what prevents that; None if it is done."""


class NotUndone(StrEnum):
    """Why nothing was changed. `OVER`: the case no longer has an effect, so there is nothing to undo.

    `REPORTED`: the result is reported as illegal, so only the card of that report shows it again.
    """

    NOT_FOUND = "not_found"
    CANNOT = "cannot"
    DONE_BEFORE = "done_before"
    OVER = "over"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Undone:
    """The case, the case that undoes it, and the remixes whose messages are to be changed if it was a hide."""

    case: Case
    by: Case
    job_ids: Sequence[int] = ()


_NotDone = NotUndone | Problems


async def undo_case(core: Core, acting: Acting, number: int, undo_change: UndoChange) -> Undone | _NotDone:
    """The caller has checked that this moderator may act on the target of the case."""
    undone = await core.database.transaction(undo_in, acting, number, undo_change, core.clock())
    if isinstance(undone, Undone):
        report_undone(core, undone)
        if undone.case.kind in {CaseKind.PAUSE, CaseKind.LOCK}:
            await tell_waiting(core, acting.guild_id)
    return undone


def undo_in(
    connection: Connection, acting: Acting, number: int, undo_change: UndoChange, now: datetime
) -> Undone | _NotDone:
    """In the caller's transaction. The caller reports it."""
    case = _find_undoable(connection, acting, number)
    if isinstance(case, NotUndone):
        return case
    if case.kind in _UNDO:
        by: Case | _NotDone = _UNDO[case.kind](connection, acting, case, now)
    else:
        by = _restore(connection, acting, case, undo_change, now)
    if not isinstance(by, Case):
        return by
    cases.mark_undone(connection, number, by)
    shown = [job.id for job in case_jobs.jobs_of(connection, by)]
    return Undone(cases.get(connection, acting.guild_id, number), by, shown)


def report_undone(core: Core, undone: Undone) -> None:
    core.news.case_added(undone.by)
    for job_id in undone.job_ids:
        core.news.job_changed(job_id)


def _find_undoable(connection: Connection, acting: Acting, number: int) -> Case | NotUndone:
    case = cases.find(connection, acting.guild_id, number)
    if case is None:
        return NotUndone.NOT_FOUND
    if case.undone_at is not None:
        return NotUndone.DONE_BEFORE
    return case if case.kind in UNDOABLE else NotUndone.CANNOT


def _opposite(acting: Acting, kind: CaseKind, case: Case) -> NewCase:
    return NewCase(
        guild_id=acting.guild_id,
        kind=kind,
        actor_id=acting.actor_id,
        target_id=case.target_id,
        reason=acting.reason,
        details={UNDOES: str(case.number)},
    )


def _show(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case | NotUndone:
    if case.job_id is None:
        return NotUndone.CANNOT
    new = case_about(connection, acting, CaseKind.UNHIDE, jobs.get(connection, case.job_id))
    if shown := show_again(connection, case, new, now):
        return shown
    return NotUndone.REPORTED if sealed.is_reported(connection, case.job_id) else NotUndone.OVER


def _lift_block(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case | NotUndone:
    """A shorter block, or a longer one, of the same member goes on."""
    user_id = case.target_id or 0
    block = member_blocks.find_by_case(connection, acting.guild_id, user_id, case.number)
    if block is None or block.is_over(now):
        return NotUndone.OVER
    member_blocks.lift(connection, acting.guild_id, user_id, case.number)
    new = _opposite(acting, CaseKind.UNBLOCK, case)
    left = member_blocks.find(connection, acting.guild_id, user_id)
    if left is not None and not left.is_over(now):
        details = {**new.details, STILL_BLOCKED: str(left.case_number)}
        new = replace(new, until=left.until, details=details)
    return cases.add(connection, new, now)


def _take_back_warning(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case:
    new = _opposite(acting, CaseKind.UNWARN, case)
    block = member_blocks.find(connection, acting.guild_id, case.target_id or 0)
    if block is None or block.is_over(now) or not _is_by_warnings(connection, block):
        return cases.add(connection, new, now)
    # The block that warnings led to is a case of its own, so it stays until somebody undoes it.
    details = {**new.details, STILL_BLOCKED: str(block.case_number)}
    return cases.add(connection, replace(new, until=block.until, details=details), now)


def _is_by_warnings(connection: Connection, block: BlockedMember) -> bool:
    case = cases.find(connection, block.guild_id, block.case_number)
    return case is not None and WARNED in case.details


def _lift_pause(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case | NotUndone:
    """The pause that it replaced applies again, with its own reason."""
    pause = servers.read_pause(connection, acting.guild_id)
    if pause is None or pause.case_number != case.number:
        return NotUndone.OVER
    reason = case.details.get(BEFORE)
    if reason is None:
        return end_pause(connection, acting, now) or NotUndone.OVER
    return begin_pause(connection, replace(_opposite(acting, CaseKind.PAUSE, case), reason=reason), reason, now)


def _unlock(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case | NotUndone:
    return undo_lock(connection, case, _opposite(acting, CaseKind.UNLOCK, case), now) or NotUndone.OVER


def _delete_note(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case:
    return cases.add(connection, _opposite(acting, CaseKind.UNNOTE, case), now)


def _end_raid(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case | NotUndone:
    raid = servers.read_raid(connection, acting.guild_id)
    if raid is None or raid.case_number != case.number:
        return NotUndone.OVER
    servers.end_raid(connection, acting.guild_id)
    return cases.add(connection, _opposite(acting, CaseKind.RAID_OVER, case), now)


def _count_points_again(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case | NotUndone:
    """As long as they would have counted."""
    if not points.count_again(connection, acting.guild_id, case.target_id or 0, case.number):
        return NotUndone.OVER
    new = _opposite(acting, CaseKind.UNCLEAR, case)
    return cases.add(connection, replace(new, details={**case.details, **new.details}), now)


def _disallow(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case | NotUndone:
    if allowances.is_used(connection, case.guild_id, case.number):
        return NotUndone.OVER
    if not allowances.withdraw(connection, case.guild_id, case.number):
        return NotUndone.OVER
    # The prompt of a remix that waits is asked about again.
    words.count_change(connection, case.guild_id)
    return cases.add(connection, _opposite(acting, CaseKind.DISALLOW, case), now)


_UNDO: dict[CaseKind, Callable[[Connection, Acting, Case, datetime], Case | NotUndone]] = {
    CaseKind.BLOCK: _lift_block,
    CaseKind.HIDE: _show,
    CaseKind.WARN: _take_back_warning,
    CaseKind.PAUSE: _lift_pause,
    CaseKind.LOCK: _unlock,
    CaseKind.NOTE: _delete_note,
    CaseKind.RAID: _end_raid,
    CaseKind.CLEAR: _count_points_again,
    CaseKind.ALLOW: _disallow,
}


def _restore(
    connection: Connection, acting: Acting, case: Case, undo_change: UndoChange, now: datetime
) -> Case | Problems:
    """Restore a setting, a plan, a style or words. The new case has the values before and after the other way round."""
    if problems := undo_change(connection, case):
        return problems
    made, new = from_details(case.details), _opposite(acting, case.kind, case)
    swapped = to_details(opposite(made)) if made and not isinstance(made, RemixesGranted) else {}
    return cases.add(connection, replace(new, details={**case.details, **swapped, **new.details}), now)
