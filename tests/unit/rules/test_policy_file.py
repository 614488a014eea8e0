"""A server's settings as a file: what is exported is taken in again, and a hostile file says what is wrong with it."""

import json

import pytest

from bot.rules.policies import NO_POLICY, Plan, Policy
from bot.rules.policy_fields import FIELDS, Problems, change
from bot.rules.policy_file import LARGEST_FILE, PolicyTexts, read_file, write_file
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
    ("data", "words"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 50_000, "no JSON"),
        (b'{"settings": {"cooldown": ' + b"9" * 5_000 + b"}}", "no JSON"),
        (b" " * (LARGEST_FILE + 1), "larger than"),
        (b"[]", "one object"),
        (b"{}", "one object"),
        (b'{"settings": {}, "more": 1}', "one object"),
        (b'{"settings": {"cooldown": "1m", "cooldown": "2m"}}', "twice"),
        (b'{"settings": 5}', "`settings` must be an object"),
        (b'{"settings": {"colour": "red"}}', "no setting: `colour`"),
        (b'{"settings": {"@everyone `x`": 1}}', "no setting: `everyone x`"),
        (b'{"settings": {"cooldown": true}}', "`cooldown` must be a text"),
        (b'{"settings": {"cooldown": {}}}', "`cooldown` must be a text"),
        (b'{"settings": {"channels": [5]}}', "`channels` must be a text"),
        (b'{"plans": []}', "`plans` must be an object"),
        (b'{"plans": {"mods": {}}}', "ids of roles"),
        (b'{"plans": {"99999999999999999999": {}}}', "ids of roles"),
        (b'{"plans": {"7": {"speeds": "turbo"}}}', "no setting: `speeds`"),
        (b'{"plans": {"7": []}}', "must be an object"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_with_what_is_wrong(data, words):
    outcome = read_file(data)
    assert isinstance(outcome, Problems)
    assert words in outcome.lines[0]


def test_every_problem_has_its_line_but_no_more_than_somebody_reads():
    outcome = read(settings={"a": 1, "b": 2, "cooldown": []}, plans={"x": {}})
    assert len(outcome.lines) == 3
    many = read(settings={f"name {number}": 1 for number in range(40)})
    assert (len(many.lines), many.lines[-1]) == (16, "And 25 more.")


def test_nothing_set_is_exported_too():
    assert set(read_file(write_file(NO_POLICY, {}).encode()).settings.values()) == {"default"}
