"""Styles, from the admin who adds one to the card that names it."""

import pytest

from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.storage.privacy.forgetting import forget_history
from bot.storage.privacy.personal_data import remixes_before
from bot.storage.standing import policies
from tests.e2e.admins import Admins
from tests.e2e.world import private_words

ENDING = "in claymation, by *hand* <@1>"
CLAY = {"name": "Clay_mation", "prompt_ending": ENDING, "weight": 40, "speed": "Turbo"}


@pytest.fixture
async def admins(hasty_world):
    """Anna has added a style."""
    admins = Admins(hasty_world)
    await admins.told("style-add", **CLAY)
    return admins


async def choices(world, command, option, typed="", who=None):
    await (who or world.mia).autocomplete(world.channel, command, option, typed)
    asked = list(world.discord.backend.interactions.values())[-1]
    await world.until(lambda: asked.autocomplete_choices is not None, "choices")
    return {choice["value"]: choice["name"] for choice in asked.autocomplete_choices}


@pytest.mark.usefixtures("admins")
async def test_a_style_adds_its_words_weight_and_speed_and_the_card_names_it(hasty_world, horse):
    offered = await choices(hasty_world, "remix", "style", "CLAY")
    assert offered == {"Clay_mation": f"Clay_mation · weight 40 · Turbo · {ENDING}"}

    card = await hasty_world.make(hasty_world.mia, horse, "a horse", style="clay_MATION")

    assert card.quoted == "> a horse"
    assert card.small[0].startswith("Style: Clay\\_mation · Weight 40 · ")
    assert card.small[0].endswith("Turbo")
    fields = hasty_world.ideogram.calls[0].fields
    assert fields["text_prompt"] == f"a horse, {ENDING}"
    assert (fields["image_weight"], fields["rendering_speed"]) == ("40", "TURBO")
    details = await hasty_world.press(hasty_world.ben, card, "Details")
    await hasty_world.told(details, "Style: Clay\\_mation")


@pytest.mark.usefixtures("admins")
async def test_what_the_member_names_goes_before_what_the_style_names(hasty_world, horse):
    await hasty_world.make(hasty_world.mia, horse, style="Clay_mation", weight=7, speed="QUALITY")
    fields = hasty_world.ideogram.calls[0].fields
    assert (fields["image_weight"], fields["rendering_speed"]) == ("7", "QUALITY")


@pytest.mark.usefixtures("admins")
async def test_a_size_of_another_shape_goes_before_the_weight_of_the_style(hasty_world, horse):
    await hasty_world.make(hasty_world.mia, horse, style="Clay_mation", resolution="2048x2048")
    assert "image_weight" not in hasty_world.ideogram.calls[0].fields


@pytest.mark.usefixtures("admins")
async def test_a_speed_that_the_server_does_not_allow_is_not_taken_from_a_style(hasty_world, horse):
    only = Policy(speeds=frozenset({Speed.QUALITY}))
    hasty_world.app.core.database.transaction_now(policies.write, hasty_world.server.id, only)
    await hasty_world.make(hasty_world.mia, horse, style="Clay_mation")
    assert hasty_world.ideogram.calls[0].fields["rendering_speed"] == "QUALITY"


@pytest.mark.usefixtures("admins")
@pytest.mark.parametrize("style", ["Fog", "x" * 6000, "'; DROP TABLE styles"])
async def test_a_style_that_the_server_does_not_have_is_refused_kindly(hasty_world, horse, style):
    result = await hasty_world.remix(hasty_world.mia, horse, style=style)
    await hasty_world.told(result, "This server doesn't have that style.")
    assert hasty_world.jobs() == []


async def test_the_prompt_and_the_ending_together_are_not_too_long(make_world, horse):
    world = await make_world(cooldown_s=0, max_prompt_chars=100)
    await Admins(world).told("style-add", name="Fog", prompt_ending="x" * 50)
    result = await world.remix(world.mia, horse, "y" * 60, style="Fog")
    await world.told(result, "your prompt can have at most 48 characters")
    await world.make(world.mia, horse, "y" * 48, style="Fog")
    assert len(world.ideogram.calls[0].prompt) == 100


async def test_again_keeps_what_was_sent_and_edit_chooses_the_style_whatever_became_of_it(hasty_world, admins, horse):
    card = await hasty_world.make(hasty_world.mia, horse, "a horse", style="Clay_mation")
    form = await hasty_world.open_form(hasty_world.mia, card, "Edit")
    assert hasty_world.fields_of(form)["style"] == "style:Clay_mation"
    assert hasty_world.fields_of(form)["prompt"] == "a horse"

    await admins.told("style-add", **CLAY | {"prompt_ending": "in wet clay"})
    await hasty_world.submit_form(hasty_world.mia, form, prompt="a mare")
    second = await hasty_world.card(2)
    assert hasty_world.ideogram.calls[1].prompt == "a mare, in wet clay"
    assert "Style: " in second.small[0]

    await admins.told("style-remove", name="clay_mation")
    await hasty_world.press(hasty_world.ben, card, "Again")
    third = await hasty_world.card(3)
    assert hasty_world.ideogram.calls[2].fields == hasty_world.ideogram.calls[0].fields
    assert "Style: Clay\\_mation" in third.small[0]


