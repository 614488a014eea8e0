"""Numbers in settings are plain ASCII numbers, wherever they are typed, and nothing long is parsed."""

import json
import random
from datetime import timedelta
from itertools import product

import pytest
import typer
from pydantic import ValidationError

from bot.cli.kit.plain_numbers import seconds, whole
from bot.discord_app.kit import policy_words
from bot.discord_app.operator.commands import _read_id
from bot.rules.durations import read_duration
from bot.rules.limits import Limits
from bot.rules.policies import NO_POLICY
from bot.rules.policy_fields import FIELDS, LONGEST_VALUE, PLAN_FIELDS, Bounds, Places, change, change_plan
from bot.rules.policy_file import PolicyTexts, read_file
from bot.rules.policy_problems import ProblemCode, Problems
from bot.rules.prices import read_dollars
from bot.settings.settings import Settings
from bot.settings.values import read_budget, read_ids, read_prices

# The ones with letters are: Arabic 3, superscript 2 and 1, full-width 1, a keycap 5, Arabic 3.5.
_OTHER_DIGITS = ["\u0663", "\u00b2", "\uff11", "\u00b9", "5\ufe0f\u20e3", "\u0663\u066b\u0665"]
ODD = ["1e5", "1E1", "-5", "+5", "0x10", "1_000", "1,000", "inf", "NaN", "3.", "\ud800", *_OTHER_DIGITS]
LONG = ["<#1> " * 9000, "9" * 4300, "9" * 60000, "0." + "0" * 60000 + "1", "1h" * 30000, "h" * 60000, "$" * 60000]
LONG += ["1 " * 30000, "Turbo," * 9000, "3 in " + "1" * 60000 + "d"]
BOUNDS = Bounds(Limits(timedelta(seconds=30), 3, 500), {}, 30, 30_000)
PLACES = Places(frozenset({1, 2}), frozenset({3, 4}))
NUMBERS = [field for field in FIELDS if not field.kind.is_list and field.name not in {"log-channel", "default-speed"}]


# Not a test for each text: 2,900 tests took 30 s of CPU of the suite, most of it to collect them in each process.
@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
def test_no_setting_reads_a_number_that_is_not_plain(field):
    for form, odd in product(["{}", "{}d", "${}", "{} in 7d", "3 in {}d", " {} "], ODD):
        text = form.format(odd)
        done = change(NO_POLICY, {field.name: text}, BOUNDS, PLACES)
        assert isinstance(done, Problems), text
        (problem,) = done.found
        assert 20 < len(policy_words.problem(problem)) < 400, text


@pytest.mark.parametrize("text", ODD)
def test_no_plan_grant_or_length_of_time_reads_one_either(text):
    for field in PLAN_FIELDS:
        assert isinstance(change_plan(None, {field.name: text}, BOUNDS), Problems)
    assert read_duration(f"{text}h") is None


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_long_texts_are_refused_before_they_are_parsed(field):
    for text in LONG:
        # Parsing took 700 ms on the first; refusing one takes less than 1 ms.
        (problem,) = change(NO_POLICY, {field.name: text}, BOUNDS, PLACES).found
        assert problem.code is ProblemCode.TOO_LONG, text[:20]
        assert str(LONGEST_VALUE) in policy_words.problem(problem)


def test_a_full_list_of_channels_fits():
    ids = [10**18 + number for number in range(25)]
    places = Places(frozenset(ids), frozenset(ids))
    text = ", ".join(f"<#{each}>" for each in ids)
    assert len(change(NO_POLICY, {"channels": text}, BOUNDS, places).policy.channels) == 25


@pytest.mark.parametrize("text", ODD)
def test_money_is_plain_too(text):
    assert read_dollars(text) is None
    with pytest.raises(ValueError, match="must be"):
        read_budget(text)
    with pytest.raises(ValueError, match="must be"):
        read_prices(f"TURBO={text},DEFAULT=0.06,QUALITY=0.10")
    with pytest.raises(ValueError, match="must be"):
        read_ids(text)


@pytest.mark.parametrize(("text", "micros"), [("5", 5_000_000), ("$2.50", 2_500_000), (".5", 500_000)])
def test_plain_amounts_are_read(text, micros):
    assert read_dollars(text) == micros


@pytest.mark.parametrize("text", ["1e5", "1_000", "+5", "\u0663", "0x10", "\uff11", "inf"])
@pytest.mark.parametrize("name", ["cooldown_s", "max_queued", "max_prompt_chars", "ideogram_timeout_s"])
def test_the_operators_settings_are_plain_too(monkeypatch, name, text):
    monkeypatch.setenv(name.upper(), text)
    with pytest.raises(ValidationError) as raised:
        Settings(discord_bot_token="a.b.c", ideogram_api_key="key", _env_file=None)
    assert name in {str(error["loc"][0]) for error in raised.value.errors()}


