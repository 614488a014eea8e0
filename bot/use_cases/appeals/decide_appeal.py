"""Decides an appeal: one transaction changes what the decision changes, writes its case and closes the matter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.rules.appeals import (
    ALLOWED_FOR,
    DECISIONS,
    GIVEN_BACK_FOR,
    REMOVALS,
    Appealed,
    Decision,
    NotDecided,
    Outcome,
    listed_of,
    prompt_key,
)
from bot.rules.cases import CaseKind
from bot.rules.matters import MatterKind
from bot.rules.membership import Absent, Membership
from bot.rules.policy_cases import PicturesChange, RemixesGranted, WordsChange, to_details
from bot.rules.policy_problems import Problems
from bot.rules.refusals import Refused
from bot.rules.words.allowing import words_that_allow
from bot.rules.words.lists import ReadWords, change_words, recorded
from bot.storage.appeals import allowances, appealable, appeals
from bot.storage.appeals.allowances import NewAllowance
from bot.storage.appeals.appeals import Appeal
from bot.storage.engine.database import Connection
from bot.storage.matters import matters
from bot.storage.matters.matters import Matter
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import quotas
from bot.storage.standing import pictures, words
from bot.use_cases.appeals.post_held_back import find_held, find_obstacle, post
from bot.use_cases.author_facts import AuthorFacts
from bot.use_cases.core import Core
from bot.use_cases.listed_pictures import judging
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.undo_case import NotUndone, Undone, report_undone, undo_in

APPEAL = "appeal"
OF_CASE = "of_case"
"""In the details of a case that decided an appeal: the numbers of the appeal, and of the case that was appealed."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who decides. `acting.reason`: what they say to the person.

    `may_decide_own`: also about what they did themselves, because nobody else could.
    """

    acting: Acting
    administers: bool = False
    may_decide_own: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """`case` None: there was nothing left to decide, as the block had ended. `undone`: what was lifted.

    `also`: the case that took the pictures of a removal off the list. `posted`: the remixes that are posted now.
    """

    appeal: Appeal
    matter_id: int
    case: Case | None
    undone: Undone | None = None
    also: Case | None = None
    posted: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _Applied:
    case: Case | None
    outcome: Outcome
    undone: Undone | None = None
    also: Case | None = None
    posted: Sequence[int] = ()


class DecideAppeals:
    """The caller has checked that this moderator may act on the person who appeals."""

    def __init__(self, core: Core, authors: AuthorFacts) -> None:
        self._core = core
        self._authors = authors

    async def decide(self, appeal_id: int, decision: Decision, deciding: Deciding) -> Decided | Refused | NotDecided:
        """Refused: the result that was held back cannot be posted now, so the appeal stays open."""
        member = await self._prepare(appeal_id, decision)
        decide = partial(self._core.database.transaction, self._decide, appeal_id, decision, deciding, member)
        decided = await judging(decide, self._core.prepare_picture)
        if isinstance(decided, Decided):
            _report(self._core, decided)
        return decided

    async def _prepare(self, appeal_id: int, decision: Decision) -> Membership | Absent | None:
        """What Discord says about the author of a result that may be posted now: days have passed."""
        appeal = await self._core.database.read(appeals.find, appeal_id)
        if appeal is None or appeal.appealed is not Appealed.RESULT or decision is Decision.KEEP:
            return None
        await self._core.words.prepare(self._core.database, appeal.guild_id, appeal.prompt or "")
        return await self._authors.look_up(appeal.guild_id, appeal.user_id)

    def _decide(
        self,
        connection: Connection,
        appeal_id: int,
        decision: Decision,
        deciding: Deciding,
        member: Membership | Absent | None,
    ) -> Decided | Refused | NotDecided:
        appeal = appeals.find(connection, appeal_id)
        matter = matters.find_open(connection, MatterKind.APPEAL, appeal_id)
        if appeal is None or matter is None or appeal.guild_id != deciding.acting.guild_id:
            return NotDecided.DONE_BEFORE
        if refused := may_not_decide(appeal, decision, deciding):
            return refused
        now = self._core.clock()
        if appeal.appealed is Appealed.RESULT and decision is not Decision.KEEP:
            applied = _post_result(self._core, connection, appeal, decision, deciding.acting, member, now)
        else:
            applied = _APPLY[decision](self._core, connection, appeal, deciding.acting, now)
        if isinstance(applied, _Applied):
            return _end(connection, appeal, matter, applied, deciding, now)
        return applied


def _end(
    connection: Connection, appeal: Appeal, matter: Matter, applied: _Applied, deciding: Deciding, now: datetime
) -> Decided:
    acting, outcome = deciding.acting, applied.outcome
    appeals.end(connection, appeal.id, outcome, now, acting.reason)
    number = applied.case.number if applied.case is not None else None
    matters.close(connection, matter.id, now, by=acting.actor_id, outcome=outcome, case_number=number)
    ended = replace(appeal, outcome=outcome, ended_at=now, answer=acting.reason)
    return Decided(ended, matter.id, applied.case, applied.undone, applied.also, applied.posted)


def _post_result(
    core: Core,
    connection: Connection,
    appeal: Appeal,
    decision: Decision,
    acting: Acting,
    member: Membership | Absent | None,
    now: datetime,
) -> _Applied | Refused | NotDecided:
    """The exception, or the change of the lists, and the publication are one: neither is stored without the other."""
    held = find_held(connection, appeal)
    if any(job.lease is not None for job in held):
        return NotDecided.BUSY
    obstacle = find_obstacle(core, connection, held, decision, member)
    if isinstance(obstacle, Outcome):
        return _Applied(None, obstacle)
    applied = obstacle or _APPLY[decision](core, connection, appeal, acting, now)
    if not isinstance(applied, _Applied):
        return applied
    post(connection, held, now)
    return replace(applied, posted=[job.id for job in held])


def may_not_decide(appeal: Appeal, decision: Decision, deciding: Deciding) -> NotDecided | None:
    if appeal.outcome is not None:
        return NotDecided.DONE_BEFORE
    if appeal.user_id == deciding.acting.actor_id:
        return NotDecided.OWN
    if appeal.acted_by == deciding.acting.actor_id and not deciding.may_decide_own:
        return NotDecided.ACTED
    if decision not in DECISIONS[appeal.appealed]:
        return NotDecided.CANNOT
    # The word lists are the admins'.
    return NotDecided.NOT_AN_ADMIN if decision is Decision.ALLOW and not deciding.administers else None


def _report(core: Core, decided: Decided) -> None:
    if decided.undone is not None:
        report_undone(core, decided.undone)
    elif decided.case is not None:
        core.news.case_added(decided.case)
    if decided.also is not None:
        core.news.case_added(decided.also)
    for job_id in decided.posted:
        core.news.job_changed(job_id)
    core.news.post_change_due()


def _new_case(appeal: Appeal, acting: Acting, kind: CaseKind) -> NewCase:
    of_case = {OF_CASE: appeal.key} if appeal.case_number is not None else {}
    details = {APPEAL: str(appeal.id), **of_case}
    return NewCase(
        acting.guild_id, kind, acting.actor_id, appeal.user_id, acting.reason, job_id=appeal.job_id, details=details
    )


def _allow_once(
    _core: Core, connection: Connection, appeal: Appeal, acting: Acting, now: datetime
) -> _Applied | NotDecided:
    new = replace(_new_case(appeal, acting, CaseKind.ALLOW), until=now + ALLOWED_FOR)
    case = cases.add(connection, new, now)
    allowances.add(connection, _new_allowance(appeal, case), now, now + ALLOWED_FOR)
    return _Applied(case, Outcome.ALLOWED_ONCE)


def _new_allowance(appeal: Appeal, case: Case) -> NewAllowance:
    appealed, key, used_by = appeal.appealed, appeal.key, None
    if appealed is Appealed.PICTURE:
        # Of several listed pictures that it is like, the first stands for all: the gate lets it through by any of them.
        key = str(listed_of(key)[0])
    elif appealed is Appealed.RESULT:
        # Its own remix uses it up, so that it lets no other one through.
        appealed, key, used_by = Appealed.WORDS, prompt_key(appeal.prompt or ""), int(appeal.key)
    return NewAllowance(appeal.guild_id, appeal.user_id, appealed, key, case.number, used_by)


def _allow(core: Core, connection: Connection, appeal: Appeal, acting: Acting, now: datetime) -> _Applied | NotDecided:
    allow = _allow_picture if appeal.appealed is Appealed.PICTURE else _allow_words
    return allow(core, connection, appeal, acting, now)


def _allow_picture(_core: Core, connection: Connection, appeal: Appeal, acting: Acting, now: datetime) -> _Applied:
    case = _take_off(connection, appeal, listed_of(appeal.key), acting, now)
    return _Applied(case, Outcome.OVER if case is None else Outcome.ALLOWED)


def _take_off(
    connection: Connection, appeal: Appeal, listed: Sequence[int], acting: Acting, now: datetime
) -> Case | None:
    """None: none of them is on the list of pictures any more."""
    taken_off = pictures.take_off(connection, appeal.guild_id, listed)
    if not taken_off:
        return None
    new = _new_case(appeal, acting, CaseKind.PICTURES)
    details = {**to_details(PicturesChange(taken_off=taken_off)), **new.details}
    return cases.add(connection, replace(new, target_id=None, details=details), now)


def _allow_words(
    core: Core, connection: Connection, appeal: Appeal, acting: Acting, now: datetime
) -> _Applied | NotDecided:
    before, read = words.read_by_key(connection, appeal.guild_id), words_to_allow(core, connection, appeal)
    if read is None:
        return NotDecided.WORDS_STAY
    changed = change_words(before, read)
    if isinstance(changed, Problems) or not changed:
        return NotDecided.WORDS_STAY
    words.write(connection, appeal.guild_id, changed)
    new = _new_case(appeal, acting, CaseKind.WORDS)
    # Members cannot be the target of a change of the lists, or undoing it would ask for the rank over them.
    details = {**to_details(WordsChange(recorded(before, changed))), **new.details}
    case = cases.add(connection, replace(new, target_id=None, details=details), now)
    return _Applied(case, Outcome.ALLOWED)


def words_to_allow(core: Core, connection: Connection, appeal: Appeal) -> ReadWords | None:
    """The entries that let the prompt through. None: no list of allowed words does, or nothing refuses it any more."""
    prompt = appeal.prompt or ""
    return words_that_allow(prompt, core.words.judge(connection, appeal.guild_id, prompt).hits)


def _lift(_core: Core, connection: Connection, appeal: Appeal, acting: Acting, now: datetime) -> _Applied | NotDecided:
    case = appealable.case_of(connection, appeal)
    if case is None:
        return _Applied(None, Outcome.OVER)
    if case.kind in REMOVALS:
        return _give_back(connection, appeal, case, acting, now)
    undone = undo_in(connection, acting, case.number, lambda _connection, _case: None, now)
    if isinstance(undone, Undone):
        # Its reason is what the moderator says to the person, which not everybody who reads the log may read.
        by = cases.add_details(connection, undone.by, {APPEAL: str(appeal.id)})
        return _Applied(by, Outcome.LIFTED, replace(undone, by=by))
    return NotDecided.CANNOT if undone in {NotUndone.CANNOT, NotUndone.REPORTED} else _Applied(None, Outcome.OVER)


def _give_back(connection: Connection, appeal: Appeal, case: Case, acting: Acting, now: datetime) -> _Applied:
    """The pictures are gone. The person can make as many remixes again, beyond their quota, and of the same picture."""
    off = _take_off(connection, appeal, pictures.listed_by(connection, case.guild_id, case.number), acting, now)
    remixes, until = appealable.count_lost(connection, case, appeal.user_id), now + GIVEN_BACK_FOR
    if not remixes:
        return _Applied(off, Outcome.OVER if off is None else Outcome.LIFTED)
    quotas.add_grant(connection, appeal.guild_id, appeal.user_id, remixes, now, until)
    new = _new_case(appeal, acting, CaseKind.GRANT)
    details = {**to_details(RemixesGranted(remixes, 0)), **new.details}
    granted = cases.add(connection, replace(new, until=until, details=details), now)
    return _Applied(granted, Outcome.LIFTED, also=off)


def _keep(_core: Core, connection: Connection, appeal: Appeal, acting: Acting, now: datetime) -> _Applied:
    return _Applied(cases.add(connection, _new_case(appeal, acting, CaseKind.UPHOLD), now), Outcome.KEPT)


_APPLY: dict[Decision, Callable[[Core, Connection, Appeal, Acting, datetime], _Applied | NotDecided]] = {
    Decision.ALLOW_ONCE: _allow_once,
    Decision.ALLOW: _allow,
    Decision.LIFT: _lift,
    Decision.KEEP: _keep,
}
