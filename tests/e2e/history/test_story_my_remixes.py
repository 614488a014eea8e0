"""`/my-remixes`: one's own last and waiting remixes, privately, with what can be done about each."""

import pytest

from tests.e2e.cards import Card


async def listed(world, who=None):
    result = await (who or world.mia).slash(world.channel, "my-remixes")
    await world.until(lambda: result.response is not None and result.response.components, "a list")
    return result


def entries(world, result):
    return Card(world.discord, result.response._message).lines


@pytest.fixture
async def busy_world(make_world, horse):
    """Ideogram takes one at a time, and is busy with ben's."""
    world = await make_world(ideogram_max_in_flight=1, cooldown_s=0)
    world.hold_calls()
    await world.remix(world.ben, horse, "ben's")
    await world.ideogram.until_running(1)
    return world


async def test_the_list_of_somebody_without_remixes_says_how_to_begin(world):
    result = await listed(world)

    (told,) = entries(world, result)
    assert told.startswith("You haven't made a remix in this server yet. Start with </remix:")
    assert result.ephemeral


async def test_the_list_has_ones_own_remixes_newest_first_with_a_link(hasty_world, horse):
    await hasty_world.make(hasty_world.ben, horse, "ben's")
    first = await hasty_world.make(hasty_world.mia, horse, "first *try*")
    second = await hasty_world.make(hasty_world.mia, horse, "second")

    lines = entries(hasty_world, await listed(hasty_world))

    place = f"https://discord.com/channels/{hasty_world.server.id}/{hasty_world.channel.id}"
    assert lines[0] == "**Your remixes in this server**"
    assert lines[1].endswith(f"· [done]({place}/{second.stored.id})")
    assert lines[2] == "> second"
    assert lines[3].endswith(f"· [done]({place}/{first.stored.id})")
    assert lines[4] == r"> first \*try\*"
    assert len(lines) == 5


async def test_remixes_of_another_server_are_not_listed(hasty_world, horse):
    await hasty_world.make(hasty_world.mia, horse, "here")
    elsewhere = hasty_world.discord.create_guild("Elsewhere")
    channel = elsewhere.create_text_channel("pictures")
    mia_there = elsewhere.add_member(hasty_world.mia.user)

    result = await mia_there.slash(channel, "my-remixes")

    await hasty_world.told(result, "You haven't made a remix in this server yet.")


async def test_a_waiting_remix_is_listed_with_its_position_and_cancelled_from_there(busy_world, horse):
    waiting = await busy_world.remix(busy_world.mia, horse, "mia's")
    await busy_world.told(waiting, "You are next")
    result = await listed(busy_world)
    assert entries(busy_world, result)[1].endswith("· waiting, position 1")

    clicked = await busy_world.mia.click(result.response, label="Cancel")

    await busy_world.until(lambda: entries(busy_world, result)[1].endswith("· cancelled"), "a list that says cancelled")
    await busy_world.told(waiting, "**Cancelled.**")
    assert clicked.followups == []
    assert Card(busy_world.discord, result.response._message).buttons == {}


async def test_a_cancel_from_a_list_that_is_out_of_date_is_told_and_the_list_put_right(busy_world, horse):
    waiting = await busy_world.remix(busy_world.mia, horse, "mia's")
    await busy_world.told(waiting, "You are next")
    result = await listed(busy_world)
    busy_world.ideogram.release()
    await busy_world.told(waiting, "Making it now")

    clicked = await busy_world.mia.click(result.response, label="Cancel")

    await busy_world.told_aside(clicked, "Too late to cancel")
    await busy_world.until(lambda: entries(busy_world, result)[1].endswith("· being made"), "a list that is true")


async def test_the_list_says_what_became_of_each_remix(make_world, horse):
    world = await make_world(cooldown_s=0, max_queued_per_user=10)
    world.ideogram.dials.fail = ["422-prompt", "500", "unsafe"]
    for words in ("refused the prompt", "I can't tell", "withheld"):
        await world.told(await world.remix(world.mia, horse), words)

    lines = entries(world, await listed(world))

    assert [line.rpartition(" · ")[2] for line in lines if line.startswith("<t:")] == [
        "didn't work out",
        "outcome unknown",
        "didn't work out",
    ]
    assert [line.partition(".")[0] for line in lines if line.startswith("-# ")] == [
        "-# The remix was made, but Ideogram's safety check withheld it",
        "-# Ideogram's reply didn't reach me, so I can't tell if this was made",
        "-# Ideogram's safety check refused the prompt",
    ]


async def test_a_long_list_shows_the_last_ten(make_world, horse):
    world = await make_world(cooldown_s=0)
    for number in range(11):
        await world.make(world.mia, horse, f"number {number}")

    lines = entries(world, await listed(world))

    assert [line for line in lines if line.startswith("> ")] == [f"> number {number}" for number in range(10, 0, -1)]
