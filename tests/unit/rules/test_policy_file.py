"""A server's settings as a file: what is exported is taken in again, and a hostile file says what is wrong with it."""

import json

import pytest

from bot.rules.policies import NO_POLICY, Plan, Policy
from bot.rules.policy_fields import FIELDS, change
from bot.rules.policy_file import LARGEST_FILE, PolicyTexts, read_file, write_file
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.prices import Speed
from tests.unit.rules.test_policy_fields import BOUNDS

POLICY = Policy(
    channels=frozenset({22, 23}), cooldown_s=90, daily_budget=2_500_000, speeds=frozenset({Speed.TURBO}), log_channel=22
)
ROLE = 1_575_254_603_555_930_112
PLANS = {ROLE: Plan(daily_quota=5)}


def read(**content):
    return read_file(json.dumps(content).encode())


def test_what_is_exported_brings_back_what_was_so():
    texts = read_file(write_file(POLICY, PLANS).encode())
    other = Policy(monthly_quota=5, roles=frozenset({1}))
    assert change(other, texts.settings, BOUNDS).policy == POLICY
    assert texts.plans[ROLE]["daily-quota"] == "5"
    assert len(texts.settings) == len(FIELDS)


def test_numbers_lists_and_null_are_taken_as_well():
    texts = read(
        settings={"channels": ["22", "<#23>"], "cooldown": 90, "roles": [], "log-channel": None}, plans={"7": None}
    )
    assert texts == PolicyTexts(
        {"channels": "22, <#23>", "cooldown": "90", "roles": "default", "log-channel": "default"}, {7: None}
    )


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem(ProblemCode.NOT_JSON)),
        (b"\xff\xfe", Problem(ProblemCode.NOT_JSON)),
        (b"[" * 50_000, Problem(ProblemCode.NOT_JSON)),
        (b'{"settings": {"cooldown": ' + b"9" * 5_000 + b"}}", Problem(ProblemCode.NOT_JSON)),
        (b" " * (LARGEST_FILE + 1), Problem(ProblemCode.FILE_TOO_LARGE, limit=LARGEST_FILE)),
        (b"[]", Problem(ProblemCode.NOT_A_POLICY_FILE)),
        (b"{}", Problem(ProblemCode.NOT_A_POLICY_FILE)),
        (b'{"settings": {}, "more": 1}', Problem(ProblemCode.NOT_A_POLICY_FILE)),
        (b'{"settings": {"cooldown": "1m", "cooldown": "2m"}}', Problem(ProblemCode.NAME_TWICE)),
        (b'{"settings": 5}', Problem(ProblemCode.NOT_AN_OBJECT)),
        (b'{"settings": {"colour": "red"}}', Problem(ProblemCode.NO_SUCH_FIELD, "colour")),
        (b'{"settings": {"@everyone `x`": 1}}', Problem(ProblemCode.NO_SUCH_FIELD, "@everyone `x`")),
        (b'{"settings": {"cooldown": true}}', Problem(ProblemCode.NOT_A_TEXT, "cooldown")),
        (b'{"settings": {"cooldown": {}}}', Problem(ProblemCode.NOT_A_TEXT, "cooldown")),
        (b'{"settings": {"channels": [5]}}', Problem(ProblemCode.NOT_A_TEXT, "channels")),
        (b'{"plans": []}', Problem(ProblemCode.PLANS_NOT_AN_OBJECT, limit=50)),
        (b'{"plans": {"mods": {}}}', Problem(ProblemCode.PLAN_WITHOUT_ROLE_ID, "mods")),
        (b'{"plans": {"99999999999999999999": {}}}', Problem(ProblemCode.PLAN_WITHOUT_ROLE_ID, "9" * 20)),
        (b'{"plans": {"7": {"speeds": "turbo"}}}', Problem(ProblemCode.NO_SUCH_FIELD, "speeds", role_id=7)),
        (b'{"plans": {"7": []}}', Problem(ProblemCode.NOT_AN_OBJECT, role_id=7)),
    ],
)
def test_a_file_of_another_form_is_refused_with_what_is_wrong(data, problem):
    outcome = read_file(data)
    assert isinstance(outcome, Problems)
    assert outcome.found[0] == problem


def test_every_problem_is_named():
    outcome = read(settings={"a": 1, "b": 2, "cooldown": []}, plans={"x": {}})
    assert len(outcome.found) == 3


def test_nothing_set_is_exported_too():
    assert set(read_file(write_file(NO_POLICY, {}).encode()).settings.values()) == {"default"}
