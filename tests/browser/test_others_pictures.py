"""Remix picture in the browser: refused by default, and asked for where the server says so."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import PHONE

QUICK = ("--latency", "0.2", "--cooldown", "0")
ROSA = "Rosa (moderator)"


@pytest.mark.parametrize("size", [PHONE])
def test_the_author_of_a_picture_is_asked_and_agrees(visit, size):
    page = visit(*QUICK, size=size)
    page.use_app("Welcome!", "Remix picture")
    expect(page.private.last).to_contain_text("not other people's")

    page.become(ROSA)
    page.pick_command("remix-config set")
    page.fill("name", "others-pictures")
    page.choose("value", "ask")
    page.send()
    expect(page.private.last).to_contain_text("Case 1.")

    page.become("Mia")
    page.use_app("Welcome!", "Remix picture")
    page.type_into("Prompt", "as a woodcut")
    page.submit_form()
    expect(page.private.last).to_contain_text("I've asked")
    expect(page.cards).to_have_count(0)

    page.become(ROSA)
    question = page.page.locator("article.channel-message", has_text="would like to make a remix").last
    page.click(question.get_by_role("button", name="What will it become?"))
    expect(page.private.last).to_contain_text("as a woodcut")
    page.click(question.get_by_role("button", name="Yes, go ahead"))
    expect(page.cards).to_have_count(1)
    expect(page.cards.last).to_contain_text("From a picture by")
    page.until_loaded(page.cards.get_by_role("img", name="Remix of"))
    assert page.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.complaints == []
