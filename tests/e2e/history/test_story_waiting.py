"""The private reply while a remix waits is one card, with the source if that may be seen, and stays one to the end."""

from tests.e2e.cards import Card


def pictured(world, result):
    """The files of the private reply."""
    return Card(world.discord, result.response._message).files


async def test_the_own_picture_stays_on_the_card_from_the_first_answer_to_the_last(world, horse):
    world.hold_calls()
    result = await world.remix(world.mia, horse)
    await world.told(result, "Making it now")
    assert pictured(world, result) == ["source-1.webp"]
    world.let_calls_go()
    await world.told(result, "**Done.**")
    assert pictured(world, result) == ["source-1.webp"]
    assert max(Card(world.discord, result.response._message).pictures[0].size) <= 256


async def test_the_card_has_its_picture_after_a_restart_too(make_world, horse):
    world = await make_world(ideogram_max_in_flight=1)
    world.hold_calls()
    await world.remix(world.ben, horse)
    await world.ideogram.until_running(1)
    result = await world.remix(world.mia, horse)
    await world.told(result, "You are next")
    await world.restart()
    await world.told(result, "**Done.**")
    assert pictured(world, result) == ["source-2.webp"]


async def test_somebody_elses_source_is_on_nobody_elses_card(hasty_world, horse):
    card = await hasty_world.make(hasty_world.mia, horse)
    again = await hasty_world.ben.click(card.message, label="Again")
    await hasty_world.told(again, "**Done.**")
    assert pictured(hasty_world, again) == []
    form = await hasty_world.open_form(hasty_world.ben, card, "Edit")
    edited = await hasty_world.submit_form(hasty_world.ben, form)
    await hasty_world.told(edited, "**Done.**")
    assert pictured(hasty_world, edited) == []


async def test_a_posted_result_is_on_the_card_of_who_remixes_it(hasty_world, horse):
    card = await hasty_world.make(hasty_world.mia, horse)
    form = await hasty_world.open_form(hasty_world.ben, card, "Remix this")
    result = await hasty_world.submit_form(hasty_world.ben, form, prompt="as a woodcut")
    await hasty_world.told(result, "**Done.**")
    assert pictured(hasty_world, result) == ["source-2.webp"]


async def test_the_picture_goes_when_the_remix_is_deleted(hasty_world, horse):
    result = await hasty_world.remix(hasty_world.mia, horse)
    await hasty_world.told(result, "**Done.**")
    asked = await hasty_world.press(hasty_world.mia, await hasty_world.card(), "Delete")
    await hasty_world.told(asked, "Delete for good?")
    await hasty_world.mia.click(asked.response, label="Delete for good")
    await hasty_world.told(result, "**Deleted.**")
    assert pictured(hasty_world, result) == []
