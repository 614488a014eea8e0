"""The Delete and Details buttons: who may take a result down, and who learns what made it."""

import re

import pytest

from bot.rules.job_states import JobState

DELETED = "Deleted, along with my own copy of the result."


@pytest.fixture
async def card(world, horse):
    """Mia's."""
    return await world.make(world.mia, horse, "a *horse*", weight=60, copyright_check=True)


async def test_the_author_deletes_a_result(world, card):
    result = await world.press(world.mia, card, "Delete")

    await world.told(result, DELETED)
    assert world.cards() == []
    assert result.ephemeral


async def test_a_moderator_deletes_anybodys_result(world, card):
    result = await world.press(world.rosa, card, "Delete")

    await world.told(result, DELETED)
    assert world.cards() == []


async def test_anybody_else_is_refused(world, card):
    result = await world.press(world.ben, card, "Delete")

    await world.told(
        result, "Only the person who started this remix, or someone with the **Manage Messages** permission"
    )
    assert len(world.cards()) == 1


async def test_delete_works_after_a_restart(world, card):
    await world.restart()

    result = await world.press(world.mia, card, "Delete")

    await world.told(result, DELETED)
    assert world.cards() == []


@pytest.mark.parametrize("who", ["ben", "rosa"])
async def test_a_forged_delete_takes_no_other_message_down_not_even_a_moderators(hasty_world, horse, who):
    await hasty_world.make(hasty_world.mia, horse)
    bens = await hasty_world.make(hasty_world.ben, horse)

    result = await hasty_world.click_forged(getattr(hasty_world, who), bens.stored, "remix:delete:1")

    await hasty_world.told(result, "Only the person who started this remix")
    assert len(hasty_world.cards()) == 2


async def test_all_messages_of_a_result_are_deleted_together(world, horse):
    world.ideogram.dials.images = 11
    await world.remix(world.mia, horse)
    second = await world.card(2)
    await world.until_job(lambda job: job.state is JobState.DELIVERED, "it is delivered")

    result = await world.press(world.mia, second, "Delete")

    await world.told(result, DELETED)
    assert world.cards() == []


async def test_a_deleted_remix_is_told_as_deleted_in_the_list(world, card):
    await world.told(await world.press(world.mia, card, "Delete"), DELETED)

    listed = await world.mia.slash(world.channel, "my-remixes")

    await world.told(listed, "deleted")


async def test_a_delete_that_discord_refuses_is_told_and_can_be_repeated(world, card):
    world.discord.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50001)

    result = await world.press(world.mia, card, "Delete")
    await world.told(result, "I couldn't delete the message just now.")
    again = await world.press(world.mia, card, "Delete")

    await world.told(again, DELETED)
    assert world.cards() == []


async def test_details_tell_whoever_asks_privately_what_made_the_picture(world, card):
    result = await world.press(world.ben, card, "Details")

    told = await world.told(result, "**Remix 1**")
    assert result.ephemeral
    assert re.fullmatch(
        rf"\*\*Remix 1\*\* by {world.mia.mention}, <t:[0-9]+:R>\n"
        r"Weight 60 · [0-9]+×[0-9]+ · Default · Seed [0-9]+\n"
        r"Made in 0 s · Cost \$0\.06 · With copyright check\n"
        r"> a \\\*horse\\\*",
        told,
    )
    stored = world.discord.backend.get_message(world.channel.id, result.response.id)
    assert stored.ping_user_ids == []


async def test_details_work_after_a_restart(world, card):
    await world.restart()

    result = await world.press(world.ben, card, "Details")

    await world.told(result, "**Remix 1**")


@pytest.mark.parametrize(("length", "files"), [(800, []), (801, ["prompt-1.txt"]), (2000, ["prompt-1.txt"])])
async def test_details_of_a_prompt_longer_than_they_show_carry_the_whole_as_a_file(world, horse, length, files):
    prompt = ("a *horse*\n" * 200)[: length - 1] + "!"
    made = await world.make(world.mia, horse, prompt)

    result = await world.press(world.ben, made, "Details")

    told = await world.told(result, "**Remix 1**")
    assert [each.filename for each in result.response.attachments] == files
    assert [world.discord.backend.cdn.get(each.url).decode() for each in result.response.attachments] == [
        prompt for _ in files
    ]
    assert told.endswith("…") == bool(files)
