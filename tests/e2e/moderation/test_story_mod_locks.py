"""Maud locks a channel: people read why, what waits keeps its place, and other channels go on."""

import pytest

from bot.rules.job_states import JobState
from tests.e2e.moderators import Desk


@pytest.fixture
async def desk(hasty_world):
    return Desk(hasty_world)


async def test_a_locked_channel_says_why_and_its_waiting_remix_goes_on_once_it_is_unlocked(desk, horse):
    world = desk.world
    other = world.server.create_text_channel("art")
    world.hold_calls()
    for number in range(10):
        await world.remix(world.person(f"p{number}"), horse, channel=other)
    await world.ideogram.until_running(10)
    waiting = await world.remix(world.mia, horse)
    await world.told(waiting, "You are next")

    told = await desk.press("lock", duration="2h", reason="a contest, @everyone")

    assert told.startswith(f"**Case 1.** <#{world.channel.id}> and its threads are **locked** for remixes until <t:")
    reason = r"> a contest, \@everyone"
    await world.told(waiting, f"The moderators of this server have locked <#{world.channel.id}>")
    await world.told(waiting, reason)
    await world.told(await world.remix(world.ben, horse), reason)
    assert "🔴 **Channel locked** until <t:" in await desk.press("why", member=world.mia)
    assert "🟢 Channel not locked" in await desk.press("why", member=world.mia, channel=other)
    world.let_calls_go()
    await world.card(10, other)
    await world.restart()
    assert world.jobs()[-1].state is JobState.QUEUED
    listed = await world.mia.slash(world.channel, "my-remixes")
    await world.told(listed, "waiting, its channel is locked by the moderators")

    assert "is **unlocked**" in await desk.press("unlock")

    await world.told(waiting, "**Done.**")
    assert "isn't locked" in await desk.press("unlock")


async def test_a_lock_of_a_forum_or_channel_holds_in_its_threads(desk, horse):
    world = desk.world
    thread = world.discord.backend.create_thread(world.channel.id, "a thread", world.mia.id)
    await desk.press("lock", channel=world.channel)
    result = await world.remix(world.mia, horse, channel=_handle(world, thread))
    await world.told(result, "have locked this channel for remixes until they unlock it")


async def test_a_lock_is_taken_back_and_a_category_is_refused(desk, horse):
    world = desk.world
    await desk.press("lock", reason="a break")
    assert f"`1` Lock <#{world.channel.id}> by" in await desk.press("cases")
    assert f"In <#{world.channel.id}>" in await desk.press("case", number=1)
    assert "is undone" in await desk.press("undo", number=1)
    await world.make(world.mia, horse)
    assert "I can't read that length of time" in await desk.press("lock", duration="ever")


def _handle(world, thread):
    return type(world.channel)(world.discord, world.server, thread)
