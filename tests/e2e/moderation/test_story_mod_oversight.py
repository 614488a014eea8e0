"""Points that lead to a warning and a block, and raid mode, as members and moderators read them."""

from datetime import timedelta

import discord
import pytest

from bot.rules.policies import Policy
from bot.rules.words.entries import Action, WordEntry, key_of
from bot.storage.standing import policies, words
from tests.e2e.admins import Admins
from tests.e2e.moderators import Desk, aside
from tests.e2e.world import private_words


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


async def click(desk, result, label, **fields):
    shown = await desk.maud.click(result.response, label=label)
    await desk.world.until(lambda: shown.modal, "a form")
    done = await desk.maud.submit_modal(shown, fields)
    await desk.world.until(lambda: private_words(done), "an answer to the form")
    return private_words(done)


async def test_refused_words_lead_to_a_warning_and_a_block_and_a_moderator_clears_the_points(desk, horse):
    world = desk.world
    admins = Admins(world)
    assert "isn't a time" not in await admins.set("points-ladder", "1 warn, 2 block 24h")
    told = await admins.set("points-ladder", "1 warn, 2 kick")
    assert "`points-ladder` can't have the rung `2 kick`." in told
    entry = WordEntry("nude", Action.REFUSE)
    world.app.core.database.transaction_now(words.write, world.server.id, {key_of(entry): entry})

    await world.told(await world.remix(world.mia, horse, "a nude"), "nude")
    await world.until(lambda: len(admins.cases) == 2, "the warning by rule")
    page = await desk.maud.slash(world.channel, "remix-mod member", member=world.mia)
    await world.told(page, "Points: 1 in 30d (1 for refused words) · at 2: blocked for 1d")
    assert "Points: 1 in 30d" in await desk.press("why", member=world.mia)

    world.later(120)
    again = await world.remix(world.mia, horse, "another nude")
    await world.told(again, "nude")
    (warning,) = aside(again)
    assert warning.startswith("**You are warned.** More of it can lead to a block")
    assert "By rule, for 1 point within 30 days" in warning
    await world.until(lambda: len(admins.cases) == 3, "the block by rule")
    blocked = await world.remix(world.mia, horse)
    await world.told(blocked, r"> By rule, for 2 points within 30 days \(2 for refused words\)\.")

    page = await desk.maud.slash(world.channel, "remix-mod member", member=world.mia)
    await world.told(page, "Points: 2")
    told = await click(desk, page, "Clear points", reason="she quoted a title")
    assert told.startswith(f"**Case 4.** 2 points of <@{world.mia.id}> no longer count. A warning or a block that they")
    assert "Case 3 (Block" in await desk.press("undo", number=3)
    assert "Case 4 (Points cleared" in await desk.press("undo", number=4)
    await world.make(world.mia, horse, "a fox")


async def only_admins_see_what_each_moderator_did(desk):
    manages = discord.Permissions(manage_guild=True, moderate_members=True)
    roles = [desk.world.server.create_role("admins", permissions=manages)]
    anna = desk.world.server.add_member(desk.world.discord.create_user("anna"), roles=roles)
    assert "Only people with **Manage Server**" in await desk.press("records statistics")
    told = await desk.press("records statistics", who=anna)
    assert f"- <@{desk.maud.id}>: 1 action (Purge 1)" in told
    assert f"- <@{desk.max.id}>: decided: Second moderator 1, usually after 1m" in told


async def test_a_large_purge_waits_on_a_card_until_another_moderator_confirms(desk, horse):
    world, log = desk.world, desk.world.server.create_text_channel("mod-log")
    policy = Policy(second_moderator=1, log_channel=log.id)
    world.app.core.database.transaction_now(policies.write, world.server.id, policy)
    for _ in range(2):
        await world.make(world.mia, horse)
    told = await desk.press("purge", member=world.mia, last=10, reason="spam")
    assert told.startswith(f"**Nothing is removed yet.** 2 results of <@{world.mia.id}>")
    assert "You asked for that already." in await desk.press("purge", member=world.mia, last=10)

    def card():
        return next((each for each in world.cards(log) if "A second moderator is needed" in each.text), None)

    await world.until(card, "the card")
    assert "wants to remove 2 results of" in card().text
    assert "You asked for it, so another moderator" in await desk.click("Remove them", card())
    assert "You need the **Moderate Members** permission" in await desk.click("Remove them", card(), who=world.mia)
    assert len(world.cards()) == 2

    told = await desk.click("Remove them", card(), who=desk.max)
    assert told.startswith("**Case 1.** 2 remixes are removed")
    await world.until(lambda: not world.cards(), "the messages are gone")
    await world.until(lambda: "Removed" in card().text and "Remove them" not in card().buttons, "the closed card")
    assert f"<@{desk.max.id}>" in card().text
    page = await desk.press("case", number=1)
    assert f"By <@{desk.maud.id}>" in page
    assert f"Confirmed by the moderator with the id: {desk.max.id}" in page
    await only_admins_see_what_each_moderator_did(desk)


async def test_raid_mode_slows_new_members_down_says_so_and_ends_by_itself(make_world, horse):
    world = await make_world(cooldown_s=30)
    desk, admins = Desk(world), Admins(world)
    assert "I can't read that length of time" in await desk.press("raid on", duration="soon")
    assert "Raid mode lasts 30 days at most" in await desk.press("raid on", duration="31d")
    assert "Raid mode isn't on" in await desk.press("raid off")
    told = await desk.press("raid on", duration="1h", reason="a wave of accounts")
    assert told.startswith("**Case 1.** **Raid mode is on** until <t:")
    assert "**Raid mode** until <t:" in await admins.told("panel")

    await world.remix(world.mia, horse)
    world.later(31)
    result = await world.remix(world.mia, horse)
    await world.told(result, "New members wait twice as long in this server at the moment.")
    assert "🚨 Raid mode until <t:" in await desk.press("why", member=world.mia)

    world.later(timedelta(hours=1).total_seconds())
    await world.restart()
    await world.until(lambda: len(admins.cases) == 2, "the end of raid mode")
    told = await desk.press("cases")
    assert "`2` Raid mode off by remix-bot, by rule," in told
    assert " · **ended**: a wave of accounts" in told
