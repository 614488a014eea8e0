"""The Delete and Details buttons: who can take a result down, and who can read how it was made."""

import re

import discord
import pytest

from bot.discord_app.kit.sending import delete_message
from bot.rules.job_states import JobState

DELETED = "Deleted, along with my own copy of the result."


async def delete(world, who, card, told=DELETED):
    asked = await world.press(who, card, "Delete")
    await world.told(asked, "Delete for good?")
    await world.told(await who.click(asked.response, label="Delete for good"), told)


@pytest.fixture
async def card(world, horse):
    """Mia's."""
    return await world.make(world.mia, horse, "a *horse*", weight=60, copyright_check=True)


async def test_the_author_deletes_a_result_once_they_have_said_so_twice(world, card):
    asked = await world.press(world.mia, card, "Delete")
    await world.told(asked, "**Delete for good?** You can't get it back.")
    assert len(world.cards()) == 1

    result = await world.mia.click(asked.response, label="Delete for good")

    await world.told(result, f"{DELETED} The moderators can still look at it for 24 hours.")
    assert world.cards() == []
    assert asked.ephemeral


async def test_a_card_that_is_gone_from_discord_counts_as_deleted(world, card):
    world.discord.backend.delete_message(world.channel.id, card.stored.id)
    with world.discord.reachable():
        assert await delete_message(world.app.client, world.channel.id, card.stored.id)


async def test_who_manages_messages_deletes_anybodys_result_as_a_case(world, card):
    asked = await world.press(world.rosa, card, "Delete")
    await world.told(asked, "this goes on record as a moderator's case")

    result = await world.rosa.click(asked.response, label="Delete for good")

    await world.told(result, "**Case 1.** The remix is removed")
    assert world.cards() == []


async def test_who_manages_messages_deletes_nothing_of_somebody_above_them(hasty_world, horse):
    world = hasty_world
    max_ = world.server.add_member(world.discord.create_user("max"))
    high = world.server.create_role("head", permissions=discord.Permissions(manage_messages=True))
    theirs = world.server.add_member(world.discord.create_user("maud"), roles=[high])
    card = await world.make(theirs, horse)
    low = world.server.create_role("low", permissions=discord.Permissions(manage_messages=True))
    lower = world.server.add_member(world.discord.create_user("lou"), roles=[low])
    await world.told(await world.press(lower, card, "Delete"), "Their highest role isn't below yours")
    bens = await again(world, max_, card, 2)
    await world.told(await world.press(lower, bens, "Delete"), "Their highest role isn't below yours")
    assert len(world.cards()) == 2


async def again(world, who, card, number):
    await who.click(card.message, label="Again")
    made = await world.card(number)
    await world.until(lambda: world.jobs()[-1].state is JobState.DELIVERED, "it is delivered")
    return made


async def test_what_others_made_of_a_deleted_picture_goes_and_they_read_why(hasty_world, horse):
    world = hasty_world
    card = await world.make(world.mia, horse)
    await again(world, world.ben, card, 2)

    asked = await world.press(world.mia, card, "Delete")
    await world.told(asked, "1 more remix made of the same picture goes with it.")
    await world.told(await world.mia.click(asked.response, label="Delete for good"), DELETED)

    assert world.cards() == []
    listed = await world.ben.slash(world.channel, "my-remixes")
    await world.told(listed, "deleted by the person whose picture it was made from")


async def test_the_person_whose_picture_it_is_deletes_what_somebody_made_of_it(hasty_world, horse):
    world = hasty_world
    card = await world.make(world.mia, horse)
    bens = await again(world, world.ben, card, 2)

    asked = await world.press(world.mia, bens, "Delete")
    await world.told(asked, f"<@{world.ben.id}> made it of your picture")
    await world.told(await world.mia.click(asked.response, label="Delete for good"), DELETED)

    assert [each.message.id for each in world.cards()] == [card.message.id]


async def test_the_private_reply_of_a_deleted_result_leads_nowhere_any_more(world, horse):
    mine = await world.remix(world.mia, horse)
    card = await world.card()
    await world.told(mine, "**Done.**")
    await delete(world, world.mia, card)
    assert "discord.com" not in await world.told(mine, "**Deleted.**")


async def test_anybody_else_is_refused(world, card):
    result = await world.press(world.ben, card, "Delete")

    await world.told(
        result, "Only the person who started this remix, the person whose picture it is, or someone with the"
    )
    assert len(world.cards()) == 1


async def test_delete_works_after_a_restart(world, card):
    await world.restart()

    asked = await world.press(world.mia, card, "Delete")
    await world.told(asked, "Delete for good?")
    await world.restart()
    result = await world.mia.click(asked.response, label="Delete for good")

    await world.told(result, DELETED)
    assert world.cards() == []


@pytest.mark.parametrize("action", ["delete", "delete-for-good"])
@pytest.mark.parametrize("who", ["ben", "rosa"])
async def test_a_forged_delete_takes_no_other_message_down_not_even_a_moderators(hasty_world, horse, who, action):
    await hasty_world.make(hasty_world.mia, horse)
    bens = await hasty_world.make(hasty_world.ben, horse)

    result = await hasty_world.click_forged(getattr(hasty_world, who), bens.stored, f"remix:{action}:1")

    await hasty_world.told(result, "Only the person who started this remix")
    assert len(hasty_world.cards()) == 2


async def test_all_messages_of_a_result_are_deleted_together(world, horse):
    world.ideogram.dials.images = 11
    await world.remix(world.mia, horse)
    second = await world.card(2)
    await world.until_job(lambda job: job.state is JobState.DELIVERED, "it is delivered")

    await delete(world, world.mia, second)

    assert world.cards() == []


async def test_a_deleted_remix_is_in_no_list_any_more(world, card):
    await delete(world, world.mia, card)

    listed = await world.mia.slash(world.channel, "my-remixes")

    await world.told(listed, "You haven't made a remix in this server yet.")


async def test_a_delete_that_discord_refuses_is_told_and_can_be_repeated(world, card):
    world.discord.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50001)

    await delete(world, world.mia, card, "Discord didn't let me take the message down just now. I'll keep trying.")
    await delete(world, world.mia, card)

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
