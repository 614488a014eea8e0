"""Nothing that was typed is lost: a refusal or a failure has buttons that go on with it."""

import pytest

from bot.demo.ideogram_stand_in import Fault
from bot.rules.job_states import JobState
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.storage.standing import policies
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member
from tests.e2e.cards import Card
from tests.e2e.world import private_buttons

SQUARE_PROMPT = "a horse made of glass"
GONE = "I no longer have what you typed there"


async def shape_conflict(world, horse):
    return await refused(world, horse, "different shape", weight=40, resolution="2048x2048")


async def refused(world, horse, words, who=None, prompt=SQUARE_PROMPT, **options):
    result = await world.remix(who or world.mia, horse, prompt, **options)
    await world.told(result, words)
    return result


async def press(world, result, label, who=None):
    return await (who or world.mia).click(result.response, label=label)


async def open_form(world, result):
    shown = await press(world, result, "Edit and retry")
    await world.until(lambda: shown.modal, "a form")
    return shown


async def on_cooldown(world, horse):
    await world.make(world.mia, horse)
    return await refused(world, horse, "You can start your next remix")


def set_policy(world, **settings):
    world.app.core.database.transaction_now(policies.write, world.server.id, Policy(**settings))


@pytest.mark.parametrize(
    ("label", "weight", "resolution"), [("Keep weight", "40", None), ("Keep shape", None, "2048x2048")]
)
async def test_of_weight_and_another_shape_one_click_keeps_either(world, horse, label, weight, resolution):
    result = await shape_conflict(world, horse)
    assert private_buttons(result) == ["Keep weight", "Keep shape", "Edit and retry"]

    await press(world, result, label)

    card = await world.card()
    (call,) = world.ideogram.calls
    assert (call.fields.get("image_weight"), call.fields.get("resolution")) == (weight, resolution)
    assert card.quoted == f"> {SQUARE_PROMPT}"
    assert call.prompt == SQUARE_PROMPT


async def test_edit_and_retry_opens_with_what_was_typed_and_the_same_picture(world, horse):
    result = await shape_conflict(world, horse)

    form = await open_form(world, result)
    fields = world.fields_of(form)
    assert (fields["prompt"], fields["weight"], fields["size"]) == (SQUARE_PROMPT, "40", "2048x2048")
    await world.submit_form(world.mia, form, prompt="a horse made of paper", size="auto")

    card = await world.card()
    assert card.quoted == "> a horse made of paper"
    assert world.ideogram.calls[0].fields["image_weight"] == "40"


async def test_what_is_wrong_again_in_the_form_is_kept_again(world, horse):
    result = await shape_conflict(world, horse)
    form = await open_form(world, result)
    second = await world.submit_form(world.mia, form, prompt="second words", weight="500", size="auto")
    await world.told(second, "The weight must be between 1 and 100")

    form = await open_form(world, second)
    fields = world.fields_of(form)
    assert (fields["prompt"], fields["weight"]) == ("second words", "500")
    await world.submit_form(world.mia, form, weight="50")
    assert (await world.card()).quoted == "> second words"


@pytest.mark.parametrize("restarted", [False, True])
async def test_start_when_ready_waits_for_the_cooldown_and_counts_once(world, horse, restarted):
    result = await on_cooldown(world, horse)
    assert private_buttons(result) == ["Start when ready", "Edit and retry"]
    if restarted:
        await world.restart()

    queued = await press(world, result, "Start when ready")

    told = await world.told(queued, "It starts <t:")
    assert "when your cooldown is over" in told
    assert (world.job(2).state, len(world.ideogram.calls)) == (JobState.QUEUED, 1)
    world.later(31)
    assert (await world.card(2)).quoted == f"> {SQUARE_PROMPT}"
    assert len(world.ideogram.calls) == 2
    # The next cooldown runs from the start, not from the click.
    third = await world.remix(world.mia, horse)
    await world.told(third, "You can start your next remix")


async def test_only_one_waits_for_the_cooldown_and_a_double_click_is_one(world, horse):
    result = await on_cooldown(world, horse)
    await world.told(await press(world, result, "Start when ready"), "It starts <t:")
    again = await press(world, result, "Start when ready")
    await world.told(again, GONE)
    another = await refused(world, horse, "You can start your next remix", prompt="another")

    second = await press(world, another, "Start when ready")

    await world.told(second, "One of your remixes waits for your cooldown already")
    assert len(world.jobs()) == 2


async def test_cancelling_what_waits_brings_the_cooldown_back(world, horse):
    result = await on_cooldown(world, horse)
    queued = await press(world, result, "Start when ready")
    await world.told(queued, "It starts <t:")
    cancelled = await press(world, queued, "Cancel")
    await world.until(lambda: world.job(2).state is JobState.CANCELLED, "it is cancelled")
    assert cancelled.acknowledged

    await refused(world, horse, "You can start your next remix")
    world.later(31)
    await world.remix(world.mia, horse, "later")
    assert (await world.card(2)).quoted == "> later"


async def test_who_is_blocked_while_it_waits_pays_nothing(world, horse):
    result = await on_cooldown(world, horse)
    queued = await press(world, result, "Start when ready")
    await world.told(queued, "It starts <t:")
    await block_member(world.app.core, Acting(world.server.id, world.rosa.id, "spam"), world.mia.id, None)
    world.later(31)
    await world.until(lambda: world.job(2).state is not JobState.QUEUED, "it ends")
    assert (world.job(2).state, len(world.ideogram.calls)) == (JobState.FAILED, 1)


