"""`/remix-mod member`: all about one person on one page, with buttons that open forms."""

import pytest

from bot.rules.cases import CaseKind
from bot.rules.policies import Policy
from bot.storage.standing import policies
from tests.e2e.moderators import Desk
from tests.e2e.world import private_words


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


async def open_page(desk, member, who=None):
    result = await (who or desk.maud).slash(desk.world.channel, "remix-mod member", member=member)
    await desk.world.told(result, "Limits:")
    return result


async def submit(desk, shown, **fields):
    result = await desk.maud.submit_modal(shown, fields)
    await desk.world.until(lambda: private_words(result), "an answer to the form")
    return private_words(result)


async def test_the_page_has_use_refusals_cases_notes_and_limits(desk, horse):
    world = desk.world
    fresh = private_words(await open_page(desk, world.mia))
    assert fresh.splitlines()[:3] == [f"**<@{world.mia.id}>**", "🟢 Not blocked here", "Remixes: none yet"]
    await world.make(world.mia, horse)
    policy = Policy(cooldown_s=3600, daily_quota=5)
    world.app.core.database.transaction_now(policies.write, world.server.id, policy)
    await world.told(await world.remix(world.mia, horse), "You can start your next remix")
    await desk.press("note", member=world.mia, note="asks *a lot*")
    await desk.press("block", member=world.mia, duration="24h", reason="spam")

    told = private_words(await open_page(desk, world.mia))

    assert "🔴 Blocked until <t:" in told
    assert "· case 2: spam" in told
    assert "Remixes: 1, the first <t:" in told
    assert "Used: 1 today ($0." in told
    assert "Limits: 1h between two, 3 in progress, 5 a day" in told
    assert "Refused in 90 days: cooldown 1" in told
    assert "Refused by Ideogram as unsafe: 0" in told
    assert "Cases: Block 1, Note 1" in told or "Cases: Note 1, Block 1" in told
    assert r"asks \*a lot\*" in told


async def test_the_forms_warn_note_block_and_cancel(desk, horse):
    world = desk.world
    world.hold_calls()
    for number in range(10):
        await world.remix(world.person(f"p{number}"), horse)
    await world.ideogram.until_running(10)
    waiting = await world.remix(world.mia, horse)
    await world.told(waiting, "You are next")
    page = await open_page(desk, world.mia)
    shown = await desk.maud.click(page.response, label="Warn")
    assert f"Case 1.** <@{world.mia.id}> will read it" in await submit(desk, shown, reason="be kind")
    shown = await desk.maud.click(page.response, label="Note")
    assert "Case 2.** Your note about" in await submit(desk, shown, reason="was warned")
    shown = await desk.maud.click(page.response, label="Cancel waiting")
    assert "1 waiting remix" in await submit(desk, shown, reason="spam")
    await world.told(waiting, "**Cancelled by a moderator.**")
    await world.restart()
    shown = await desk.maud.click(page.response, label="Block")
    assert "is blocked from making remixes here until <t:" in await submit(desk, shown, reason="rude", duration="2h")
    kinds = [CaseKind.WARN, CaseKind.NOTE, CaseKind.CANCEL, CaseKind.BLOCK]
    told = private_words(await open_page(desk, world.mia))
    assert [f"`{number}`" in told for number in range(1, len(kinds) + 1)] == [True] * len(kinds)


async def test_the_cases_of_the_page_are_turned_and_who_left_has_a_page(desk):
    world = desk.world
    for number in range(7):
        await desk.press("note", member=world.mia, note=f"number {number}")
    stranger = world.discord.create_user("stranger")
    assert "not in this server now" in private_words(await open_page(desk, stranger))
    page = await open_page(desk, world.mia)
    assert "number 6" in private_words(page)
    await desk.maud.click(page.response, label="Next")
    await world.told(page, "number 0")
    assert private_words(page).startswith(f"**<@{world.mia.id}>**")
    await desk.maud.click(page.response, label="Previous")
    await world.told(page, "number 6")


async def test_forged_buttons_and_forms_open_nothing_to_members_and_reach_nobody_above(desk, horse):
    world = desk.world
    card = await world.make(world.mia, horse)
    for custom_id in (f"page:member:n9:{world.mia.id}", f"page:member:p1:{'9' * 19}", f"page:member:n1:x:{'9' * 9}"):
        result = await world.click_forged(world.ben, card.stored, f"remix:{custom_id}")
        await world.told_aside(result, "You need the **Moderate Members** permission")
    for custom_id in (f"warn:{world.mia.id}", "block:1", f"nothing:{world.mia.id}"):
        result = await world.click_forged(world.ben, card.stored, f"remix:member:{custom_id}")
        await world.until(lambda each=result: "You need the" in private_words(each), "a refusal")
        assert result.ephemeral
    page = await open_page(desk, desk.max)
    shown = await desk.maud.click(page.response, label="Warn")
    assert "isn't below yours" in await submit(desk, shown, reason="shame")
    assert await desk.press("cases") == "No cases found."
