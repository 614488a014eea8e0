"""What a channel's own permissions give and take: no moderator's power, and no prompts from channels out of sight."""

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.rules.policies import Policy
from bot.storage.standing import policies
from tests.e2e.admins import Admins
from tests.e2e.moderators import Desk
from tests.e2e.world import private_words

ALL_CAN_READ = "All members can read the log channel"


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


def set_overwrite(world, channel, target_id, kind, *, allow=None, deny=None):
    none = discord.Permissions.none()
    changed = Overwrite(target_id=target_id, type=kind, allow=(allow or none).value, deny=(deny or none).value)
    world.discord.backend.set_overwrite(channel.id, changed)


async def test_a_channels_overwrite_makes_nobody_a_moderator(desk, horse):
    world = desk.world
    card = await world.make(world.mia, horse)
    await desk.press("block", member=world.mia, reason="a private reason")
    power = discord.Permissions(moderate_members=True, manage_guild=True, manage_messages=True, administrator=True)
    set_overwrite(world, world.channel, world.ben.id, OverwriteType.MEMBER, allow=power)
    for command, options in (("remix-mod cases", {}), ("remix-mod pause", {"reason": "x"}), ("remix-config show", {})):
        result = await world.ben.slash(world.channel, command, **options)
        await world.until(lambda result=result: private_words(result), command)
        assert "a private reason" not in private_words(result)
        assert private_words(result).startswith(("You need the", "Only people with"))
    await world.told(await world.press(world.ben, card, "Delete"), "Only the person who started")
    assert len(world.cards()) == 1


async def test_the_queue_shows_no_prompt_from_a_channel_that_its_reader_cannot_see(desk, horse):
    world = desk.world
    secret = world.server.create_text_channel("staff")
    unseen = discord.Permissions(view_channel=True)
    set_overwrite(world, secret, desk.role.id, OverwriteType.ROLE, deny=unseen)
    world.hold_calls()
    await world.remix(world.mia, horse, "a surprise for maud", channel=secret)
    await world.remix(world.ben, horse, "for all to see")
    await world.until(lambda: len(world.jobs()) == 2, "two remixes")
    told = await desk.press("queue")
    assert "a surprise" not in told
    assert "in a channel that you can't see" in told
    assert "for all to see" in told
    assert "a surprise for maud" in await desk.press("queue", who=desk.max)
    world.let_calls_go()


async def test_a_log_channel_that_everybody_can_read_is_warned_of(hasty_world):
    world, admins = hasty_world, Admins(hasty_world)
    log = world.server.create_text_channel("log")
    await admins.set("log-channel", f"<#{log.id}>")
    assert ALL_CAN_READ in await admins.told("show")
    unseen = discord.Permissions(view_channel=True)
    set_overwrite(world, log, world.server.id, OverwriteType.ROLE, deny=unseen)
    assert ALL_CAN_READ not in await admins.told("show")
    # All who can remix are let in again, by their role.
    set_overwrite(world, log, admins.artists.id, OverwriteType.ROLE, allow=unseen)
    assert ALL_CAN_READ not in await admins.told("show")
    ruled = Policy(log_channel=log.id, roles=frozenset({admins.artists.id}))
    world.app.core.database.transaction_now(policies.write, world.server.id, ruled)
    assert ALL_CAN_READ in await admins.told("show")