@pytest.mark.parametrize("text", [*ODD, "9" * 60000])
def test_the_command_line_is_plain_too(text):
    for read in (whole(1), seconds):
        with pytest.raises(typer.BadParameter) as raised:
            read(text)
        assert len(str(raised.value)) < 150
    assert (whole(1)("12"), whole(0, 9)("9"), seconds("2.5")) == (12, 9, 2.5)


@pytest.mark.parametrize("text", ["0", "10"])
def test_a_number_out_of_range_is_refused_too(text):
    with pytest.raises(typer.BadParameter, match="from 1 to 9"):
        whole(1, 9)(text)


@pytest.mark.parametrize("typed", ["cooldwon", "daily quotas", "LOG-CHANEL"])
def test_a_name_that_is_no_setting_is_named_and_near_ones_are_suggested(typed):
    text = policy_words.problem(change(NO_POLICY, {typed: "5"}, BOUNDS).found[0])
    assert text.startswith(f"`{typed}` isn't a server setting. Similar names: `")


@pytest.mark.parametrize(("typed", "shown"), [("nonsense", "`nonsense`"), ("@everyone `x`", "`@everyone x`")])
def test_what_resembles_no_setting_is_named_in_a_code_span(typed, shown):
    assert policy_words.problem(change(NO_POLICY, {typed: "5"}, BOUNDS).found[0]) == f"{shown} isn't a server setting."


BOMBS = [
    b"[" * 60000,
    b'{"a":' * 10000,
    b'{"settings":' + b"[" * 31000 + b"]" * 31000 + b"}",
    b"9" * 60000,
    b'{"settings":{"cooldown":' + b"9" * 4300 + b"}}",
    b'{"settings":{"cooldown":' + b"9" * 5000 + b"}}",
    b'{"settings":{"cooldown":1e999}}',
    b'{"settings":{"cooldown":NaN}}',
    b'{"settings":{"cooldown":[[]]}}',
    b"\xff\xfe",
    b'{"settings":{"\\ud800":1}}',
    b'{"settings":{"cooldown":"\\ud800"}}',
    b'{"settings":{"daily-budget":"0.' + b"0" * 60000 + b'1"}}',
    b'{"settings":{"speeds":"' + b"Turbo," * 10000 + b'"}}',
    b'{"plans":{"1":{"cooldown":"1h"},"01":{"cooldown":"2h"}}}',
    b'{"plans":{"9223372036854775808":null}}',
    b'{"settings":{"log-channel":"<#-1>"}}',
]
ODD_VALUES = [None, True, -1, 10**30, 1.5, "", "\x00", ["<#1>"] * 26, [1], {}, "Turbo, Turbo", *ODD]


# What takes longer than linear time takes minutes here.
@pytest.mark.timeout(20)
@pytest.mark.parametrize("data", BOMBS, ids=lambda data: str(data[:20]))
def test_a_file_made_to_break_the_import_changes_nothing(data):
    assert import_(data) is None


def test_no_random_file_raises():
    chance = random.Random(1)  # noqa: S311 - the same files in every run
    names = [field.name for field in FIELDS]
    for _ in range(2000):
        settings = {chance.choice(names): chance.choice(ODD_VALUES) for _ in range(3)}
        plan = chance.choice([None, {}, {"cooldown": chance.choice(ODD_VALUES)}, "default", 3])
        plans = {str(chance.choice([1, "a", 10**18, -1])): plan}
        import_(json.dumps({"settings": settings, "plans": plans}).encode())


def import_(data):
    """The policy of the file; None: it is refused, in words."""
    texts = read_file(data)
    if isinstance(texts, PolicyTexts):
        plans = [change_plan(None, plan, BOUNDS) for plan in texts.plans.values() if plan is not None]
        texts = change(NO_POLICY, texts.settings, BOUNDS, PLACES)
        texts = next((plan for plan in plans if isinstance(plan, Problems)), texts)
    if isinstance(texts, Problems):
        assert all(len(policy_words.problem(problem)) < 400 for problem in texts.found)
        return None
    return texts


@pytest.mark.parametrize("text", [*ODD, "0", str(2**63), "9" * 5000])
def test_an_id_that_the_operator_types_is_plain_too(text):
    """`int` refuses 4,301 digits with an error of its own, and an option of Discord takes 6,000 characters."""
    assert _read_id(text) is None
    assert _read_id(" 12 ") == 12
