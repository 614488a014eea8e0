"""A moderator takes a block, a warning, a hiding, a pause or a change of the settings back. That is a case too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.rules.cases import UNDOABLE, CaseKind
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import jobs
from bot.storage.standing import member_blocks, servers
from bot.storage.standing.member_blocks import BlockedMember
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core
from bot.use_cases.moderation.case_book import Acting
from bot.use_cases.moderation.find_result import NotModerated
from bot.use_cases.moderation.hide_result import Cards, HideResult, hide_job
from bot.use_cases.moderation.moderate_member import REPLACED
from bot.use_cases.moderation.moderate_queue import BEFORE, resume_server, tell_waiting

UNDOES = "undoes"
"""In the details of a case that takes another one back: its number."""

UndoChange = Callable[[Connection, Case], Sequence[str]]
"""Brings back what was so before a CONFIG or PLAN case. Returns what stands in the way, in sentences; none: done."""


class NotUndone(StrEnum):
    """Why nothing was changed. `OVER`: it does not hold any more, so there is nothing to take back."""

    NOT_FOUND = "not_found"
    CANNOT = "cannot"
    DONE_BEFORE = "done_before"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Why a setting cannot be as it was, in sentences."""

    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class Undone:
    """The case, the one that takes it back, and what is to be shown again if it was hidden."""

    case: Case
    by: Case
    cards: Cards | None = None


class UndoCase:
    """Whether who asks may act on the case's target, the caller has checked."""

    def __init__(self, core: Core, hide: HideResult, undo_change: UndoChange) -> None:
        self._core = core
        self._hide = hide
        self._undo_change = undo_change

    async def run(self, acting: Acting, number: int) -> Undone | NotUndone | NotModerated | InTheWay:
        cards = await self._cards(acting, number)
        if isinstance(cards, NotModerated):
            return cards
        undone = await self._core.database.transaction(self._undo, acting, number, cards)
        if isinstance(undone, Undone):
            self._core.news.case_added(undone.by)
            if undone.case.kind is CaseKind.PAUSE:
                await tell_waiting(self._core, acting.guild_id)
            return replace(undone, cards=cards)
        return undone

    async def _cards(self, acting: Acting, number: int) -> Cards | NotModerated | None:
        """What is to be shown again, where it is a hiding that holds."""
        case = await self._core.database.transaction(cases.find, acting.guild_id, number)
        if case is None or case.kind is not CaseKind.HIDE or case.undone_at is not None or case.job_id is None:
            return None
        return await self._hide.cards(acting.guild_id, case.job_id, hidden=False)

    def _undo(
        self, connection: Connection, acting: Acting, number: int, cards: Cards | None
    ) -> Undone | NotUndone | NotModerated | InTheWay:
        case = cases.find(connection, acting.guild_id, number)
        if case is None:
            return NotUndone.NOT_FOUND
        if case.undone_at is not None:
            return NotUndone.DONE_BEFORE
        if case.kind not in UNDOABLE:
            return NotUndone.CANNOT
        now = self._core.clock()
        by = self._take_back(connection, acting, case, cards, now)
        if isinstance(by, Case):
            cases.mark_undone(connection, acting.guild_id, number, acting.actor_id, now)
            return Undone(cases.get(connection, acting.guild_id, number), by)
        return by

    def _take_back(
        self, connection: Connection, acting: Acting, case: Case, cards: Cards | None, now: datetime
    ) -> Case | NotUndone | NotModerated | InTheWay:
        match case.kind:
            case CaseKind.BLOCK:
                return _lift_block(connection, acting, case, now)
            case CaseKind.WARN:
                return cases.add(connection, _opposite(acting, CaseKind.UNWARN, case), now)
            case CaseKind.HIDE:
                return self._show(connection, acting, case, cards)
            case CaseKind.PAUSE:
                return _lift_pause(connection, acting, case, now)
        if sentences := self._undo_change(connection, case):
            return InTheWay(sentences)
        swapped = {**case.details, "before": case.details.get("after", ""), "after": case.details.get("before", "")}
        new = _opposite(acting, case.kind, case)
        return cases.add(connection, replace(new, details={**swapped, **new.details}), now)

    def _show(
        self, connection: Connection, acting: Acting, case: Case, cards: Cards | None
    ) -> Case | NotUndone | NotModerated:
        if case.job_id is None or cards is None:
            return NotUndone.CANNOT
        if moved_on := self._hide.moved_on(connection, acting.guild_id, case.job_id, cards):
            return moved_on
        last = cases.newest_about(connection, case.job_id, (CaseKind.HIDE, CaseKind.UNHIDE))
        if last is None or last.number != case.number:
            return NotUndone.OVER
        shown = hide_job(connection, acting, jobs.get(connection, case.job_id), hidden=False, now=self._core.clock())
        return shown if shown is not None else NotUndone.OVER


def _opposite(acting: Acting, kind: CaseKind, case: Case) -> NewCase:
    return NewCase(
        guild_id=acting.guild_id,
        kind=kind,
        actor_id=acting.actor_id,
        target_id=case.target_id,
        reason=acting.reason,
        details={UNDOES: str(case.number)},
    )


def _lift_block(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case | NotUndone:
    """The block that it took the place of holds again, if it would still."""
    user_id = case.target_id or 0
    holding = member_blocks.find(connection, acting.guild_id, user_id)
    if holding is None or holding.case_number != case.number or _is_over(holding.until, now):
        return NotUndone.OVER
    member_blocks.lift(connection, acting.guild_id, user_id)
    new = _opposite(acting, CaseKind.UNBLOCK, case)
    before = cases.find(connection, acting.guild_id, int(case.details.get(REPLACED, "0")))
    if before is not None and before.undone_at is None and not _is_over(before.until, now):
        again = BlockedMember(acting.guild_id, user_id, before.number, before.at, before.until, before.reason)
        member_blocks.put(connection, again)
        new = replace(new, kind=CaseKind.BLOCK, until=before.until, reason=before.reason)
    return cases.add(connection, new, now)


def _is_over(until: datetime | None, now: datetime) -> bool:
    return until is not None and until <= now


def _lift_pause(connection: Connection, acting: Acting, case: Case, now: datetime) -> Case | NotUndone:
    """The pause that it took the place of holds again, with its own reason."""
    pause = servers.read_pause(connection, acting.guild_id)
    if pause is None or pause.at != case.at:
        return NotUndone.OVER
    reason = case.details.get(BEFORE)
    if reason is None:
        resumed = resume_server(connection, acting, now)
        return resumed if resumed is not None else NotUndone.OVER
    servers.pause(connection, acting.guild_id, Pause(reason, now, acting.actor_id))
    return cases.add(connection, replace(_opposite(acting, CaseKind.PAUSE, case), reason=reason), now)
