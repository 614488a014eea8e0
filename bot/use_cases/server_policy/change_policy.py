"""An admin changes their server's settings, plans of roles, styles, word lists, and grants. Each change is a case."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.rules.cases import CaseKind
from bot.rules.policies import Plan, Plans, Policy
from bot.rules.policy_cases import (
    PicturesChange,
    PlanChange,
    RecordedChange,
    RemixesGranted,
    StyleChange,
    WordsChange,
    from_details,
    to_details,
)
from bot.rules.policy_fields import (
    Bounds,
    Places,
    PolicyChange,
    change,
    change_plan,
    find,
    raw_plan,
    restore,
    restore_plan,
)
from bot.rules.policy_file import MOST_PLANS, PolicyTexts
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.styles import MOST_STYLES, change_styles, from_raw_style, raw_style, style_key
from bot.rules.words.lists import ReadWords, change_words, read_words, recorded, undo_words
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, CaseFilter, NewCase
from bot.storage.remixes import quotas
from bot.storage.server_log import log_entries
from bot.storage.standing import pictures, policies, styles, words
from bot.use_cases.core import Core

_LAST_GRANTS = 5
_CHANGED_SINCE = Problems([Problem(ProblemCode.CHANGED_SINCE)])


@dataclass(frozen=True, slots=True)
class Admin:
    """Who changes which server, the channels and roles that the server has, and the interaction that asked for it."""

    guild_id: int
    user_id: int
    places: Places
    interaction_id: int = 0


async def change_policy(core: Core, bounds: Bounds, admin: Admin, wanted: PolicyTexts) -> Sequence[Case] | Problems:
    """All of it or nothing. Empty if everything was so before.

    Reads and changes field by field in one transaction, so that two admins do not overwrite each other's work.
    """
    # Ten thousand words take half a second.
    read = await asyncio.to_thread(read_words, wanted.words)
    outcome = await core.database.transaction(_change, admin, wanted, read, bounds, core.clock())
    for case in [] if isinstance(outcome, Problems) else outcome:
        core.news.case_added(case)
    return outcome


def _change(
    connection: Connection, admin: Admin, wanted: PolicyTexts, read: ReadWords | Problems, bounds: Bounds, now: datetime
) -> Sequence[Case] | Problems:
    prepared = (
        _settings(connection, admin, wanted.settings, bounds, now),
        _plans(connection, admin, wanted.plans, bounds, now),
        _styles(connection, admin, wanted, now),
        _words(connection, admin, read, now) if wanted.words else list,
    )
    wrong = [each for each in prepared if isinstance(each, Problems)]
    if wrong:
        return Problems([problem for each in wrong for problem in each.found])
    return [case for write in prepared if not isinstance(write, Problems) for case in write()]


_ASKED_AGAIN = frozenset({"automod", "review-channels", "review-newcomers"})


def _write_policy(
    connection: Connection, guild_id: int, policy: Policy, changes: Sequence[PolicyChange], now: datetime
) -> None:
    policies.write(connection, guild_id, policy)
    if any(each.field == "log-channel" for each in changes):
        log_entries.add_open_matters(connection, guild_id, now)
    if any(each.field in _ASKED_AGAIN for each in changes):
        # What waits is asked about again, and the lists are made without the rules of AutoMod, or with them.
        words.count_change(connection, guild_id)


_Prepared = Callable[[], list[Case]] | Problems
"""Writes what was checked, once all parts are checked, and returns the cases."""


def _settings(
    connection: Connection, admin: Admin, texts: Mapping[str, str], bounds: Bounds, now: datetime
) -> _Prepared:
    changed = change(policies.read(connection, admin.guild_id), texts, bounds, admin.places)
    if isinstance(changed, Problems):
        return changed

    def write() -> list[Case]:
        if changed.changes:
            _write_policy(connection, admin.guild_id, changed.policy, changed.changes, now)
        return [_record(connection, admin, CaseKind.CONFIG, each, now) for each in changed.changes]

    return write


def _plans(
    connection: Connection,
    admin: Admin,
    wanted: Mapping[int, Mapping[str, str] | None],
    bounds: Bounds,
    now: datetime,
) -> _Prepared:
    before = policies.read_plans(connection, admin.guild_id)
    changed = _changed_plans(before, wanted, bounds, admin.places)
    if isinstance(changed, Problems):
        return changed

    def write() -> list[Case]:
        added = []
        for role_id, plan in changed.items():
            policies.write_plan(connection, admin.guild_id, role_id, plan)
            made = PlanChange(role_id, raw_plan(before.get(role_id)), raw_plan(plan))
            added.append(_record(connection, admin, CaseKind.PLAN, made, now))
        return added

    return write


def _styles(connection: Connection, admin: Admin, wanted: PolicyTexts, now: datetime) -> _Prepared:
    before = styles.read(connection, admin.guild_id) if wanted.styles else {}
    changed = change_styles(before, wanted.styles, keep=wanted.keep_styles)
    if isinstance(changed, Problems):
        return changed

    def write() -> list[Case]:
        added = []
        for key, style in changed.items():
            styles.write(connection, admin.guild_id, key, style)
            named = style or before[key]
            made = StyleChange(named.name, raw_style(before.get(key)), raw_style(style))
            added.append(_record(connection, admin, CaseKind.STYLE, made, now))
        return added

    return write


def _words(connection: Connection, admin: Admin, wanted: ReadWords | Problems, now: datetime) -> _Prepared:
    """One case, however many entries are changed."""
    if isinstance(wanted, Problems):
        return wanted
    before = words.read_by_key(connection, admin.guild_id)
    changed = change_words(before, wanted)
    if isinstance(changed, Problems):
        return changed

    def write() -> list[Case]:
        if not changed:
            return []
        words.write(connection, admin.guild_id, changed)
        return [_record(connection, admin, CaseKind.WORDS, WordsChange(recorded(before, changed)), now)]

    return write


def _changed_plans(
    before: Plans, wanted: Mapping[int, Mapping[str, str] | None], bounds: Bounds, places: Places
) -> Mapping[int, Plan | None] | Problems:
    """The plans that differ from before, by role; None: removed."""
    after, problems = dict[int, Plan | None](), list[Problem]()
    for role_id, texts in wanted.items():
        plan = change_plan(before.get(role_id), texts, bounds) if texts is not None else None
        if isinstance(plan, Problems):
            problems += [replace(problem, role_id=role_id) for problem in plan.found]
        elif plan is not None and role_id not in places.roles:
            problems.append(Problem(ProblemCode.NO_SUCH_ROLE, role_id=role_id))
        elif plan != before.get(role_id):
            after[role_id] = plan
    if len({**before, **after}) - list(after.values()).count(None) > MOST_PLANS:
        problems.append(Problem(ProblemCode.TOO_MANY_PLANS, limit=MOST_PLANS))
    return Problems(problems) if problems else after


def _record(connection: Connection, admin: Admin, kind: CaseKind, made: RecordedChange, now: datetime) -> Case:
    return cases.add(connection, NewCase(admin.guild_id, kind, admin.user_id, details=to_details(made)), now)


async def grant_remixes(core: Core, admin: Admin, user_id: int, remixes: int, lasts_s: int) -> Case:
    """Remixes beyond the quota, for `lasts_s` seconds from now. A command that Discord delivers twice grants once."""
    case = await core.database.transaction(_grant, admin, user_id, remixes, timedelta(seconds=lasts_s), core.clock())
    core.news.case_added(case)
    return case


def _grant(connection: Connection, admin: Admin, user_id: int, remixes: int, lasts: timedelta, now: datetime) -> Case:
    granted = RemixesGranted(remixes, admin.interaction_id)
    wanted = CaseFilter(target_id=user_id, actor_id=admin.user_id, kind=CaseKind.GRANT)
    for case in cases.newest(connection, admin.guild_id, wanted, _LAST_GRANTS):
        if from_details(case.details) == granted:
            return case
    quotas.add_grant(connection, admin.guild_id, user_id, remixes, now, now + lasts)
    new = NewCase(
        admin.guild_id,
        CaseKind.GRANT,
        admin.user_id,
        target_id=user_id,
        until=now + lasts,
        details=to_details(granted),
    )
    return cases.add(connection, new, now)


def undo_policy_change(connection: Connection, case: Case, bounds: Bounds) -> Problems | None:
    """Restore what was so before a case of an admin's change, in the transaction that marks it as undone.

    Returns what prevents it: it was changed again since, or the operator allows less by now.
    """
    match from_details(case.details):
        case PolicyChange() as made:
            return _undo_field(connection, case, made, bounds)
        case PlanChange() as made:
            return _undo_plan(connection, case.guild_id, made, bounds)
        case StyleChange() as made:
            return _undo_style(connection, case.guild_id, made)
        case WordsChange() as made:
            return _undo_words(connection, case.guild_id, made)
        case PicturesChange() as made:
            return _undo_pictures(connection, case, made)
    return _CHANGED_SINCE


def _undo_field(connection: Connection, case: Case, made: PolicyChange, bounds: Bounds) -> Problems | None:
    guild_id = case.guild_id
    policy, field = policies.read(connection, guild_id), find(made.field)
    if field is None or field.raw(policy) != made.after:
        return _CHANGED_SINCE
    restored = restore(policy, field, made.before, bounds)
    if isinstance(restored, Problems):
        return restored
    _write_policy(connection, guild_id, restored, [made], case.at)
    return None


def _undo_plan(connection: Connection, guild_id: int, made: PlanChange, bounds: Bounds) -> Problems | None:
    plan = policies.read_plans(connection, guild_id).get(made.role_id)
    if raw_plan(plan) != made.after:
        return _CHANGED_SINCE
    restored = restore_plan(made.before, bounds)
    if isinstance(restored, Problems):
        return restored
    policies.write_plan(connection, guild_id, made.role_id, restored)
    return None


def _undo_style(connection: Connection, guild_id: int, made: StyleChange) -> Problems | None:
    key, now = style_key(made.style), styles.read(connection, guild_id)
    if raw_style(now.get(key)) != made.after:
        return _CHANGED_SINCE
    if key not in now and len(now) >= MOST_STYLES:
        return Problems([Problem(ProblemCode.TOO_MANY_STYLES, limit=MOST_STYLES)])
    styles.write(connection, guild_id, key, from_raw_style(made.before))
    return None


def _undo_pictures(connection: Connection, case: Case, made: PicturesChange) -> Problems | None:
    """What was listed by another case since stays listed."""
    changed = [
        *pictures.take_off(connection, case.guild_id, made.listed, case.at),
        *pictures.put_back(connection, case.guild_id, made.taken_off),
    ]
    return None if changed else _CHANGED_SINCE


def _undo_words(connection: Connection, guild_id: int, made: WordsChange) -> Problems | None:
    changes = undo_words(words.read_by_key(connection, guild_id), made.words)
    if changes is None:
        return _CHANGED_SINCE
    words.write(connection, guild_id, changes)
    return None
