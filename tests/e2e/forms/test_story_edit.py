"""Edit and Remix this: change a word, or go on from a result, without typing or uploading anything twice."""

import pytest

from bot.rules.job_states import JobState

OPTIONS = {"weight": 40, "speed": "TURBO"}


@pytest.fixture
async def card(hasty_world, horse):
    """Mia's, with options set."""
    return await hasty_world.make(hasty_world.mia, horse, "a horse in autumn", **OPTIONS)


async def test_edit_opens_with_everything_filled_in_and_keeps_the_picture(hasty_world, card):
    form = await hasty_world.open_form(hasty_world.mia, card, "Edit")
    fields = hasty_world.fields_of(form)
    assert (fields["prompt"], fields["weight"], fields["speed"]) == ("a horse in autumn", "40", "TURBO")
    assert "$0.03 per image" in str(form.modal)

    result = await hasty_world.submit_form(hasty_world.mia, form, prompt="a horse in winter")

    await hasty_world.told(result, "**Done.**")
    second = await hasty_world.card(2)
    first_call, second_call = hasty_world.ideogram.calls
    assert second.quoted == "> a horse in winter"
    assert second_call.source_sha256 == first_call.source_sha256
    assert second_call.fields | {"text_prompt": ""} == first_call.fields | {"text_prompt": ""}
    assert result.ephemeral


async def test_edit_is_the_remix_of_whoever_edits(hasty_world, card):
    form = await hasty_world.open_form(hasty_world.ben, card, "Edit")
    await hasty_world.submit_form(hasty_world.ben, form)
    second = await hasty_world.card(2)
    assert (second.lines[0], second.notified) == (hasty_world.ben.mention, [hasty_world.ben.id])


async def test_a_form_that_was_open_over_a_restart_still_works(hasty_world, card):
    form = await hasty_world.open_form(hasty_world.mia, card, "Edit")
    await hasty_world.restart()
    await hasty_world.submit_form(hasty_world.mia, form, prompt="in spring")
    assert (await hasty_world.card(2)).quoted == "> in spring"


@pytest.mark.parametrize("weight", ["٣", "1_0", "-5", "abc", "101"])
async def test_a_weight_that_is_no_number_is_refused_kindly(hasty_world, card, weight):
    form = await hasty_world.open_form(hasty_world.mia, card, "Edit")
    result = await hasty_world.submit_form(hasty_world.mia, form, weight=weight)
    await hasty_world.told(result, "The weight must be between 1 and 100")
    assert len(hasty_world.jobs()) == 1


async def test_the_gate_is_asked_when_the_form_is_sent(world, horse):
    card = await world.make(world.mia, horse)
    form = await world.open_form(world.mia, card, "Edit")
    result = await world.submit_form(world.mia, form)
    await world.told(result, "You can start your next remix")
    assert len(world.jobs()) == 1


async def test_remix_this_makes_the_result_the_source(hasty_world, card):
    form = await hasty_world.open_form(hasty_world.ben, card, "Remix this")
    fields = hasty_world.fields_of(form)
    assert (fields["prompt"], fields["weight"]) == ("", "60")

    await hasty_world.submit_form(hasty_world.ben, form, prompt="as a woodcut")

    second = await hasty_world.card(2)
    assert second.quoted == "> as a woodcut"
    first_call, second_call = hasty_world.ideogram.calls
    assert second_call.source_sha256 != first_call.source_sha256
    assert second_call.fields["image_weight"] == "60"
    await hasty_world.until(lambda: hasty_world.job(2).state is JobState.DELIVERED, "it is delivered")


async def test_more_has_the_buttons_that_are_needed_less_often(hasty_world, card):
    assert list(card.buttons) == ["Again", "Edit", "Remix this", "More"]
    more = await hasty_world.open_more(hasty_world.mia, card)
    assert more.ephemeral
    assert "Remix 1" not in str(more.response.content)
    for label in ("Compare", "Details", "Delete"):
        answer = await hasty_world.press(hasty_world.mia, card, label)
        await hasty_world.until(lambda answer=answer: hasty_world.words_for(answer), "an answer")
        assert answer.ephemeral
