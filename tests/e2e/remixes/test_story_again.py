"""The Again button: the same inputs through the same gate, as a new remix of whoever clicks."""

import pytest

from bot.rules.job_states import JobState
from tests.e2e.world import private_words

OPTIONS = {"weight": 40, "resolution": "2304x1728", "speed": "TURBO", "copyright_check": True}


@pytest.fixture
async def card(hasty_world, heather):
    """mia's, with all options set."""
    return await hasty_world.make(hasty_world.mia, heather, "a heath in autumn", spoiler=True, **OPTIONS)


async def test_again_asks_for_the_same_once_more(hasty_world, card):
    result = await hasty_world.mia.click(card.message, label="Again")

    second = await hasty_world.card(2)
    first_call, second_call = hasty_world.ideogram.calls
    assert second_call.fields == first_call.fields
    assert second_call.source_sha256 == first_call.source_sha256
    assert second.quoted == card.quoted
    assert second.files == ["SPOILER_remix-2-1.png"]
    await hasty_world.told(result, "**Done.**")
    assert result.ephemeral


async def test_again_is_the_remix_of_whoever_clicks(hasty_world, card):
    await hasty_world.ben.click(card.message, label="Again")

    second = await hasty_world.card(2)
    assert second.lines[0] == hasty_world.ben.mention
    assert second.notified == [hasty_world.ben.id]


async def test_again_goes_through_the_gate(world, horse):
    card = await world.make(world.mia, horse)

    result = await world.mia.click(card.message, label="Again")

    await world.told(result, "You can start your next remix")
    assert len(world.jobs()) == 1


async def test_again_is_refused_where_the_bot_may_no_longer_post(hasty_world, card):
    hasty_world.deny("attach_files")

    result = await hasty_world.mia.click(card.message, label="Again")

    await hasty_world.told(result, "I'm missing the **Attach Files** permission. Ask a moderator")
    assert len(hasty_world.jobs()) == 1


async def test_one_person_has_one_again_of_a_message_open_at_a_time(hasty_world, card):
    hasty_world.hold_calls()
    first = await hasty_world.mia.click(card.message, label="Again")
    await hasty_world.told(first, "Making it now")

    second = await hasty_world.mia.click(card.message, label="Again")
    await hasty_world.told(second, "You're already making this remix again.")
    await hasty_world.ben.click(card.message, label="Again")
    await hasty_world.ideogram.until_running(2)

    hasty_world.let_calls_go()
    await hasty_world.told(first, "**Done.**")
    third = await hasty_world.mia.click(card.message, label="Again")
    await hasty_world.told(third, "**Done.**")
    assert [job.user_id for job in hasty_world.jobs()].count(hasty_world.mia.id) == 3


async def test_two_quick_clicks_on_again_make_one_remix(hasty_world, card):
    hasty_world.hold_calls()

    first = await hasty_world.mia.click(card.message, label="Again")
    second = await hasty_world.mia.click(card.message, label="Again")
    await hasty_world.until(lambda: private_words(first) and private_words(second), "two answers")

    assert len(hasty_world.jobs()) == 2


async def test_again_works_after_a_restart(hasty_world, card):
    await hasty_world.restart()

    await hasty_world.ben.click(card.message, label="Again")

    second = await hasty_world.card(2)
    assert second.lines[0] == hasty_world.ben.mention
    assert second.pictures[0].size == (256, 192)


async def test_again_of_a_picture_that_is_no_longer_kept_is_told_so(hasty_world, card):
    for file in hasty_world.settings.blob_dir.glob("*/*"):
        file.unlink()

    result = await hasty_world.mia.click(card.message, label="Again")

    await hasty_world.told(result, "I no longer have the picture for this remix.")


async def test_again_of_an_again_repeats_its_inputs_too(hasty_world, card):
    await hasty_world.ben.click(card.message, label="Again")
    second = await hasty_world.card(2)
    await hasty_world.until(lambda: hasty_world.job(2).state is JobState.DELIVERED, "the second is delivered")

    await hasty_world.ben.click(second.message, label="Again")

    assert (await hasty_world.card(3)).quoted == card.quoted


@pytest.mark.parametrize("action", ["again", "details"])
async def test_a_forged_button_reaches_no_job_that_its_message_does_not_show(hasty_world, horse, action):
    mias = await hasty_world.make(hasty_world.mia, horse, "mia's own words")
    bens = await hasty_world.make(hasty_world.ben, horse, "ben's")
    assert bens.buttons["Edit"] == "remix:edit:2"

    result = await hasty_world.click_forged(hasty_world.ben, bens.stored, f"remix:{action}:1")

    told = await hasty_world.told(result, "I no longer have the picture")
    assert "mia" not in told
    assert len(hasty_world.jobs()) == 2
    assert mias.stored.id in {card.stored.id for card in hasty_world.cards()}


@pytest.mark.parametrize("action", ["again", "details", "delete", "collect", "cancel"])
@pytest.mark.parametrize("number", ["404", "9" * 18])
async def test_a_forged_button_of_a_job_that_never_was_gets_a_sentence(hasty_world, horse, action, number):
    card = await hasty_world.make(hasty_world.mia, horse)

    result = await hasty_world.click_forged(hasty_world.ben, card.stored, f"remix:{action}:{number}")

    await hasty_world.until(lambda: hasty_world.words_for(result), "a sentence")
    assert "reference" not in hasty_world.words_for(result)
    assert len(hasty_world.cards()) == 1
