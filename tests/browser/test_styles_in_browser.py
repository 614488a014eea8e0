"""Styles in the browser: an admin adds the suggestions, a member chooses one, and the form offers them."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import PHONE

QUICK = ("--latency", "0.2", "--cooldown", "0")


@pytest.mark.parametrize("size", [PHONE])
def test_a_style_goes_from_the_suggestions_to_the_card_and_into_the_form(visit, size):
    page = visit(*QUICK, size=size)
    page.become("Rosa (moderator)")
    page.ask("remix-config styles")
    page.press_on(page.private.last, "Add 5 suggestions")
    expect(page.private.last).to_contain_text("5 changes")

    page.become("Mia")
    page.pick_command("remix")
    page.attach_sample()
    page.fill("prompt", "a red fox in the snow")
    page.add_option("style", "clay")
    page.choose("style", "Claymation")
    page.send()
    expect(page.cards).to_have_count(1)
    expect(page.cards.last).to_contain_text("Style: Claymation")
    expect(page.cards.last).to_contain_text("a red fox in the snow")
    expect(page.cards.last).not_to_contain_text("plasticine")

    page.press("Edit")
    expect(page.form).to_contain_text("Claymation")
    page.submit_form()
    expect(page.cards).to_have_count(2)
    expect(page.cards.last).to_contain_text("Style: Claymation")
    assert page.complaints == []
