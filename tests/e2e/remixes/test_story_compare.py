"""The Compare button: before and after, for who sent the picture alone, as long as both are kept."""

from bot.storage.remixes.results import of_job
from tests.e2e.cards import Card

NOT_YOURS = "Only the person who sent the picture can compare: nobody else gets to see it."
GONE = "I no longer have the pictures of this remix, so there's nothing to compare."


def shown(world, result) -> Card:
    return Card(world.discord, result.response._message)


async def test_the_author_sees_both_pictures_side_by_side_and_nobody_else_does(world, horse):
    card = await world.make(world.mia, horse)
    result = await world.press(world.mia, card, "Compare")
    await world.until(lambda: result.response.components, "the comparison is there")

    private = shown(world, result)
    assert private.files == ["remix-1-source.png", "remix-1-1.png"]
    assert len(private.gallery) == 2
    assert private.text == "-# Before and after. Only you can see the picture you sent."
    assert result.ephemeral


async def test_neither_another_member_nor_a_moderator_sees_what_was_sent(world, horse):
    card = await world.make(world.mia, horse)
    for somebody in (world.ben, world.rosa):
        result = await world.press(somebody, card, "Compare")
        await world.told(result, NOT_YOURS)
        assert result.response.attachments == []


async def test_who_remixes_anothers_picture_again_does_not_see_it_but_its_sender_does(world, horse):
    card = await world.make(world.mia, horse)
    await world.ben.click(card.message, label="Again")
    bens = await world.card(2)

    await world.told(await world.press(world.ben, bens, "Compare"), NOT_YOURS)
    result = await world.press(world.mia, bens, "Compare")
    await world.until(lambda: result.response.components, "the comparison is there")
    assert shown(world, result).files == ["remix-2-source.png", "remix-2-1.png"]


async def test_a_spoiler_stays_one_on_both_sides(world, horse):
    card = await world.make(world.mia, horse, spoiler=True)
    result = await world.press(world.mia, card, "Compare")
    await world.until(lambda: result.response.components, "the comparison is there")
    assert shown(world, result).files == ["SPOILER_remix-1-source.png", "SPOILER_remix-1-1.png"]
    assert [item["spoiler"] for item in shown(world, result).gallery] == [True, True]


async def test_a_card_of_eleven_images_compares_with_one_of_its_own(world, horse):
    world.ideogram.dials.images = 11
    await world.make(world.mia, horse)
    second = await world.card(2)
    result = await world.press(world.mia, second, "Compare")
    await world.until(lambda: result.response.components, "the comparison is there")
    assert shown(world, result).files == ["remix-1-source.png", "remix-1-11.png"]


async def test_what_is_no_longer_kept_cannot_be_compared(world, horse):
    card = await world.make(world.mia, horse)
    (made,) = world.app.core.database.transaction_now(of_job, 1)
    (world.settings.blob_dir / made.hash[:2] / made.hash).unlink()
    await world.told(await world.press(world.mia, card, "Compare"), GONE)


async def test_a_forged_name_shows_no_other_remix(hasty_world, horse):
    await hasty_world.make(hasty_world.mia, horse)
    second = await hasty_world.make(hasty_world.mia, horse)
    await hasty_world.told(await hasty_world.click_forged(hasty_world.mia, second.stored, "remix:compare:1"), GONE)


async def test_compare_works_after_a_restart(world, horse):
    card = await world.make(world.mia, horse)
    await world.restart()
    result = await world.press(world.mia, card, "Compare")
    await world.until(lambda: result.response.components, "the comparison is there")
    assert len(shown(world, result).gallery) == 2
