"""Changing styles is all or nothing, each change is a case, and undoing one checks what is so by then."""

import json

import pytest

from bot.rules.cases import CaseKind
from bot.rules.policy_cases import StyleChange
from bot.rules.policy_file import PolicyTexts, read_file, write_file
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.prices import Speed
from bot.rules.styles import MOST_STYLES, SUGGESTED, Style, raw_style, style_texts
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from bot.storage.standing import policies, styles
from bot.use_cases.server_policy.change_policy import Admin, change_policy, undo_policy_change
from bot.use_cases.styles.read_styles import read_styles
from tests.integration.server_policy.test_changing_policies import ANNA, BERT, PLACES
from tests.unit.rules.test_policy_fields import BOUNDS

CLAY = {"ending": "in claymation", "weight": "40", "speed": "Turbo"}
STYLE = Style("Clay", "in claymation", 40, Speed.TURBO)
CHANGED_SINCE = Problems([Problem(ProblemCode.CHANGED_SINCE)])


async def change(core, wanted, admin=ANNA, **settings):
    return await change_policy(core, BOUNDS, admin, PolicyTexts(settings, styles=wanted))


async def undo(core, case):
    return await core.database.transaction(undo_policy_change, case, BOUNDS)


async def test_a_style_is_added_changed_and_removed_each_with_a_case(core):
    (added,) = await change(core, {"Clay": CLAY})
    assert await read_styles(core, 11) == [STYLE]
    assert await read_styles(core, 12) == []
    (changed,) = await change(core, {"CLAY": {"weight": "default"}}, BERT)
    (removed,) = await change(core, {"clay": None})
    assert await read_styles(core, 11) == []
    assert [case.kind for case in (added, changed, removed)] == [CaseKind.STYLE] * 3
    assert added.details == {"style": "Clay", "before": None, "after": raw_style(STYLE)}
    assert await change(core, {"clay": None}) == []


async def test_it_is_all_or_nothing_with_the_settings(core):
    outcome = await change(core, {"Clay": CLAY, "Fog": {"ending": ""}}, cooldown="5m")
    assert [problem.style for problem in outcome.found] == ["Fog"]
    outcome = await change(core, {"Clay": CLAY}, cooldown="never")
    assert [problem.field for problem in outcome.found] == ["cooldown"]
    assert await read_styles(core, 11) == []
    assert await core.database.transaction(cases.newest, 11, CaseFilter(), 9) == []


async def test_each_change_can_be_undone_and_done_again(core):
    (added,) = await change(core, {"Clay": CLAY})
    (changed,) = await change(core, {"CLAY": {"ending": "in wet clay"}})
    assert await undo(core, added) == CHANGED_SINCE
    assert await undo(core, changed) is None
    assert await read_styles(core, 11) == [STYLE]
    assert await undo(core, added) is None
    assert await read_styles(core, 11) == []
    await change(core, {"Clay": CLAY})
    (removed,) = await change(core, {"Clay": None})
    assert await undo(core, removed) is None
    assert await read_styles(core, 11) == [STYLE]


async def test_undoing_a_removal_makes_no_26th_style(core):
    await change(core, {f"s{n}": CLAY for n in range(MOST_STYLES)})
    (removed,) = await change(core, {"s0": None})
    await change(core, {"one more": CLAY})
    outcome = await undo(core, removed)
    assert [problem.code for problem in outcome.found] == [ProblemCode.TOO_MANY_STYLES]
    assert len(await read_styles(core, 11)) == MOST_STYLES


async def test_the_file_of_one_server_brings_its_styles_to_another(core):
    await change(core, {style.name: style_texts(style) for style in SUGGESTED})
    policy = await core.database.transaction(policies.read, 11)
    data = write_file(policy, {}, await read_styles(core, 11)).encode()
    other = Admin(12, 1, PLACES)
    assert len(await change_policy(core, BOUNDS, other, read_file(data))) == len(SUGGESTED)
    assert await read_styles(core, 12) == await read_styles(core, 11)
    assert len(json.loads(data)["styles"]) == len(SUGGESTED)


@pytest.mark.parametrize(("typed", "found"), [("", 5), ("PIX", 1), (" art", 1), ("nothing like it", 0)])
async def test_styles_are_found_by_a_part_of_their_name(core, typed, found):
    await change(core, {style.name: style_texts(style) for style in SUGGESTED})
    assert len(await read_styles(core, 11, typed)) == found


async def test_one_style_is_found_in_any_case_and_only_in_its_server(core):
    await change(core, {"Stra\u00dfe": CLAY})
    assert (await core.database.transaction(styles.find, 11, "STRASSE")).name == "Stra\u00dfe"
    assert await core.database.transaction(styles.find, 12, "STRASSE") is None


def test_the_case_of_a_style_names_it():
    made = StyleChange("Clay", None, raw_style(STYLE))
    assert made.after == {"name": "Clay", "ending": "in claymation", "weight": 40, "speed": "TURBO"}
