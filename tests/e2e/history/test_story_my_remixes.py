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


@pytest.fixture
async def six(make_world, horse):
    """Mia has made six, of which a page shows five."""
    world = await make_world(cooldown_s=0)
    for number in range(6):
        await world.make(world.mia, horse, f"Straße {number}")
    return world


def prompts(world, result):
    return [line.removeprefix("> ") for line in entries(world, result) if line.startswith("> ")]


async def test_a_long_list_has_pages_with_a_small_picture_of_each_remix(six):
    result = await listed(six)
    assert prompts(six, result) == [f"Straße {number}" for number in (5, 4, 3, 2, 1)]
    page = Card(six.discord, result.response._message)
    assert page.files == [f"small-{number}.webp" for number in (6, 5, 4, 3, 2)]
    assert {max(picture.size) for picture in page.pictures} == {256}

    await six.restart()
    await six.mia.click(result.response, label="Next")
    await six.until(lambda: prompts(six, result) == ["Straße 0"], "the second page")
    assert Card(six.discord, result.response._message).files == ["small-1.webp"]
    await six.mia.click(result.response, label="Previous")
    await six.until(lambda: len(prompts(six, result)) == 5, "the first page")


async def test_the_list_is_filtered_by_words_of_any_case(six, horse):
    await six.make(six.mia, horse, "a fox")
    result = await six.mia.slash(six.channel, "my-remixes", text="STRASSE")
    await six.until(lambda: result.response is not None and prompts(six, result), "a list")
    assert prompts(six, result) == [f"Straße {number}" for number in (5, 4, 3, 2, 1)]
    await six.mia.click(result.response, label="Next")
    await six.until(lambda: prompts(six, result) == ["Straße 0"], "the second page, filtered too")
    nothing = await six.mia.slash(six.channel, "my-remixes", text="owl")
    await six.told(nothing, "No remix of yours here has")


async def test_again_and_edit_work_from_the_list(hasty_world, horse):
    await hasty_world.make(hasty_world.mia, horse, "a horse")
    result = await listed(hasty_world)
    await hasty_world.mia.click(result.response, label="Again")
    assert (await hasty_world.card(2)).quoted == "> a horse"
    form = await hasty_world.mia.click(result.response, label="Edit")
    await hasty_world.until(lambda: form.modal, "a form")
    await hasty_world.submit_form(hasty_world.mia, form, prompt="a mare")
    assert (await hasty_world.card(3)).quoted == "> a mare"


async def test_the_buttons_of_a_list_are_for_its_owner_alone(hasty_world, horse):
    await hasty_world.make(hasty_world.mia, horse, "a horse")
    bens = await listed(hasty_world, hasty_world.ben)
    forged = await hasty_world.click_forged(hasty_world.ben, bens.response._message, "remix:again:1")
    await hasty_world.until(lambda: hasty_world.words_for(forged), "an answer")
    assert hasty_world.words_for(forged).startswith("I no longer have the picture")
    assert len(hasty_world.jobs()) == 1


async def test_a_deleted_remix_is_not_listed(hasty_world, horse):
    card = await hasty_world.make(hasty_world.mia, horse, "a horse")
    await hasty_world.make(hasty_world.mia, horse, "a mare")
    asked = await hasty_world.press(hasty_world.mia, card, "Delete")
    await hasty_world.told(asked, "Delete for good?")
    await hasty_world.mia.click(asked.response, label="Delete for good")
    await hasty_world.until(lambda: hasty_world.job(1).removed_at, "it is deleted")
    assert prompts(hasty_world, await listed(hasty_world)) == ["a mare"]
