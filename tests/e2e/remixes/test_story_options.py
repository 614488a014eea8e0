"""What `/remix` offers while it is typed, and what it refuses before a picture is looked at."""

import pytest
from simcord.backend.errors import SetupError
from simcord.enums import AppCommandType

from bot.rules.resolutions import RESOLUTIONS_1K, RESOLUTIONS_2K

SQUARE = "Square 1:1 · 2048×2048"


def declared(world):
    """The options of `/remix` as Discord has them, by name."""
    command = world.discord.backend.commands[None]["remix", AppCommandType.CHAT_INPUT]
    return {option["name"]: option for option in command["options"]}


async def offered(world, typed):
    await world.mia.autocomplete(world.channel, "remix", "resolution", typed)
    asked = list(world.discord.backend.interactions.values())[-1]
    await world.until(lambda: asked.responded, "an answer to the typing")
    return asked.autocomplete_choices


async def test_all_23_sizes_are_offered_before_anything_is_typed(world):
    choices = await offered(world, "")

    assert [choice["value"] for choice in choices] == [str(size) for size in RESOLUTIONS_2K]
    assert len(choices) == 23
    assert choices[0]["name"] == SQUARE


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("square", ["2048x2048"]),
        ("16:9", ["2560x1440"]),
        ("2560x1440", ["2560x1440"]),
        ("2560×1440", ["2560x1440"]),
        ("portrait 3:4", ["1728x2304"]),
        ("hexagon", []),
    ],
)
async def test_sizes_are_found_by_name_ratio_and_size(world, typed, expected):
    assert [choice["value"] for choice in await offered(world, typed)] == expected


async def test_the_operator_can_offer_the_sizes_at_1k(make_world):
    world = await make_world(resolutions="1k")

    assert [choice["value"] for choice in await offered(world, "")] == [str(size) for size in RESOLUTIONS_1K]


async def test_no_more_choices_are_sent_than_discord_takes(make_world):
    world = await make_world(resolutions="both")

    assert len(await offered(world, "")) == 25


async def test_each_speed_says_what_an_image_costs(make_world):
    world = await make_world(ideogram_prices={"TURBO": 30_000, "DEFAULT": 60_000, "QUALITY": 125_000})

    assert [(choice["name"], choice["value"]) for choice in declared(world)["speed"]["choices"]] == [
        ("Turbo · $0.03 per image", "TURBO"),
        ("Default · $0.06 per image", "DEFAULT"),
        ("Quality · $0.125 per image", "QUALITY"),
    ]


async def test_only_the_prompt_is_required_and_comes_first(world):
    required = {name: option.get("required", False) for name, option in declared(world).items()}

    assert [name for name, must in required.items() if must] == ["prompt"]
    options = ["image", "weight", "resolution", "speed", "style", "copyright_check", "spoiler", "ladder"]
    assert list(required)[1:] == options


async def test_a_resolution_makes_the_result_that_shape(world, horse):
    card = await world.make(world.mia, horse, resolution="1440x2560")

    assert world.ideogram.calls[0].fields["resolution"] == "1440x2560"
    assert card.pictures[0].size == (144, 256)


async def test_a_pasted_label_is_understood_as_its_resolution(world, horse):
    await world.make(world.mia, horse, resolution="2048×2048")

    assert world.ideogram.calls[0].fields["resolution"] == "2048x2048"


@pytest.mark.parametrize(
    ("prompt", "options", "sentence"),
    [
        ("   ", {}, "The prompt is empty."),
        ("fog", {"resolution": "123x456"}, "I don't know that resolution."),
        ("fog", {"weight": 60, "resolution": "2048x2048"}, "Drop `resolution` to keep your weight, or drop `weight`"),
    ],
)
async def test_what_cannot_work_is_refused_privately_before_any_call(world, horse, prompt, options, sentence):
    result = await world.remix(world.mia, horse, prompt, **options)

    assert "charged" not in await world.told(result, sentence)
    assert world.jobs() == []
    assert world.ideogram.calls == []
    assert world.cards() == []


async def test_a_weight_is_taken_with_a_resolution_of_the_same_shape(world, heather):
    await world.make(world.mia, heather, weight=60, resolution="2304x1728")

    assert world.ideogram.calls[0].fields["image_weight"] == "60"


async def test_a_prompt_longer_than_discord_was_told_is_refused(make_world, horse):
    """Discord's clients hold to the declared length; one that shows an older version of the command may not."""
    world = await make_world(max_prompt_chars=100)
    assert declared(world)["prompt"]["max_length"] == 100
    declared(world)["prompt"]["max_length"] = 6000

    result = await world.remix(world.mia, horse, "x" * 101)

    await world.told(result, "The prompt is longer than 100 characters.")
    assert world.jobs() == []


async def test_a_prompt_of_the_greatest_length_is_taken(world, horse):
    await world.make(world.mia, horse, "y" * 2000)

    assert len(world.ideogram.calls[0].prompt) == 2000


async def test_no_command_but_the_one_to_appeal_is_offered_in_a_dm(world):
    assert world.mia.user.available_commands() == ("remix-appeal",)
    here = {"remix", "my-remixes", "remix-help", "remix-privacy", "remix-appeal"}
    assert set(world.mia.available_commands(world.channel)) == here
    with pytest.raises(SetupError, match="not visible"):
        await world.mia.user.slash("my-remixes")


@pytest.mark.parametrize("name", ["remix", "my-remixes", "remix-help"])
async def test_a_stray_command_in_a_dm_is_answered_kindly(world, horse, name):
    result = await world.stray_dm(world.mia, name, horse)

    await world.told(result, "I only work in servers.")
    assert world.jobs() == []


async def test_a_choice_of_an_older_version_of_the_command_is_refused_with_a_sentence(world, horse):
    declared(world)["speed"]["choices"].append({"name": "Flash", "value": "FLASH"})

    result = await world.remix(world.mia, horse, speed="FLASH")

    await world.told(result, "I don't know that speed.")
    assert world.ideogram.calls == []
