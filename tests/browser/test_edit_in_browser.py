"""Going on from a remix in the browser: how few actions it takes."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import DESKTOP, PHONE

QUICK = ("--latency", "0.2", "--cooldown", "0")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_changing_one_word_takes_three_actions(visit, size):
    """The button, the word, Submit: nothing else is typed, and nothing is uploaded again."""
    mia = visit(*QUICK, size=size)
    mia.remix("a red fox in the snow")
    expect(mia.cards).to_have_count(1)

    mia.press("Edit")
    mia.change_a_word("snow", "rain")
    mia.submit_form()

    expect(mia.cards).to_have_count(2)
    expect(mia.cards.last).to_contain_text("a red fox in the rain")
    assert mia.actions == ["press Edit", "change snow", "submit"]
    assert mia.complaints == []


@pytest.mark.parametrize("size", [PHONE])
def test_a_result_is_remixed_by_somebody_else(visit, size):
    page = visit(*QUICK, size=size)
    page.remix("a red fox")
    expect(page.cards).to_have_count(1)
    page.become("Rosa (moderator)")
    page.press("Remix this")
    page.type_into("Prompt", "as a woodcut")
    page.submit_form()
    expect(page.cards).to_have_count(2)
    expect(page.cards.last).to_contain_text("as a woodcut")
