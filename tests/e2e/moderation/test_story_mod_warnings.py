"""Warnings that lead to a block, and notes, as the moderator and the member read them."""

import pytest

from bot.rules.policies import Policy, WarningLimit
from bot.storage.standing import policies
from tests.e2e.moderators import Desk, aside
from tests.e2e.world import private_words


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


async def test_a_second_warning_blocks_and_both_sides_read_so(desk, horse):
    world = desk.world
    policy = Policy(warning_limit=WarningLimit(2, 30 * 86_400))
    world.app.core.database.transaction_now(policies.write, world.server.id, policy)
    await desk.press("warn", member=world.mia, reason="spam")
    told = await desk.press("warn", member=world.mia, reason="more spam")
    assert "They have 2 warnings or more within 30 days, so this server's rule blocks them until <t:" in told
    assert "(case 3)" in told
    result = await world.remix(world.mia, horse)
    await world.told(result, "You're blocked from making remixes in this server until <t:")
    await world.told(result, "> more spam")
    assert "`3` Block" in await desk.press("cases")
    assert "by remix-bot, by rule," in await desk.press("cases", kind="block")
    told = await desk.press("undo", number=2)
    assert "Case 2 (Warning" in told
    assert "is still blocked until <t:" in told


async def test_a_note_about_somebody_who_left_is_kept_and_the_member_reads_nothing(desk, horse):
    world = desk.world
    told = await desk.press("note", member=world.mia, note="calls @everyone")
    assert told.startswith(f"**Case 1.** Your note about <@{world.mia.id}> is kept. </remix-mod member:")
    assert told.endswith("> shows it to moderators alone.")
    result = await world.remix(world.mia, horse)
    await world.card()
    assert aside(result) == []
    assert "calls" not in private_words(result)
    assert r"calls \@everyone" in await desk.press("case", number=1)
    stranger = world.discord.create_user("stranger")
    assert "is kept" in await desk.press("note", member=stranger, note="left in anger")
    assert "Please write a note" in await desk.press("note", member=world.mia, note="\u202e")
