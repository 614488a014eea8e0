"""A weight ladder: the same picture and prompt at four weights, on one card, to pick from."""

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.job_states import JobState

NUMBERS = ["1", "2", "3", "4"]


@pytest.fixture
async def grid(hasty_world, horse):
    """Mia's ladder."""
    return await hasty_world.make(hasty_world.mia, horse, "a horse in autumn", speed="TURBO", ladder=True)


async def test_the_command_makes_one_card_with_four_pictures(hasty_world, horse):
    result = await hasty_world.remix(hasty_world.mia, horse, "a horse in autumn", speed="TURBO", ladder=True)
    await hasty_world.told(result, "**Weight ladder**, 4 pictures for $0.12 in all")
    card = await hasty_world.card()
    await hasty_world.told(result, "**Done.**")
    assert len(hasty_world.cards()) == 1
    assert len(card.pictures) == 4
    assert "**1** Weight 20 · **2** Weight 40 · **3** Weight 60 · **4** Weight 80" in card.text
    assert list(card.buttons) == [*NUMBERS, "Edit", "More"]
    assert await hasty_world.told(result, "4 made")
    assert card.notified == [hasty_world.mia.id]


async def test_a_number_posts_that_picture_as_an_ordinary_card(hasty_world, grid):
    pressed = await hasty_world.press(hasty_world.mia, grid, "3")
    await hasty_world.told(pressed, "Posted:")
    picked = await hasty_world.card(2)
    assert list(picked.buttons) == ["Again", "Edit", "Remix this", "More"]
    assert "Weight 60" in picked.text
    assert len(hasty_world.ideogram.calls) == 4
    again = await hasty_world.press(hasty_world.mia, grid, "3")
    await hasty_world.told(again, "It's posted already:")
    assert len(hasty_world.cards()) == 2


async def test_the_picked_card_goes_on_like_any_other(hasty_world, grid):
    await hasty_world.press(hasty_world.mia, grid, "4")
    picked = await hasty_world.card(2)
    form = await hasty_world.open_form(hasty_world.ben, picked, "Edit")
    assert hasty_world.fields_of(form)["weight"] == "80"
    await hasty_world.press(hasty_world.ben, picked, "Again")
    assert "Weight 80" in (await hasty_world.card(3)).text
    form = await hasty_world.open_form(hasty_world.ben, picked, "Remix this")
    await hasty_world.submit_form(hasty_world.ben, form, prompt="as a woodcut")
    assert (await hasty_world.card(4)).quoted == "> as a woodcut"


async def test_only_its_author_and_moderators_pick(hasty_world, grid):
    pressed = await hasty_world.press(hasty_world.ben, grid, "1")
    await hasty_world.told(pressed, "Only the person who asked for these pictures")
    pressed = await hasty_world.press(hasty_world.rosa, grid, "1")
    await hasty_world.told(pressed, "Posted:")


async def test_more_names_the_price_and_makes_one_of_any_remix(hasty_world, horse):
    card = await hasty_world.make(hasty_world.mia, horse, "a horse in autumn")
    more = await hasty_world.open_more(hasty_world.ben, card)
    result = await hasty_world.ben.click(more.response, label="Weight ladder ($0.12, Turbo)")
    await hasty_world.told(result, "4 pictures for $0.12 in all")
    grid = await hasty_world.card(2)
    assert len(grid.pictures) == 4
    assert {call.fields["rendering_speed"] for call in hasty_world.ideogram.calls[1:]} == {"TURBO"}


async def test_a_weight_or_a_budget_that_is_too_small_is_refused_before_anything_is_paid(hasty_world, horse):
    result = await hasty_world.remix(hasty_world.mia, horse, weight=50, ladder=True)
    await hasty_world.told(result, "A weight ladder has its own weights")
    assert not hasty_world.jobs()


async def test_what_failed_is_named_on_the_card_and_why_only_in_private(hasty_world, horse):
    hasty_world.ideogram.dials.fail = [Fault.PROMPT_UNSAFE]
    result = await hasty_world.remix(hasty_world.mia, horse, speed="TURBO", ladder=True)
    card = await hasty_world.card()
    assert len(card.pictures) == 3
    assert "didn't work out and cost nothing" in card.text
    assert "safety" not in card.text
    words = await hasty_world.told(result, "1 failed")
    assert "safety check" in words


async def test_a_ladder_that_waits_is_cancelled_as_a_whole(make_world, horse):
    world = await make_world(cooldown_s=0, ideogram_max_in_flight=1)
    world.hold_calls()
    await world.remix(world.ben, horse)
    await world.until(lambda: world.ideogram.calls, "a call")
    result = await world.remix(world.mia, horse, ladder=True)
    await world.told(result, "4 waiting")
    await world.mia.click(result.response, label="Cancel")
    await world.told(result, "4 cancelled")
    assert [job.state for job in world.jobs()[1:]] == [JobState.CANCELLED] * 4


async def test_a_restart_finishes_what_was_begun_and_numbers_still_work(hasty_world, horse):
    hasty_world.hold_calls()
    await hasty_world.remix(hasty_world.mia, horse, speed="TURBO", ladder=True)
    await hasty_world.until(lambda: len(hasty_world.ideogram.calls) == 4, "four calls")
    await hasty_world.restart()
    grid = await hasty_world.card()
    assert len(grid.pictures) == 4
    assert len(hasty_world.ideogram.calls) == 4
    await hasty_world.press(hasty_world.mia, grid, "1")
    assert "Weight 20" in (await hasty_world.card(2)).text
