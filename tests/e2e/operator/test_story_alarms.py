"""The operator's channel: each trouble is there once when it begins and once when it is over, also over restarts."""

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.alarms import Alarm
from bot.rules.job_states import JobState
from tests.e2e.operator.test_story_operator import Office

MB = 1024 * 1024


class Desk(Office):
    """The operator's channel is in their own server."""

    @property
    def read(self):
        """The headlines in the order in which they were posted."""
        stored = self.world.discord.backend.messages.get(self.channel.id, {}).values()
        posted = [message for message in stored if not message.is_ephemeral]
        lines = [line for message in posted for line in message.content.split("\n")]
        return [line.split("**")[1] for line in lines if line.startswith(("⚠️ **", "✅ **"))]

    def look(self) -> None:
        """The bot looks after its troubles, and at what it has to post, as it does every 15 seconds."""
        self.world.app.watchers.bot_state._woken.set()
        self.world.app.watchers.alarms._woken.set()

    async def until_read(self, *headlines, later_s=60):
        """Exactly these, however long the bot goes on."""

        def is_read():
            self.look()
            return len(self.read) >= len(headlines)

        self.world.later(later_s)
        await self.world.until(is_read, f"{headlines[-1]!r} in the operator's channel, which has {self.read}")
        assert self.read == list(headlines)


@pytest.fixture
async def desk(make_world):
    world = await make_world(cooldown_s=0)
    opened = Desk(world)
    await opened.open(operator_channel_id=opened.channel.id)
    return opened


async def test_a_held_queue_is_told_once_and_again_when_it_goes_on(desk, horse):
    world = desk.world
    world.ideogram.dials.always = Fault.KEY_REJECTED
    result = await world.remix(world.mia, horse)
    held = "The queue is held: Ideogram rejects my key (401)."
    await desk.until_read(held)
    await world.restart()
    await world.until(lambda: len(world.ideogram.calls) == 2 and world.job().lease is None, "the trial of the start")
    await desk.until_read(held)

    world.ideogram.dials.always = None
    world.later(300)
    await world.told(result, "**Done.**")
    await desk.until_read(held, "Over: Ideogram rejects my key (401).")


async def test_remixes_parked_within_a_moment_are_one_message_and_one_more_when_none_is_left(desk, horse):
    world = desk.world
    world.ideogram.dials.fail = [Fault.INTERNAL] * 3
    for who in (world.mia, world.ben, world.rosa):
        await world.told(await world.remix(who, horse), "I can't tell")
    alarms = world.app.watchers.alarms
    await world.until(lambda: desk.look() or [each.facts for each in alarms.open] == [{"count": 3}], "the alarm")
    await desk.until_read("3 remixes are parked.")

    for job in (1, 2, 3):
        await desk.press("write-off", job=job, charged=False)
    await desk.until_read("3 remixes are parked.", "No remix is parked any more.")


async def test_a_refused_host_is_named_until_it_is_listed_and_then_the_remix_is_delivered(desk, horse):
    world = desk.world
    listed = world.settings.ideogram_image_hosts
    await desk.open(ideogram_image_hosts=frozenset({"ideogram.ai"}))
    result = await world.remix(world.mia, horse)
    told = await world.told(result, "**Made**, but I haven't been able to download it yet.")
    assert "I'll keep trying until <t:" in told
    held = f"The queue is held: I can't fetch results from `{world.ideogram.image_host}`."
    await desk.until_read(held)
    status = await desk.press("status")
    assert f"paid results lie on `{world.ideogram.image_host}`" in status
    assert "`IDEOGRAM_IMAGE_HOSTS`" in status
    refused = await world.remix(world.ben, horse)
    await world.told(refused, "Remixing is paused: I can't get remixes from Ideogram until my operator fixes it.")
    world.later(3600)
    assert (len(world.ideogram.calls), world.job().state) == (1, JobState.GENERATED)

    await desk.open(ideogram_image_hosts=listed)
    await world.told(result, "**Done.**")
    await desk.until_read(held, "Results can be fetched again, and the queue goes on.")
    await world.make(world.ben, horse)


async def test_disk_copy_and_task_are_told_once_each_and_status_lists_them(desk):
    world = desk.world
    free = world.app.watchers.bot_state._free_bytes
    world.app.watchers.bot_state._free_bytes = lambda: 12 * MB
    world.app.tasks.failed("log channels")
    world.app.client.alarms.raise_(Alarm.SECOND_COPY)
    begun = {
        "The disk is nearly full: 12 MB are free.",
        "A background task failed: log channels.",
        "A second copy of me seems to run with the same token.",
    }
    desk.look()
    await world.until(lambda: desk.look() or set(desk.read) == begun, f"all of {begun}")
    assert len(desk.read) == len(begun)
    status = await desk.press("status")
    assert [headline for headline in begun if headline.rstrip(".") not in status] == []

    world.app.watchers.bot_state._free_bytes = free
    world.app.tasks.runs_again("log channels")
    world.later(3600)
    over = {
        "The disk has room again.",
        "The background task runs again: log channels.",
        "No sign of a second copy for an hour.",
    }
    await world.until(lambda: desk.look() or set(desk.read) == begun | over, f"all of {over}")
    assert len(desk.read) == len(begun | over)
    status = await desk.press("status")
    assert [headline for headline in begun if headline.rstrip(".") in status] == []
