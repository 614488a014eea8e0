"""Every setting of a server is read as it is written, within the operator's ceilings, all of a change or nothing."""

import json
from datetime import timedelta

import pytest

from bot.rules.budgets import Period
from bot.rules.field_values import read_time
from bot.rules.limits import Limits
from bot.rules.others_pictures import OthersPictures
from bot.rules.picture_memory import PictureMemory
from bot.rules.points import Ladder, Rung, RungAction
from bot.rules.policies import NO_POLICY, UNLIMITED, Plan, Policy, WarningLimit
from bot.rules.policy_fields import (
    FIELDS,
    PLAN_FIELDS,
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
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.prices import Speed
from bot.rules.words.automod import AutoModUse

BOUNDS = Bounds(
    limits=Limits(timedelta(seconds=30), waiting_per_person=3, waiting=500),
    budgets={Period.DAY: 10_000_000},
    keep_pictures_days=30,
    cheapest=30_000,
)
PLACES = Places(channels=frozenset({22, 23}), roles=frozenset({7, 8}))

LADDER = Ladder((Rung(3, RungAction.WARN), Rung(5, RungAction.BLOCK, 86_400), Rung(8, RungAction.BLOCK)))

READ = {
    "channels": [("<#22>, <#23>", frozenset({22, 23})), ("22 23", frozenset({22, 23}))],
    "roles": [("<@&7>", frozenset({7}))],
    "ignored-roles": [("8, <@&7>", frozenset({7, 8}))],
    "cooldown": [
        ("90", 90),
        ("30s", 30),
        ("5m", 300),
        ("2h", 7200),
        ("7d", 604_800),
        ("1w", 604_800),
        ("1h 30M", 5400),
        ("1h30m", 5400),
    ],
    "daily-quota": [("0", 0), (" 5 ", 5), ("Unlimited", UNLIMITED)],
    "monthly-quota": [("100", 100)],
    "queue-limit": [("1", 1), ("3", 3)],
    "daily-budget": [("2.50", 2_500_000), ("$10", 10_000_000), ("0.03", 30_000)],
    "monthly-budget": [("999999", 999_999_000_000)],
    "default-speed": [("turbo", Speed.TURBO), ("Quality", Speed.QUALITY), ("DEFAULT", Speed.DEFAULT)],
    "speeds": [("turbo, QUALITY", frozenset({Speed.TURBO, Speed.QUALITY})), ("Default", frozenset({Speed.DEFAULT}))],
    "new-member-age": [("7d", 604_800), ("0", 0)],
    "log-channel": [("<#22>", 22), ("22", 22)],
    "keep-prompts": [("7", 7), ("90d", 90)],
    "keep-pictures": [("7", 7), ("7d", 7), ("48h", 2), ("30", 30)],
    "warning-limit": [
        ("3 in 30d", WarningLimit(3, 2_592_000)),
        ("3 in 30 Days", WarningLimit(3, 2_592_000)),
        ("1/1 week", WarningLimit(1, 604_800)),
        ("50 within 1d 12h", WarningLimit(50, 129_600)),
    ],
    "warning-block": [("24h", 86_400), ("7d", 604_800)],
    "automod": [("on", AutoModUse.ON), (" OFF ", AutoModUse.OFF)],
    "picture-memory": [(memory.upper(), PictureMemory(memory)) for memory in ("off", "strict", "near", "wide")],
    "others-pictures": [
        ("own", OthersPictures.OWN),
        (" Ask ", OthersPictures.ASK),
        ("EVERYONE", OthersPictures.EVERYONE),
    ],
    "safety-refusals": [("1", 1), ("100", 100), (" None ", 0)],
    "points-ladder": [
        ("3 warn, 5 block 24h, 8 block", LADDER),
        ("8 BLOCK; 5 points block for 24h\n3: warn", LADDER),
        ("100 block 366d", Ladder((Rung(100, RungAction.BLOCK, 31_622_400),))),
    ],
    "points-time": [("30d", 2_592_000), ("1h", 3600)],
    "second-moderator": [("10", 10), ("0", 0)],
    "review-channels": [("<#22>", frozenset({22}))],
    "review-newcomers": [("7d", 604_800), ("12h", 43_200)],
    "review-time": [("3d", 259_200), ("90m", 5400)],
    "review-limit": [("1", 1), ("10", 10)],
    "raid-new-members": [("7d", 604_800)],
    "report-hides": [("3", 3), ("none", 0)],
    "report-account-age": [("30d", 2_592_000)],
    "report-member-age": [("12h", 43_200)],
}
REFUSED = {
    "channels": [
        "#remixes",
        "22, x",
        "<@&7>",
        "99",
        "9" * 20,
        f"<#{'9' * 5000}>",
        "0",
        ", ".join(map(str, range(1, 27))),
    ],
    "roles": ["<#22>", "everyone", "99"],
    "ignored-roles": ["<@7>"],
    "cooldown": ["29s", "0", "soon", "-5", "1.5h", "367d", "9999999999", "٣٠"],
    "daily-quota": ["-1", "many", "1000001"],
    "monthly-quota": ["1e3"],
    "queue-limit": ["0", "4"],
    "daily-budget": ["0", "0.02", "10.01", "-1", "NaN", "Infinity", "1e400", "five"],
    "monthly-budget": ["0.0000001", "1e30"],
    "default-speed": ["flash", "fast"],
    "speeds": ["turbo, flash", ","],
    "new-member-age": ["400d"],
    "log-channel": ["<#22>, <#23>", "99", "general"],
    "keep-prompts": ["91", "36h", "0"],
    "keep-pictures": ["31", "36h", "0", "0d"],
    "warning-limit": ["3", "0 in 30d", "51 in 30d", "3 in 0d", "3 in 400d", "3 in", "٣ in 30d", f"{'9' * 5000} in 1d"],
    "warning-block": ["0", "ever", "367d"],
    "automod": ["yes", "on, off"],
    "picture-memory": ["on", "near, wide"],
    "others-pictures": ["nobody", "own, ask"],
    "safety-refusals": ["0", "-1", "101", "often", "٣"],
    "points-ladder": [
        "3",
        "warn",
        "0 warn",
        "101 warn",
        "3 kick",
        "3 warn 24h",
        "3 block 0s",
        "3 block 367d",
        "3 block soon",
        "3 warn, 3 block",
        "3 warn, 5",
        ",",
        ", ".join(f"{number} warn" for number in range(1, 7)),
        ", ".join(f"{number} block 365d 23h 59m 59s" for number in range(1, 5)),
        "٣ warn",
        "9" * 900,
    ],
    "points-time": ["0", "ever"],
    "second-moderator": ["-1", "on"],
    "review-channels": ["#remixes", "99"],
    "review-newcomers": ["0s", "new"],
    # Pictures are kept for thirty days.
    "review-time": ["0", "31d", "ever"],
    "review-limit": ["0", "-1", "all"],
    "raid-new-members": ["0s", "new"],
    "report-hides": ["0", "-1", "many"],
    "report-account-age": ["0", "old"],
    "report-member-age": ["0s"],
}


def changed(policy, texts, places=PLACES):
    return change(policy, texts, BOUNDS, places)


def test_every_attribute_of_a_policy_has_its_field_and_every_field_its_test():
    assert {each.attribute for each in FIELDS} == set(Policy.__dataclass_fields__)
    assert {each.attribute for each in PLAN_FIELDS} == set(Plan.__dataclass_fields__)
    assert {each.name for each in FIELDS} == set(READ) == set(REFUSED)


@pytest.mark.parametrize(("name", "text", "value"), [(name, *pair) for name, pairs in READ.items() for pair in pairs])
def test_what_is_read_is_written_so_that_it_is_read_again(name, text, value):
    outcome = changed(NO_POLICY, {name: text})
    each = find(name)
    assert getattr(outcome.policy, each.attribute) == value
    written = each.write(outcome.policy)
    assert changed(NO_POLICY, {name: written}) == outcome
    (made,) = outcome.changes
    assert (made.field, made.before) == (name, None)
    assert restore(NO_POLICY, each, json.loads(json.dumps(made.after)), BOUNDS) == outcome.policy


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in REFUSED.items() for text in texts])
def test_what_is_no_such_value_or_passes_a_ceiling_is_refused_with_the_name_of_the_setting(name, text):
    outcome = changed(NO_POLICY, {name: text})
    assert isinstance(outcome, Problems)
    (problem,) = outcome.found
    assert problem.field == name


