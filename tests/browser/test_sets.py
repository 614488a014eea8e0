"""A weight ladder in the browser: one card with four pictures, and a number posts one of them."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import PHONE

QUICK = ("--latency", "0.2", "--cooldown", "0")


@pytest.mark.parametrize("size", [PHONE])
def test_a_ladder_is_made_of_a_card_and_one_of_it_is_picked(visit, size):
    mia = visit(*QUICK, size=size)
    mia.remix("a red fox in the snow")
    expect(mia.cards).to_have_count(1)

    mia.press("Weight ladder ($0.12, Turbo)")

    expect(mia.grids).to_have_count(1)
    grid = mia.grids.first
    expect(grid).to_contain_text("Weight 20")
    mia.until_loaded(grid.get_by_role("img", name="Weight"))
    expect(grid.get_by_role("img", name="Weight")).to_have_count(4)

    mia.press_on(grid, "3")

    expect(mia.cards).to_have_count(2)
    expect(mia.cards.last).to_contain_text("Weight 60")
    assert mia.complaints == []
