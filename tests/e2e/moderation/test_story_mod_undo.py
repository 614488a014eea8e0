"""The Undo button under an answer: it asks who clicks and what holds now, works after a restart, and once."""

import asyncio

import pytest

from bot.rules.cases import UNDOABLE, CaseKind
from bot.storage.moderation import cases
from bot.storage.moderation.cases import CaseFilter
from tests.e2e.admins import Admins
from tests.e2e.moderators import Desk
from tests.e2e.world import private_words

ANSWERS = {
    CaseKind.BLOCK: ("block", {"member": None}),
    CaseKind.WARN: ("warn", {"member": None, "reason": "no"}),
    CaseKind.HIDE: ("hide", {"remix": "1"}),
    CaseKind.PAUSE: ("pause", {"reason": "a break"}),
    CaseKind.LOCK: ("lock", {}),
}
BY_ADMINS = {
    CaseKind.CONFIG: ("set", {"name": "cooldown", "value": "5m"}),
    CaseKind.PLAN: ("plan", {"role": None, "daily_quota": "5"}),
    CaseKind.STYLE: ("style-add", {"name": "Fog", "prompt_ending": "in thick fog"}),
    CaseKind.WORDS: ("word-add", {"words": "fog, mist"}),
}

ELSEWHERE = {CaseKind.NOTE, CaseKind.ALLOW, CaseKind.CLEAR, CaseKind.RAID, CaseKind.PICTURES}
"""They have tests of their own: notes, appeals, points, raid mode, and the list of pictures."""


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


async def act(desk, command, options):
    options = {name: desk.world.mia if value is None else value for name, value in options.items()}
    result = await desk.maud.slash(desk.world.channel, f"remix-mod {command}", **options)
    await desk.words(result, command)
    return result


async def click(desk, result, who=None, label="Undo"):
    pressed = await (who or desk.maud).click(result.response, label=label)
    return await desk.words(pressed, label)


def kinds(desk):
    found = desk.world.app.core.database.transaction_now(cases.newest, desk.world.server.id, CaseFilter(), 50)
    return [case.kind for case in found]


def lose(desk, who):
    backend = desk.world.discord.backend
    for role_id in list(backend.get_member(desk.world.server.id, who.id).role_ids):
        backend.remove_member_role(desk.world.server.id, who.id, role_id)


@pytest.mark.parametrize("kind", ANSWERS)
async def test_what_can_be_undone_is_undone_by_its_button_also_after_a_restart_and_once(desk, horse, kind):
    await desk.world.make(desk.world.mia, horse)
    result = await act(desk, *ANSWERS[kind])
    await desk.world.restart()

    told = await asyncio.gather(click(desk, result), click(desk, result))

    assert sum("is undone." in each for each in told) == 1
    assert sum("is already undone." in each for each in told) == 1
    assert (len(kinds(desk)), kinds(desk)[1]) == (2, kind)
    desk.world.let_calls_go()
    await desk.world.make(desk.world.mia, horse)


@pytest.mark.parametrize("kind", BY_ADMINS)
async def test_a_setting_is_put_back_by_its_button(desk, kind):
    admins = Admins(desk.world)
    command, options = BY_ADMINS[kind]
    options = {name: admins.artists if value is None else value for name, value in options.items()}
    result = await admins.press(command, **options)

    told = [await click(desk, result, admins.anna), await click(desk, result, admins.anna)]

    assert "is undone." in told[0]
    assert "is already undone." in told[1]
    assert kinds(desk) == [kind, kind]


async def test_of_several_settings_each_has_its_button(desk):
    admins = Admins(desk.world)
    file = ("settings.json", b'{"settings": {"cooldown": "5m", "queue-limit": "2"}}')
    result = await admins.press("import", file=file)
    assert "Case 2 (Setting) is undone" in await click(desk, result, admins.anna, "Undo 2")
    assert admins.policy.cooldown_s == 300


@pytest.mark.parametrize("kind", ANSWERS)
async def test_who_has_lost_the_permission_undoes_nothing(desk, horse, kind):
    await desk.world.make(desk.world.mia, horse)
    result = await act(desk, *ANSWERS[kind])
    lose(desk, desk.maud)
    assert await click(desk, result) == "You need the **Moderate Members** permission to use this."
    assert kinds(desk) == [kind]


async def test_who_has_lost_manage_server_puts_no_setting_back(desk):
    admins = Admins(desk.world)
    result = await admins.press("set", name="cooldown", value="5m")
    lose(desk, admins.anna)
    assert "You need the **Moderate Members** permission" in await click(desk, result, admins.anna)
    assert admins.policy.cooldown_s == 300


async def test_an_admin_who_moderates_nobody_undoes_settings_alone(desk, horse):
    world, admins = desk.world, Admins(desk.world)
    card = await world.make(world.mia, horse)
    await desk.press("block", member=world.mia)
    forged = await world.click_forged(admins.anna, card.stored, "remix:undo:1")
    await world.until(lambda: private_words(forged), "an answer")
    assert "Moderate Members" in private_words(forged)
    assert kinds(desk) == [CaseKind.BLOCK]


def test_every_kind_that_can_be_undone_is_tried_here():
    assert ANSWERS.keys() | BY_ADMINS.keys() | ELSEWHERE == UNDOABLE
