"""Undoes a block, a warning, a note, a hide, a pause, a lock or a settings change. The undoing is a case of its own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.rules.cases import UNDOABLE, CaseKind
from bot.rules.policy_problems import Problems
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import jobs
from bot.storage.standing import member_blocks, servers
from bot.storage.standing.member_blocks import BlockedMember
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import STILL_BLOCKED, WARNED
from bot.use_cases.moderation.find_remix import NotModerated
from bot.use_cases.moderation.hide_result import check_unmoved, hide_job, load_cards
from bot.use_cases.moderation.lock_channel import undo_lock
from bot.use_cases.moderation.pause_server import BEFORE, begin_pause, end_pause, tell_waiting
from bot.use_cases.ports import Cards

UNDOES = "undoes"
"""In the details of a case that undoes another one: the number of that case."""

UndoChange = Callable[[Connection, Case], Problems | None]
"""Restores what a CONFIG or PLAN case has changed. Returns what prevents that; None if it is done."""


class NotUndone(StrEnum):
    """Why nothing was changed. `OVER`: the case no longer has an effect, so there is nothing to undo."""

    NOT_FOUND = "not_found"
    CANNOT = "cannot"
    DONE_BEFORE = "done_before"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Undone:
    """The case, the case that undoes it, and the cards to draw again if it was a hide."""

    case: Case
    by: Case
    cards: Cards | None = None


_NotDone = NotUndone | NotModerated | Problems


async def undo_case(core: Core, acting: Acting, number: int, undo_change: UndoChange) -> Undone | _NotDone:
    """The caller has checked that this moderator may act on the target of the case."""
    cards = await _load_hidden_cards(core, acting, number)
    if isinstance(cards, NotModerated):
        return cards
    shown = cards

    def undo(connection: Connection) -> Undone | _NotDone:
        case = _find_undoable(connection, acting, number)
        if isinstance(case, NotUndone):
            return case
        now = core.clock()
        if case.kind is CaseKind.HIDE:
            by: Case | _NotDone = _show(connection, acting, case, shown, now)
        elif case.kind in _UNDO:
            by = _UNDO[case.kind](connection, acting, case, now)
        else:
            by = _restore(connection, acting, case, undo_change, now)
        if not isinstance(by, Case):
            return by
        cases.mark_undone(connection, number, by)
        return Undone(cases.get(connection, acting.guild_id, number), by, shown)

    undone = await core.database.transaction(undo)
    if isinstance(undone, Undone):
        core.news.case_added(undone.by)
        if undone.case.kind in {CaseKind.PAUSE, CaseKind.LOCK}:
            await tell_waiting(core, acting.guild_id)
    return undone


async def _load_hidden_cards(core: Core, acting: Acting, number: int) -> Cards | NotModerated | None:
    """None unless the case is a hide that is not undone."""
    case = await core.database.transaction(cases.find, acting.guild_id, number)
    if case is None or case.kind is not CaseKind.HIDE or case.undone_at is not None or case.job_id is None:
        return None
    return await load_cards(core, acting.guild_id, case.job_id, hidden=False)


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


def _show(
    connection: Connection, acting: Acting, case: Case, cards: Cards | None, now: datetime
) -> Case | NotUndone | NotModerated:
    if case.job_id is None or cards is None:
        return NotUndone.CANNOT
    if moved_on := check_unmoved(connection, acting.guild_id, case.job_id, cards):
        return moved_on
    # A hide that was lifted and repeated since is undone by the number of the newer case.
    last = cases.newest_about(connection, case.job_id, (CaseKind.HIDE, CaseKind.UNHIDE))
    if last is None or last.number != case.number:
        return NotUndone.OVER
    shown = hide_job(connection, acting, jobs.get(connection, case.job_id), hidden=False, now=now)
    return shown if shown is not None else NotUndone.OVER


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


_UNDO: dict[CaseKind, Callable[[Connection, Acting, Case, datetime], Case | NotUndone]] = {
    CaseKind.BLOCK: _lift_block,
    CaseKind.WARN: _take_back_warning,
    CaseKind.PAUSE: _lift_pause,
    CaseKind.LOCK: _unlock,
    CaseKind.NOTE: _delete_note,
}


def _restore(
    connection: Connection, acting: Acting, case: Case, undo_change: UndoChange, now: datetime
) -> Case | Problems:
    """Restore a setting or a plan. The new case has the values before and after the other way round."""
    if problems := undo_change(connection, case):
        return problems
    swapped = {**case.details, "before": case.details["after"], "after": case.details["before"]}
    new = _opposite(acting, case.kind, case)
    return cases.add(connection, replace(new, details={**swapped, **new.details}), now)
