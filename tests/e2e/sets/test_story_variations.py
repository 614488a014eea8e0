"""Variations: several pictures of one call, which only the v2 API can make."""

import pytest

from bot.rules.generations import IdeogramApi


@pytest.fixture
async def v2_world(make_world):
    return await make_world(cooldown_s=0, ideogram_api=IdeogramApi.V2)


def options_of(world):
    return [option["name"] for option in world.discord.backend.find_command("remix", None)["options"]]


async def test_the_option_is_there_with_v2_only(v2_world):
    assert "count" in options_of(v2_world)


async def test_v1_does_not_offer_it(hasty_world):
    assert "count" not in options_of(hasty_world)
    assert "ladder" in options_of(hasty_world)


async def test_three_pictures_are_one_call_and_one_card_to_pick_from(v2_world, horse):
    result = await v2_world.remix(v2_world.mia, horse, speed="TURBO", count=3)
    await v2_world.told(result, "3 pictures for $0.09 in all.")
    grid = await v2_world.card()
    await v2_world.told(result, "**Done.**")
    assert len(grid.pictures) == 3
    assert list(grid.buttons) == ["1", "2", "3", "Edit", "More"]
    (call,) = v2_world.ideogram.calls
    assert call.fields["num_images"] == "3"
    await v2_world.press(v2_world.mia, grid, "2")
    picked = await v2_world.card(2)
    assert len(picked.pictures) == 1
    assert picked.bytes_of(0) == grid.bytes_of(1)
    assert list(picked.buttons) == ["Again", "Edit", "Remix this", "More"]


async def test_again_on_a_pick_makes_one(v2_world, horse):
    grid = await v2_world.make(v2_world.mia, horse, count=2)
    await v2_world.press(v2_world.mia, grid, "1")
    await v2_world.press(v2_world.mia, await v2_world.card(2), "Again")
    assert len((await v2_world.card(3)).pictures) == 1


async def test_what_is_withheld_is_said(v2_world, horse):
    v2_world.ideogram.dials.fail = ["some-unsafe"]
    await v2_world.make(v2_world.mia, horse, count=4)
    card = await v2_world.card()
    assert "withheld" in card.text
