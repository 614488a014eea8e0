"""Cooldowns and queue limits: told privately with the time they end, and fair to those who are not to blame."""

import re
from datetime import timedelta
from math import ceil

import pytest

from bot.demo.ideogram_stand_in import Fault


def second_server(world):
    elsewhere = world.discord.create_guild("Elsewhere")
    return elsewhere.add_member(world.mia.user), elsewhere.create_text_channel("pictures")


async def test_a_second_remix_within_the_cooldown_is_refused_until_a_time_that_discord_shows(world, horse):
    await world.make(world.mia, horse)
    accepted_at = world.job(1).accepted_at

    result = await world.remix(world.mia, horse)

    told = await world.told(result, "You can start your next remix")
    assert re.search(r"<t:([0-9]+):R>", told)[1] == str(ceil((accepted_at + timedelta(seconds=30)).timestamp()))
    assert "charged" not in told
    assert result.ephemeral
    assert len(world.jobs()) == 1


async def test_after_the_cooldown_the_next_remix_is_taken(world, horse):
    await world.make(world.mia, horse)
    world.later(31)

    await world.make(world.mia, horse)


async def test_a_cooldown_is_one_persons_alone(world, horse):
    await world.make(world.mia, horse)

    await world.make(world.ben, horse)


async def test_a_cooldown_is_one_servers_alone(world, horse):
    await world.make(world.mia, horse)
    mia_there, channel = second_server(world)

    await world.remix(mia_there, horse, channel=channel)

    await world.card(channel=channel)


async def test_a_cooldown_outlives_a_restart(world, horse):
    await world.make(world.mia, horse)
    await world.restart()

    result = await world.remix(world.mia, horse)

    await world.told(result, "You can start your next remix")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.REJECTED, "your cooldown is reset"),
        (Fault.TOO_LARGE, "your cooldown is reset"),
        (Fault.INTERNAL, "It doesn't use one of your remixes"),
    ],
)
async def test_a_failure_without_the_persons_fault_gives_the_cooldown_back(world, horse, fault, words):
    world.ideogram.dials.fail = [fault]
    failed = await world.remix(world.mia, horse)
    await world.told(failed, words)

    await world.make(world.mia, horse)


@pytest.mark.parametrize(
    ("fault", "free"),
    [(Fault.REJECTED, "your cooldown is reset"), (Fault.INTERNAL, "It doesn't use one of your remixes")],
)
async def test_the_third_failure_of_a_picture_in_a_day_counts_and_its_person_is_told(world, horse, fault, free):
    world.ideogram.dials.fail = [fault] * 3
    for _ in range(2):
        await world.told(await world.remix(world.mia, horse), free)

    third = await world.told(await world.remix(world.mia, horse), "so this one counts and your cooldown stays")

    assert free not in third
    await world.told(await world.remix(world.mia, horse), "You can start your next remix")
    assert len(world.ideogram.calls) == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.PROMPT_UNSAFE, "refused the prompt"),
        (Fault.PICTURE_UNSAFE, "refused the picture"),
        (Fault.UNSAFE, "withheld"),
    ],
)
async def test_what_the_safety_check_refused_counts_for_the_cooldown(world, horse, fault, words):
    world.ideogram.dials.fail = [fault]
    failed = await world.remix(world.mia, horse)
    told = await world.told(failed, words)
    assert "cooldown is reset" not in told

    result = await world.remix(world.mia, horse)

    await world.told(result, "You can start your next remix")


async def test_a_cancelled_remix_gives_the_cooldown_back(make_world, horse):
    world = await make_world(ideogram_max_in_flight=1)
    world.hold_calls()
    await world.remix(world.ben, horse)
    await world.ideogram.until_running(1)
    result = await world.remix(world.mia, horse)
    await world.told(result, "You are next")

    await world.mia.click(result.response, label="Cancel")
    await world.told(result, "your cooldown is reset")

    again = await world.remix(world.mia, horse)
    await world.told(again, "You are next")


async def test_a_person_has_so_many_remixes_waiting_and_no_more(make_world, horse):
    world = await make_world(cooldown_s=0, max_queued_per_user=2)
    world.hold_calls()
    for number in (1, 2):
        await world.remix(world.mia, horse)
        await world.ideogram.until_running(number)

    refused = await world.remix(world.mia, horse)

    await world.told(refused, "You've reached the limit of remixes in progress at once (2).")
    await world.remix(world.ben, horse)
    await world.ideogram.until_running(3)
    assert len(world.jobs()) == 3


async def test_all_people_together_have_so_many_remixes_waiting_and_no_more(make_world, horse):
    world = await make_world(max_queued=1)
    world.hold_calls()
    await world.remix(world.mia, horse)
    await world.ideogram.until_running(1)

    refused = await world.remix(world.ben, horse)

    await world.told(refused, "The queue is full right now.")
    world.let_calls_go()
    await world.card()
    await world.make(world.ben, horse)
