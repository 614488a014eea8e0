"""An admin changes what holds in their server: settings, plans of roles, grants. Each change is a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.cases import CaseKind
from bot.rules.policies import Plan, Plans
from bot.rules.policy_fields import (
    UNSET,
    Bounds,
    Change,
    Places,
    Problems,
    change,
    change_plan,
    find,
    read_plan,
    write_plan,
)
from bot.rules.policy_file import MOST_PLANS, PolicyTexts, shortened
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, CaseFilter, NewCase
from bot.storage.remixes import quotas
from bot.storage.standing import policies
from bot.use_cases.core import Core

_PLAN = "plan"
_GRANT = "grant"
_BY = "interaction"
_LAST_GRANTS = 5


@dataclass(frozen=True, slots=True)
class Admin:
    """Who changes which server, what channels and roles there are in it, and by which interaction."""

    guild_id: int
    user_id: int
    places: Places
    interaction_id: int = 0


class ChangePolicy:
    """Reads what holds and changes it in one transaction, field by field: two admins cannot undo each other's work."""

    def __init__(self, core: Core, bounds: Bounds) -> None:
        self._core = core
        self._bounds = bounds

    async def change(self, admin: Admin, wanted: PolicyTexts) -> Sequence[Case] | Problems:
        """All of it or nothing. Empty: it was so before."""
        outcome = await self._core.database.transaction(self._change, admin, wanted)
        for case in [] if isinstance(outcome, Problems) else outcome:
            self._core.news.case_added(case)
        return outcome

    async def grant(self, admin: Admin, user_id: int, remixes: int, lasts_s: int) -> Case:
        """Remixes beyond the quota, for so many seconds from now. Delivered twice by Discord, it is one grant."""
        case = await self._core.database.transaction(self._grant, admin, user_id, remixes, timedelta(seconds=lasts_s))
        self._core.news.case_added(case)
        return case

    def undo_change(self, connection: Connection, case: Case) -> Sequence[str]:
        """Bring back what was so before a CONFIG or PLAN case, in the transaction that marks the case as undone.

        Returns what stands in the way, in sentences: it was changed again since, or the operator allows less by now.
        """
        undo = _undo_plan if case.kind is CaseKind.PLAN else _undo_setting
        return undo(connection, case, self._bounds)

    def _change(self, connection: Connection, admin: Admin, wanted: PolicyTexts) -> Sequence[Case] | Problems:
        policy, plans = policies.read(connection, admin.guild_id), policies.read_plans(connection, admin.guild_id)
        changed = change(policy, wanted.settings, self._bounds, admin.places)
        changed_plans = self._changed_plans(plans, wanted.plans, admin.places)
        if isinstance(changed, Problems) or isinstance(changed_plans, Problems):
            wrong = [each for each in (changed, changed_plans) if isinstance(each, Problems)]
            return Problems(shortened([line for each in wrong for line in each.lines]))
        now = self._core.clock()
        if changed.changes:
            policies.write(connection, admin.guild_id, changed.policy)
        added = [_record(connection, admin, CaseKind.CONFIG, each, now) for each in changed.changes]
        for role_id, plan in changed_plans.items():
            policies.write_plan(connection, admin.guild_id, role_id, plan)
            made = Change(_plan_name(role_id), write_plan(plans.get(role_id)), write_plan(plan))
            added.append(_record(connection, admin, CaseKind.PLAN, made, now))
        return added

    def _changed_plans(
        self, before: Plans, wanted: Mapping[int, Mapping[str, str] | None], places: Places
    ) -> Mapping[int, Plan | None] | Problems:
        """Those that will be others than before; None goes."""
        after, problems = dict[int, Plan | None](), list[str]()
        for role_id, texts in wanted.items():
            plan = change_plan(before.get(role_id), texts, self._bounds) if texts is not None else None
            if isinstance(plan, Problems):
                problems += [f"Plan of `{role_id}`: {line}" for line in plan.lines]
            elif plan is not None and role_id not in places.roles:
                problems.append(f"There is no role `{role_id}` in this server.")
            elif plan != before.get(role_id):
                after[role_id] = plan
        if len({**before, **after}) - list(after.values()).count(None) > MOST_PLANS:
            problems.append(f"A server can have {MOST_PLANS} plans at most.")
        return Problems(problems) if problems else after

    def _grant(self, connection: Connection, admin: Admin, user_id: int, remixes: int, lasts: timedelta) -> Case:
        now, told = self._core.clock(), str(admin.interaction_id)
        wanted = CaseFilter(target_id=user_id, actor_id=admin.user_id, kind=CaseKind.GRANT)
        for case in cases.newest(connection, admin.guild_id, wanted, _LAST_GRANTS):
            if case.details.get(_BY) == told:
                return case
        quotas.add_grant(connection, admin.guild_id, user_id, remixes, now, now + lasts)
        new = NewCase(
            admin.guild_id,
            CaseKind.GRANT,
            admin.user_id,
            target_id=user_id,
            until=now + lasts,
            details={"field": _GRANT, "before": UNSET, "after": str(remixes), _BY: told},
        )
        return cases.add(connection, new, now)


def _plan_name(role_id: int) -> str:
    return f"{_PLAN} <@&{role_id}>"


def _record(connection: Connection, admin: Admin, kind: CaseKind, made: Change, now: datetime) -> Case:
    details = {"field": made.name, "before": made.before, "after": made.after}
    return cases.add(connection, NewCase(admin.guild_id, kind, admin.user_id, details=details), now)


_CHANGED_SINCE = ("It was changed again since, so there is nothing to go back to.",)


def _undo_setting(connection: Connection, case: Case, bounds: Bounds) -> Sequence[str]:
    policy, each = policies.read(connection, case.guild_id), find(case.details["field"])
    if each is None or each.write(policy) != case.details["after"]:
        return _CHANGED_SINCE
    changed = change(policy, {each.name: case.details["before"]}, bounds)
    if isinstance(changed, Problems):
        return changed.lines
    policies.write(connection, case.guild_id, changed.policy)
    return ()


def _undo_plan(connection: Connection, case: Case, bounds: Bounds) -> Sequence[str]:
    role_id = int(case.details["field"].removeprefix(f"{_PLAN} <@&").removesuffix(">"))
    plan = policies.read_plans(connection, case.guild_id).get(role_id)
    if write_plan(plan) != case.details["after"]:
        return _CHANGED_SINCE
    restored = change_plan(plan, read_plan(case.details["before"]), bounds)
    if isinstance(restored, Problems):
        return restored.lines
    policies.write_plan(connection, case.guild_id, role_id, restored)
    return ()