async def test_a_form_says_that_the_style_is_gone_and_goes_on_without_it(hasty_world, admins, horse):
    card = await hasty_world.make(hasty_world.mia, horse, "a horse", style="Clay_mation")
    early = await hasty_world.open_form(hasty_world.mia, card, "Edit")
    await admins.told("style-remove", name="Clay_mation")

    late = await hasty_world.open_form(hasty_world.mia, card, "Edit")
    assert "The style Clay_mation no longer exists here" in str(late.modal)
    assert "style" not in hasty_world.fields_of(late)
    await hasty_world.submit_form(hasty_world.mia, late)
    second = await hasty_world.card(2)
    assert "Style" not in second.small[0]
    assert hasty_world.ideogram.calls[1].prompt == "a horse"

    result = await hasty_world.submit_form(hasty_world.mia, early)
    await hasty_world.told(result, "This server doesn't have that style.")
    assert len(hasty_world.jobs()) == 2


@pytest.mark.usefixtures("admins")
async def test_remix_this_offers_the_styles_and_no_style_is_one_choice(hasty_world, horse):
    card = await hasty_world.make(hasty_world.mia, horse)
    form = await hasty_world.open_form(hasty_world.ben, card, "Remix this")
    assert hasty_world.fields_of(form)["style"] == "none"
    await hasty_world.submit_form(hasty_world.ben, form, prompt="a mare", style="style:Clay_mation", weight="")
    await hasty_world.card(2)
    fields = hasty_world.ideogram.calls[1].fields
    assert (fields["text_prompt"], fields["image_weight"]) == (f"a mare, {ENDING}", "40")


async def test_the_list_adds_five_suggestions_once_and_leaves_what_is_there(hasty_world):
    admins = Admins(hasty_world)
    own = await admins.told("style-add", name="claymation", prompt_ending="mine")
    assert own.startswith("Style **claymation** is now “mine”. Case 1.")
    shown = await admins.press("styles")
    pressed = await admins.anna.click(shown.response, label="Add 4 suggestions")
    await hasty_world.until(lambda: "Stained glass" in private_words(shown), "the list is new")
    await hasty_world.until(lambda: "Add" not in str(shown.response.components), "there is nothing left to add")
    assert [len(each.components) for each in pressed.followups] == [2]
    offered = await choices(hasty_world, "remix", "style")
    assert list(offered) == ["claymation", "Pencil sketch", "Pixel art", "Stained glass", "Watercolour"]
    assert "mine" in offered["claymation"]
    assert len(admins.cases) == 5


async def test_only_admins_change_styles(hasty_world, admins):
    shown = await admins.press("styles")
    stored = shown.response._message
    await hasty_world.click_forged(hasty_world.rosa, stored, "remix-config:style-suggestions")
    assert len(admins.cases) == 1


async def test_what_is_wrong_with_a_style_is_said(hasty_world):
    admins = Admins(hasty_world)
    told = await admins.told("style-add", name="\u200b", prompt_ending="\u2063")
    assert "its name must have 1 to 32 characters that can be seen" in told
    assert "`ending` must be a text of 1 to 200 characters" in told
    assert "This server has no style with that name" in await admins.told("style-remove", name="Fog")
    assert admins.cases == []


async def test_the_panel_the_page_and_the_help_name_the_styles(hasty_world, admins):
    assert "Styles: Clay\\_mation." in await admins.told("panel")
    assert "Clay\\_mation: “in claymation, by \\*hand\\* \\<\\@1\\>”, weight 40, Turbo" in await admins.told("show")
    shown = await hasty_world.mia.slash(hasty_world.channel, "remix-help")
    await hasty_world.until(lambda: "**Styles:** Clay\\_mation" in private_words(shown), "the help names it")


@pytest.mark.usefixtures("admins")
async def test_a_style_is_in_its_authors_copy_and_goes_with_the_prompt(hasty_world, horse):
    await hasty_world.make(hasty_world.mia, horse, style="Clay_mation")
    database = hasty_world.app.core.database
    (own,) = database.transaction_now(remixes_before, hasty_world.mia.id, None, 9)
    assert (own["prompt"], own["style_name"], own["style_ending"]) == ("as a watercolour", "Clay_mation", ENDING)

    database.transaction_now(forget_history, [1], hasty_world.bot_time())

    request = hasty_world.job().request
    assert (request.prompt, request.style_name, request.style_ending) == ("", None, None)
