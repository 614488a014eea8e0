"""A stranger waits for a remix, finds it again in their list, and uploads a picture in the form."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import DESKTOP, PHONE

QUICK = ("--latency", "0.2", "--cooldown", "0")
BOTH_WIDTHS = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


def nothing_sticks_out(visitor):
    widths = "(list) => [list.scrollWidth, list.clientWidth]"
    wanted, there = visitor.page.locator("#channel-timeline").evaluate(widths)
    return wanted <= there


@BOTH_WIDTHS
def test_the_wait_is_a_card_with_ones_own_picture_and_the_steps(visit, size):
    mia = visit("--latency", "600", size=size)
    mia.remix("a paper boat")
    card = mia.private.last
    expect(card).to_contain_text("Making it now")
    expect(card).to_contain_text("Queued · ▸ Making · Posting")
    mia.until_loaded(card.get_by_role("img", name="The picture you sent"))
    assert nothing_sticks_out(mia)


@BOTH_WIDTHS
def test_ones_own_remixes_have_pictures_and_can_be_edited(visit, size):
    mia = visit(*QUICK, size=size)
    mia.remix("a paper boat")
    expect(mia.cards).to_have_count(1)
    mia.ask("my-remixes")
    mine = mia.private.last
    expect(mine).to_contain_text("Your remixes in this server")
    mia.until_loaded(mine.get_by_role("img", name="Remix of an attached picture: a paper boat"))
    assert nothing_sticks_out(mia)
    mia.press_on(mine, "Edit")
    mia.change_a_word("paper", "glass")
    mia.submit_form()
    expect(mia.cards).to_have_count(2)
    expect(mia.cards.last).to_contain_text("a glass boat")


@BOTH_WIDTHS
def test_without_a_picture_a_form_opens_that_has_the_prompt(visit, size):
    mia = visit(*QUICK, size=size)
    mia.pick_command("remix")
    mia.fill("prompt", "a paper boat")
    mia.click(mia.page.get_by_role("button", name="Send", exact=True))
    expect(mia.page.locator(".modal-title")).to_have_text("Remix a picture")
    mia.click(mia.page.get_by_role("button", name="Sample picture", exact=True))
    expect(mia.page.locator(".upload-file-name")).to_have_text("sample.jpg")
    mia.submit_form()
    expect(mia.cards).to_have_count(1)
    expect(mia.cards).to_contain_text("a paper boat")
