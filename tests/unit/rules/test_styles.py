"""A server's styles: how they are read, what they add to a prompt, and where their weight and speed apply."""

import json

import pytest

from bot.rules.policies import NO_POLICY, Policy
from bot.rules.policy_file import read_file, write_file
from bot.rules.policy_problems import ProblemCode, Problems
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.rules.styles import (
    LONGEST_ENDING,
    LONGEST_NAME,
    MOST_STYLES,
    SUGGESTED,
    Style,
    change_styles,
    from_raw_style,
    raw_style,
    speed_of,
    style_key,
    style_texts,
    with_style,
)

CLAY = Style("Clay", "in claymation", 40, Speed.TURBO)


def add(name="Clay", before=(), **texts):
    return change_styles({style_key(each.name): each for each in before}, {name: {"ending": "in clay", **texts}})


def codes(outcome):
    assert isinstance(outcome, Problems), outcome
    return [problem.code for problem in outcome.found]


def test_a_style_is_read_from_its_texts_and_written_back():
    assert add(ending="in claymation", weight="40", speed="turbo") == {"clay": CLAY}
    assert change_styles({}, {"Clay": style_texts(CLAY)}) == {"clay": CLAY}
    plain = Style("Fog", "in fog")
    assert change_styles({}, {"Fog": style_texts(plain)}) == {"fog": plain}
    assert change_styles({"clay": CLAY}, {"CLAY": style_texts(CLAY)}) == {"clay": Style("CLAY", *list_of(CLAY)[1:])}
    assert change_styles({"clay": CLAY}, {"Clay": style_texts(CLAY)}) == {}


def list_of(style):
    return [style.name, style.ending, style.weight, style.speed]


def test_default_is_a_speed_and_default_in_small_letters_leaves_it_to_the_server():
    assert add(speed="Default")["clay"].speed is Speed.DEFAULT
    assert add(speed="default")["clay"].speed is None


@pytest.mark.parametrize("style", [CLAY, Style("Fog", "in fog"), None])
def test_a_case_keeps_a_style_as_json(style):
    assert from_raw_style(json.loads(json.dumps(raw_style(style)))) == style


@pytest.mark.parametrize(
    ("name", "texts", "code"),
    [
        ("", {}, ProblemCode.NOT_A_STYLE_NAME),
        ("\u200b \u2063", {}, ProblemCode.NOT_A_STYLE_NAME),
        ("x" * (LONGEST_NAME + 1), {}, ProblemCode.NOT_A_STYLE_NAME),
        ("Clay", {"ending": " , "}, ProblemCode.NOT_AN_ENDING),
        ("Clay", {"ending": "\u200b"}, ProblemCode.NOT_AN_ENDING),
        ("Clay", {"ending": "x" * (LONGEST_ENDING + 1)}, ProblemCode.NOT_AN_ENDING),
        ("Clay", {"weight": "0"}, ProblemCode.NOT_A_WEIGHT),
        ("Clay", {"weight": "101"}, ProblemCode.NOT_A_WEIGHT),
        ("Clay", {"weight": "9" * 5000}, ProblemCode.NOT_A_WEIGHT),
        ("Clay", {"weight": "٣"}, ProblemCode.NOT_A_WEIGHT),
        ("Clay", {"speed": "flash"}, ProblemCode.NOT_A_SPEED),
        ("Clay", {"colour": "red"}, ProblemCode.NO_SUCH_FIELD),
    ],
)
def test_what_is_wrong_is_named_with_its_style(name, texts, code):
    outcome = add(name, **texts)
    assert codes(outcome) == [code]
    assert outcome.found[0].style == name


def test_a_new_style_needs_an_ending_and_one_that_exists_keeps_it():
    assert codes(change_styles({}, {"Clay": {"weight": "4"}})) == [ProblemCode.NOT_AN_ENDING]
    changed = change_styles({"clay": CLAY}, {"clay": {"weight": "default"}})
    assert changed == {"clay": Style("clay", "in claymation", None, Speed.TURBO)}