async def test_a_budget_offers_the_speed_that_still_fits_and_names_its_price(hasty_world, horse):
    world = hasty_world
    set_policy(world, daily_budget=40_000)
    result = await refused(world, horse, "still fits", speed=Speed.DEFAULT.value)
    assert private_buttons(result) == ["Use Turbo ($0.03)", "Edit and retry"]

    await press(world, result, "Use Turbo ($0.03)")

    await world.card()
    assert world.ideogram.calls[0].fields["rendering_speed"] == "TURBO"


async def test_the_cheaper_speed_also_rescues_again(hasty_world, horse):
    world = hasty_world
    card = await world.make(world.mia, horse, SQUARE_PROMPT, speed=Speed.DEFAULT.value)
    set_policy(world, daily_budget=100_000)
    result = await world.mia.click(card.message, label="Again")
    await world.told(result, "still fits")
    await press(world, result, "Use Turbo ($0.03)")
    assert (await world.card(2)).quoted == f"> {SQUARE_PROMPT}"
    assert world.ideogram.calls[1].fields["rendering_speed"] == "TURBO"
    assert world.ideogram.calls[1].source_sha256 == world.ideogram.calls[0].source_sha256


async def test_again_waits_for_the_cooldown_too(world, horse):
    card = await world.make(world.mia, horse)
    result = await world.mia.click(card.message, label="Again")
    await world.told(result, "You can start your next remix")
    queued = await press(world, result, "Start when ready")
    await world.told(queued, "It starts <t:")
    world.later(31)
    await world.card(2)
    assert world.job(2).parent_id == 1


async def test_the_form_of_a_card_that_is_refused_opens_again_with_its_words(world, horse):
    card = await world.make(world.mia, horse)
    form = await world.open_form(world.mia, card, "Remix this")
    result = await world.submit_form(world.mia, form, prompt="as a woodcut")
    await world.told(result, "You can start your next remix")
    form = await open_form(world, result)
    assert world.fields_of(form)["prompt"] == "as a woodcut"
    world.later(31)
    await world.submit_form(world.mia, form)
    assert (await world.card(2)).quoted == "> as a woodcut"
    assert world.ideogram.calls[1].source_sha256 != world.ideogram.calls[0].source_sha256


async def test_nobody_else_can_use_what_was_typed(world, horse):
    result = await shape_conflict(world, horse)
    for label in ("Keep weight", "Edit and retry"):
        custom_id = Card(world.discord, result.response._message).buttons[label]
        other = await world.click_forged(world.ben, result.response._message, custom_id)
        await world.until(lambda other=other: GONE in world.words_for(other), "it is refused")
    assert world.jobs() == []


async def test_it_is_kept_for_fifteen_minutes(world, horse):
    result = await shape_conflict(world, horse)
    world.later(15 * 60 + 1)
    late = await press(world, result, "Keep weight")
    await world.told(late, GONE)
    assert world.jobs() == []


async def test_a_picture_that_discord_no_longer_gives_is_asked_for_kindly(world, horse):
    result = await shape_conflict(world, horse)
    world.discord.backend.cdn._blobs.clear()
    answer = await press(world, result, "Keep weight")
    await world.told(answer, "Discord no longer gives me the picture")
    form = await open_form(world, answer)
    assert world.fields_of(form)["prompt"] == SQUARE_PROMPT


async def test_where_nothing_helps_there_is_only_the_button_to_appeal(world, horse):
    await block_member(world.app.core, Acting(world.server.id, world.rosa.id, "spam"), world.mia.id, None)
    result = await refused(world, horse, "blocked from making remixes")
    assert private_buttons(result) == ["Appeal"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_an_unknown_outcome_is_tried_again_by_one_click(world, horse, restarted):
    world.ideogram.dials.fail = [Fault.INTERNAL]
    result = await world.remix(world.mia, horse, SQUARE_PROMPT, weight=60)
    await world.told(result, "I can't tell if this was made")
    await world.until(lambda: private_buttons(result) == ["Try again", "Edit and retry"], "the buttons")
    if restarted:
        await world.restart()

    await press(world, result, "Try again")

    assert (await world.card()).quoted == f"> {SQUARE_PROMPT}"
    first, second = world.ideogram.calls
    assert (first.source_sha256, first.fields) == (second.source_sha256, second.fields)


async def test_a_refused_prompt_is_corrected_without_the_picture_being_sent_again(hasty_world, horse):
    world = hasty_world
    world.ideogram.dials.fail = [Fault.PROMPT_UNSAFE]
    result = await world.remix(world.mia, horse, SQUARE_PROMPT)
    await world.told(result, "safety check refused the prompt")
    await world.until(lambda: private_buttons(result) == ["Edit and retry"], "the button")
    form = await open_form(world, result)
    assert world.fields_of(form)["prompt"] == SQUARE_PROMPT
    await world.submit_form(world.mia, form, prompt="kinder words")
    assert (await world.card()).quoted == "> kinder words"


async def test_the_source_of_a_failure_is_kept_no_longer_than_its_button_works(hasty_world, horse):
    world = hasty_world
    world.ideogram.dials.fail = [Fault.PROMPT_UNSAFE]
    result = await world.remix(world.mia, horse, SQUARE_PROMPT)
    await world.until(lambda: private_buttons(result) == ["Edit and retry"], "the button")
    world.later(15 * 60 + 1)
    await world.app.watchers.housekeeping.once(forget=False)
    late = await press(world, result, "Edit and retry")
    await world.told(late, "I no longer have the picture")


async def test_a_forged_form_of_a_remix_that_never_was_is_refused_kindly(hasty_world, horse):
    world = hasty_world
    card = await world.make(world.mia, horse)
    form = await world.open_form(world.mia, card, "Edit")
    form._interaction.modal["custom_id"] = "remix:form:edit:999"
    result = await world.submit_form(world.mia, form, weight="500")
    await world.told(result, "The weight must be between 1 and 100")
    assert private_buttons(result) == []
