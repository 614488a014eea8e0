"""A reason can be corrected but not erased: who can do it, what stays on record, and what the log shows."""

import discord
import pytest

from bot.rules.policies import Policy
from bot.storage.standing import policies
from tests.e2e.moderators import Desk


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


async def test_a_reason_of_a_higher_moderator_is_not_theirs_to_change(desk):
    world = desk.world
    await desk.press("block", who=desk.max, member=world.mia, reason="doxxed a member, evidence in ticket 77")

    told = await desk.press("reason", number=1, reason="nothing")

    assert told == "That case was opened by somebody whose highest role isn't below yours. Nothing was changed."
    assert r"> doxxed a member, evidence in ticket 77" in await desk.press("case", number=1)


async def test_the_earlier_text_stays_in_the_case_and_the_log_shows_the_change(desk):
    world = desk.world
    log = world.server.create_text_channel("mod-log")
    world.app.core.database.transaction_now(policies.write, world.server.id, Policy(log_channel=log.id))
    await desk.press("block", member=world.mia, reason="doxxed a member")
    await world.until(lambda: world.cards(log), "the case in the log")

    page = await desk.press("reason", who=desk.max, number=1, reason="nothing")

    for text in (page, await desk.press("case", number=1)):
        assert "> nothing\n" in text
        assert f"Reason changed by <@{desk.max.id}>" in text
        assert "edited it: doxxed a member" in text
    await world.until(lambda: len(world.cards(log)) == 2, "the change in the log")
    entry = world.cards(log)[1]
    assert f"**Case 1** · <@{desk.max.id}> changed the reason" in entry.text
    assert "> doxxed a member" in entry.text
    assert "> nothing" in entry.text
    assert entry.notified == []


async def test_who_opened_a_case_changes_its_reason_whoever_it_is_about(desk):
    world = desk.world
    await desk.press("warn", member=world.mia, reason="spam")
    high = world.server.create_role("promoted", permissions=discord.Permissions(moderate_members=True))
    world.discord.backend.get_role(world.server.id, high.id).position = 50
    world.discord.backend.add_member_role(world.server.id, world.mia.id, high.id)

    assert "> spam in pictures" in await desk.press("reason", number=1, reason="spam in pictures")