@pytest.mark.parametrize(
    ("name", "word"),
    # Without a limit of safety refusals is not the same as with the default one.
    [
        (name, word)
        for name in READ
        for word in ("default", "NONE", " ")
        if (name, word) not in {("safety-refusals", "NONE"), ("report-hides", "NONE")}
    ],
)
def test_every_setting_can_be_unset(name, word):
    set_ = changed(NO_POLICY, {name: READ[name][0][0]}).policy
    outcome = changed(set_, {name: word})
    assert outcome.policy == NO_POLICY


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("cooldown", "10s", Problem(ProblemCode.BELOW_OPERATOR, "cooldown", 30)),
        ("queue-limit", "4", Problem(ProblemCode.ABOVE_OPERATOR, "queue-limit", 3)),
        ("daily-budget", "11", Problem(ProblemCode.ABOVE_OPERATOR, "daily-budget", 10_000_000)),
        ("monthly-budget", "0.01", Problem(ProblemCode.BELOW_CHEAPEST, "monthly-budget", 30_000)),
        ("keep-pictures", "31d", Problem(ProblemCode.ABOVE_OPERATOR, "keep-pictures", 30)),
        ("log-channel", "<#99>", Problem(ProblemCode.NOT_IN_SERVER, "log-channel", ids=[99])),
    ],
)
def test_a_ceiling_is_named_with_its_value(name, text, why):
    assert changed(NO_POLICY, {name: text}) == Problems([why])


