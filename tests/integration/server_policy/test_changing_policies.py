"""An admin's change is one transaction with its case, field by field, and can be undone while it stands."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rules.cases import CaseKind
from bot.rules.limits import Limits
from bot.rules.log_kinds import LogKind
from bot.rules.matters import MatterKind
from bot.rules.policies import NO_POLICY, Plan, Policy
from bot.rules.policy_fields import FIELDS, PLAN_FIELDS, Bounds, Places
from bot.rules.policy_file import PolicyTexts, read_file, write_file
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.storage.matters import matters
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.remixes import quotas
from bot.storage.server_log import log_entries, log_posts
from bot.storage.server_log.log_posts import LogPost
from bot.storage.standing import policies
from bot.use_cases.server_policy.change_policy import Admin, change_policy, grant_remixes, undo_policy_change
from tests.unit.rules.test_policy_fields import BOUNDS, READ

PLACES = Places(channels=frozenset({22, 23}), roles=frozenset({7, 8, *range(100, 200)}))
ANNA, BERT = Admin(11, 1, PLACES), Admin(11, 2, PLACES)
CHANGED_SINCE = Problems([Problem(ProblemCode.CHANGED_SINCE)])
NARROW = Bounds(Limits(timedelta(hours=1), 1, 500), {}, 1, 30_000)


class Told:
    """Keeps the cases that it is told of."""

    def __init__(self):
        self.cases = []

    def case_added(self, case):
        self.cases.append(case)


class Office:
    def __init__(self, core):
        self.core, self.database, self.clock, self.told = core, core.database, core.clock, Told()
        core.news.on_case.append(self.told.case_added)

    async def change(self, admin, wanted):
        return await change_policy(self.core, BOUNDS, admin, wanted)

    async def set(self, admin=ANNA, **texts):
        return await self.change(admin, PolicyTexts({name.replace("_", "-"): text for name, text in texts.items()}))

    async def plan(self, role_id, texts, admin=ANNA):
        return await self.change(admin, PolicyTexts(plans={role_id: texts}))

    async def policy(self):
        return await self.database.transaction(policies.read, 11)

    async def plans(self):
        return await self.database.transaction(policies.read_plans, 11)

    async def cases(self):
        return await self.database.transaction(cases.newest, 11, CaseFilter(), 100)

    async def undo(self, case, bounds=BOUNDS):
        return await self.database.transaction(undo_policy_change, case, bounds)


@pytest.fixture
def office(core):
    return Office(core)


async def test_a_change_is_a_case_with_before_and_after(office):
    await office.set(cooldown="5m")
    (case,) = await office.set(BERT, cooldown="10m")
    assert (await office.policy()).cooldown_s == 600
    assert (case.number, case.kind, case.actor_id, case.target_id) == (2, CaseKind.CONFIG, 2, None)
    assert case.details == {"field": "cooldown", "before": 300, "after": 600}
    assert [each.number for each in office.told.cases] == [1, 2]
    assert await office.cases() == [case, office.told.cases[0]]


async def test_what_was_so_before_is_no_case(office):
    await office.set(cooldown="60")
    assert await office.set(cooldown="1m") == []
    assert len(await office.cases()) == 1


async def test_of_several_changes_one_that_is_refused_undoes_all(office):
    outcome = await office.set(cooldown="5m", queue_limit="99")
    assert isinstance(outcome, Problems)
    assert (await office.policy(), await office.cases(), office.told.cases) == (NO_POLICY, [], [])


async def test_two_admins_at_once_do_not_overwrite_each_others_settings(office):
    names = [each.name for each in FIELDS if each.name not in {"speeds", "default-speed"}]
    texts = {name: READ[name][0][0] for name in names}
    admins = (ANNA, BERT) * len(names)
    await asyncio.gather(
        *(
            office.change(admin, PolicyTexts({name: text}))
            for admin, (name, text) in zip(admins, texts.items(), strict=False)
        )
    )
    policy = await office.policy()
    unset = {each.name for each in FIELDS if each.write(policy) == "default"}
    assert unset == {"speeds", "default-speed"}
    assert sorted(case.number for case in office.told.cases) == list(range(1, len(names) + 1))


@pytest.mark.parametrize("name", READ)
async def test_every_setting_can_be_undone(office, name):
    (case,) = await office.set(**{name: READ[name][0][0]})
    assert await office.policy() != NO_POLICY
    assert not await office.undo(case)
    assert await office.policy() == NO_POLICY


async def test_undoing_leaves_what_others_have_set_since(office):
    await office.set(cooldown="1m")
    (case,) = await office.set(cooldown="5m")
    await office.set(BERT, daily_quota="5")
    assert not await office.undo(case)
    assert await office.policy() == Policy(cooldown_s=60, daily_quota=5)


async def test_what_was_changed_again_is_not_undone(office):
    (case,) = await office.set(cooldown="5m")
    await office.set(BERT, cooldown="7m")
    assert await office.undo(case) == CHANGED_SINCE
    assert (await office.policy()).cooldown_s == 420


async def test_undoing_passes_no_ceiling_that_the_operator_has_set_since(office):
    await office.set(cooldown="1m")
    (case,) = await office.set(cooldown="2h")
    assert await office.undo(case, NARROW) == Problems([Problem(ProblemCode.BELOW_OPERATOR, "cooldown", 3600)])
    assert (await office.policy()).cooldown_s == 7200


async def test_a_plan_is_a_case_and_can_be_undone(office):
    (made,) = await office.plan(7, {"daily-quota": "5"})
    (changed,) = await office.plan(7, {"cooldown": "1m"})
    (removed,) = await office.plan(7, None)
    assert [each.kind for each in (made, changed, removed)] == [CaseKind.PLAN] * 3
    assert removed.details == {"role_id": 7, "before": {"cooldown": 60, "daily-quota": 5}, "after": None}
    assert await office.plans() == {}
    assert await office.undo(made) == CHANGED_SINCE
    assert not await office.undo(removed)
    assert await office.plans() == {7: Plan(cooldown_s=60, daily_quota=5)}
    assert not await office.undo(changed)
    assert not await office.undo(made)
    assert await office.plans() == {}


async def test_a_plan_of_a_role_that_is_not_there_is_refused_but_can_be_taken_away(office, database):
    assert (await office.plan(9, {"daily-quota": "5"})).found == [Problem(ProblemCode.NO_SUCH_ROLE, role_id=9)]
    await database.transaction(policies.write_plan, 11, 9, Plan(daily_quota=1))
    assert len(await office.plan(9, None)) == 1
    assert await office.plan(9, None) == []


async def test_a_server_has_so_many_plans_and_no_more(office):
    most = {role_id: {"daily-quota": "5"} for role_id in range(100, 150)}
    assert len(await office.change(ANNA, PolicyTexts(plans=most))) == 50
    assert (await office.plan(7, {"daily-quota": "5"})).found == [Problem(ProblemCode.TOO_MANY_PLANS, limit=50)]
    swap = {100: None, 7: {"daily-quota": "5"}}
    assert len(await office.change(ANNA, PolicyTexts(plans=swap))) == 2
    assert len(await office.plans()) == 50


async def test_what_is_exported_is_taken_in_again_with_a_case_for_each_change(office):
    await office.set(cooldown="5m", channels="<#22>")
    await office.plan(7, {"daily-quota": "5"})
    texts = read_file(write_file(await office.policy(), await office.plans()).encode())
    before = await office.policy(), await office.plans()
    await office.set(cooldown="default", channels="<#23>", daily_quota="3")
    await office.plan(7, None)
    made = [case.details.get("field") or case.details["role_id"] for case in await office.change(BERT, texts)]
    assert sorted(map(str, made)) == ["7", "channels", "cooldown", "daily-quota"]
    assert (await office.policy(), await office.plans()) == before


async def test_a_file_with_anything_wrong_changes_nothing_and_each_problem_is_named(office):
    wrong = PolicyTexts(
        {"cooldown": "1s", "daily-quota": "5", "channels": "<#99>"}, {7: {"queue-limit": "9"}, 9: {"daily-quota": "1"}}
    )
    outcome = await office.change(ANNA, wrong)
    assert [(problem.field, problem.role_id) for problem in outcome.found] == [
        ("cooldown", None),
        ("channels", None),
        ("queue-limit", 7),
        ("", 9),
    ]
    assert (await office.policy(), await office.plans(), await office.cases()) == (NO_POLICY, {}, [])
    assert (await office.change(ANNA, PolicyTexts({"daily-quota": "5"}, wrong.plans))).found[0].role_id == 7
    assert await office.policy() == NO_POLICY


async def test_a_grant_is_a_case_with_its_end(office, database, clock):
    case = await grant_remixes(office.core, ANNA, 5, 3, 3600)
    (grant,) = await database.transaction(quotas.open_grants, 11, clock())
    assert (grant.user_id, grant.remixes, grant.ends_at) == (5, 3, clock() + timedelta(hours=1))
    assert (case.kind, case.target_id, case.until) == (CaseKind.GRANT, 5, grant.ends_at)
    assert case.details == {"remixes": 3, "interaction_id": 0}
    assert office.told.cases == [case]


async def test_a_grant_that_discord_delivers_twice_is_one(office, database, clock):
    once = replace(ANNA, interaction_id=5)
    assert await grant_remixes(office.core, once, 5, 3, 3600) == await grant_remixes(office.core, once, 5, 3, 3600)
    await grant_remixes(office.core, replace(ANNA, interaction_id=6), 5, 3, 3600)
    assert len(await database.transaction(quotas.open_grants, 11, clock())) == 2


def test_a_plan_is_read_by_the_same_names_as_the_settings():
    assert {each.name for each in PLAN_FIELDS} <= {each.name for each in FIELDS}


async def test_a_log_channel_that_is_chosen_gets_the_cards_of_what_is_open_once(office):
    def open_two(connection):
        first, second = (
            matters.open_matter(connection, 11, MatterKind.REPORT, subject, office.clock()) for subject in (1, 2)
        )
        matters.close(connection, second.id, office.clock(), by=9, outcome="dismissed")
        return first.id

    async def queued():
        found = await office.database.transaction(log_entries.take, 11, office.clock(), 10)
        return [entry.subject for entry in found if entry.kind is LogKind.MATTER]

    number = await office.database.transaction(open_two)
    await office.set(log_channel="22")
    entries = [await queued()]
    await office.set(log_channel="23")
    assert [*entries, await queued()] == [[number], [number]]

    def write(connection):
        taken = log_entries.take(connection, 11, office.clock(), 10)
        log_posts.add(connection, LogPost(11, 23, 5), taken, office.clock())
        log_entries.delete(connection, taken)
        log_entries.forget_all(connection, 11)

    await office.database.transaction(write)
    await office.set(log_channel="22")
    assert await queued() == [number]
    await office.database.transaction(log_entries.forget_all, 11)
    await office.set(log_channel="23")
    assert await queued() == []