@pytest.mark.parametrize("other", ["CLAY", "c\u200blay", " clay ", "\uff43\uff4c\uff41\uff59"])
def test_names_are_one_in_any_case_and_however_they_are_written(other):
    assert codes(change_styles({}, {"Clay": style_texts(CLAY), other: None})) == [ProblemCode.STYLE_TWICE]


def test_a_server_has_at_most_25_styles_and_can_replace_all_of_them_at_once():
    texts = style_texts(CLAY)
    most = change_styles({}, {f"s{n}": texts for n in range(MOST_STYLES)})
    assert len(most) == MOST_STYLES
    assert codes(change_styles(most, {"one more": texts})) == [ProblemCode.TOO_MANY_STYLES]
    swap = {**{f"s{n}": None for n in range(MOST_STYLES)}, **{f"t{n}": texts for n in range(MOST_STYLES)}}
    assert len(change_styles(most, swap)) == 2 * MOST_STYLES


def test_the_suggestions_are_styles_and_leave_those_that_exist():
    wanted = {style.name: style_texts(style) for style in SUGGESTED}
    assert list(change_styles({}, wanted).values()) == list(SUGGESTED)
    own = {style_key(SUGGESTED[0].name): Style(SUGGESTED[0].name, "mine")}
    assert list(change_styles(own, wanted, keep=True)) == [style_key(style.name) for style in SUGGESTED[1:]]
    assert change_styles({}, {"none": None}) == {}


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("a fox", "a fox, in claymation"),
        ("a fox,", "a fox, in claymation"),
        ("A fox.", "A fox. in claymation"),
        ("a fox \n", "a fox, in claymation"),
    ],
)
def test_the_ending_follows_the_prompt(prompt, sent):
    styled = with_style(RemixRequest(prompt), CLAY, weight_fits=True)
    assert (styled.prompt, styled.sent_prompt) == (prompt, sent)


def test_a_prompt_without_a_style_is_sent_as_it_is():
    assert RemixRequest("a fox. \n").sent_prompt == "a fox. \n"


def test_weight_and_speed_apply_where_the_member_names_none():
    assert with_style(RemixRequest("x"), CLAY, weight_fits=True).weight == 40
    assert with_style(RemixRequest("x"), CLAY, weight_fits=False).weight is None
    assert with_style(RemixRequest("x", 7), CLAY, weight_fits=True).weight == 7
    assert speed_of(NO_POLICY, None, CLAY) is Speed.TURBO
    assert speed_of(NO_POLICY, Speed.QUALITY, CLAY) is Speed.QUALITY
    only_quality = Policy(speeds=frozenset({Speed.QUALITY}))
    assert speed_of(only_quality, None, CLAY) is Speed.QUALITY


def test_styles_are_in_the_file_of_the_settings():
    styles = [CLAY, Style("Fog", "in fog")]
    texts = read_file(write_file(NO_POLICY, {}, styles).encode())
    assert list(change_styles({}, texts.styles).values()) == styles
    assert read_file(b'{"styles": {"Clay": null}}').styles == {"Clay": None}


@pytest.mark.parametrize(
    ("data", "code", "style"),
    [
        (b'{"styles": []}', ProblemCode.STYLES_NOT_AN_OBJECT, ""),
        (json.dumps({"styles": {str(n): None for n in range(51)}}).encode(), ProblemCode.STYLES_NOT_AN_OBJECT, ""),
        (b'{"styles": {"Clay": 5}}', ProblemCode.NOT_AN_OBJECT, "Clay"),
        (b'{"styles": {"Clay": {"ending": {}}}}', ProblemCode.NOT_A_TEXT, "Clay"),
        (b'{"styles": {"Clay": {"colour": "red"}}}', ProblemCode.NO_SUCH_FIELD, "Clay"),
        (b'{"styles": {"Clay": {}, "Clay": {}}}', ProblemCode.NAME_TWICE, ""),
    ],
)
def test_a_wrong_file_says_what_is_wrong_with_its_styles(data, code, style):
    outcome = read_file(data)
    assert codes(outcome) == [code]
    assert outcome.found[0].style == style