def test_the_default_speed_must_be_one_that_is_allowed():
    both = {"speeds": "turbo", "default-speed": "turbo"}
    policy = changed(NO_POLICY, both).policy
    assert changed(policy, {"default-speed": "quality"}).found == [
        Problem(ProblemCode.DEFAULT_SPEED_NOT_ALLOWED, "default-speed", "QUALITY")
    ]
    assert isinstance(changed(policy, {"speeds": "quality"}), Problems)
    assert changed(policy, {"speeds": "quality", "default-speed": "quality"}).policy.speed is Speed.QUALITY


def test_one_wrong_setting_leaves_all_as_they_were_and_each_is_named():
    outcome = changed(NO_POLICY, {"cooldown": "1m", "queue-limit": "9", "speed-limit": "1", "roles": "99"})
    assert [problem.field for problem in outcome.found] == ["queue-limit", "speed-limit", "roles"]


def test_what_is_gone_from_the_server_stands_in_nobodys_way():
    policy = Policy(channels=frozenset({22, 99}))
    assert changed(policy, {"cooldown": "1m"}).policy.channels == {22, 99}
    assert changed(policy, {"channels": "<#22>, <#99>"}, places=None).changes == []


def test_names_are_taken_however_they_are_spelt():
    assert find("Daily_Quota") is find("daily quota") is find("daily-quota") is not None
    assert find("quota") is None


def test_a_plan_is_restored_from_its_raw_values():
    plan = change_plan(None, {"cooldown": "1m", "daily_quota": "unlimited"}, BOUNDS)
    assert plan == Plan(cooldown_s=60, daily_quota=UNLIMITED)
    assert raw_plan(plan) == {"cooldown": 60, "daily-quota": UNLIMITED}
    assert restore_plan(raw_plan(plan), BOUNDS) == plan


def test_a_plan_keeps_what_is_not_named_and_is_gone_when_nothing_is_left():
    plan = Plan(cooldown_s=60, daily_quota=5)
    assert change_plan(plan, {"cooldown": "2m"}, BOUNDS) == Plan(cooldown_s=120, daily_quota=5)
    assert change_plan(plan, {"cooldown": "default", "daily-quota": ""}, BOUNDS) is None
    assert restore_plan(raw_plan(None), BOUNDS) is None


def test_a_plan_passes_no_ceiling_and_has_no_other_settings():
    outcome = change_plan(None, {"cooldown": "1s", "queue-limit": "4", "speeds": "turbo"}, BOUNDS)
    assert [problem.field for problem in outcome.found] == ["cooldown", "queue-limit", "speeds"]
    assert restore_plan({"cooldown": 1}, BOUNDS) == Problems([Problem(ProblemCode.BELOW_OPERATOR, "cooldown", 30)])


def test_lists_are_restored_too_although_json_knows_no_sets():
    change_ = PolicyChange("speeds", None, ["QUALITY", "TURBO"])
    restored = restore(NO_POLICY, find("speeds"), change_.after, BOUNDS)
    assert restored.speeds == {Speed.QUALITY, Speed.TURBO}
    assert restore(restored, find("speeds"), change_.before, BOUNDS) == NO_POLICY


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 3661, 86_400, 90_061])
def test_a_time_is_written_so_that_it_is_read_again(seconds):
    each = find("new-member-age")
    assert read_time(each.kind.write(seconds)) == seconds
