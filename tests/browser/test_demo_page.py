"""A stranger tries the bot in the browser: the whole way of a remix, on the demo's page."""

import pytest
from playwright.sync_api import expect

from tests.browser.demo_process import demo_page, open_page
from tests.browser.visitor import DESKTOP, PHONE, Visitor

MEMBER, MODERATOR = "Mia", "Rosa (moderator)"
QUICK = ("--latency", "0.2")
SEEN = ("--latency", "8")
"""Long enough for the browser to see a remix being made: beside other tests, a page can be drawn seconds late."""


def test_an_uploaded_photo_becomes_a_card_without_a_reload(visit, photo):
    mia = visit(*SEEN, full_size=True)
    mia.page.evaluate("() => { document.body.dataset.opened = 'once'; }")
    mia.remix("a paper flower on blue velvet", photo)
    expect(mia.private.last).to_contain_text("Making it now")
    expect(mia.cards).to_contain_text("a paper flower on blue velvet")
    mia.until_loaded(mia.cards.get_by_role("img", name="Remix of an attached picture: a paper flower on blue velvet"))
    expect(mia.private.last).to_contain_text("Done.")
    assert mia.page.locator("body").get_attribute("data-opened") == "once"
    expect(mia.cards.get_by_role("button", name="More")).to_be_in_viewport()
    assert mia.complaints == []


def test_a_second_person_sees_their_place_and_can_cancel(visit):
    page = visit("--latency", "600")
    page.remix("first")
    expect(page.private.last).to_contain_text("Making it now")
    page.become(MODERATOR)
    page.remix("second")
    expect(page.private.last).to_contain_text("You are next.")
    page.click(page.private.last.get_by_role("button", name="Cancel"))
    expect(page.private.last).to_contain_text("Cancelled. Nothing was charged")


def test_again_right_afterwards_is_refused_until_the_cooldown_is_over(visit):
    mia = visit(*QUICK, "--cooldown", "60")
    mia.remix("a teapot")
    mia.press("Again")
    expect(mia.private.last).to_contain_text("You can start your next remix in ")
    expect(mia.cards).to_have_count(1)


def test_somebody_else_can_make_it_again(visit):
    page = visit(*QUICK)
    page.remix("a teapot")
    expect(page.cards).to_have_count(1)
    page.become(MODERATOR)
    page.press("Again")
    expect(page.cards).to_have_count(2)
    expect(page.cards.last).to_contain_text("@Rosa")


def test_a_moderator_deletes_anybodys_card_and_a_member_only_their_own(visit):
    page = visit(*QUICK)
    page.remix("by a member")
    expect(page.cards).to_have_count(1)
    page.become(MODERATOR)
    page.remix("by a moderator")
    expect(page.cards).to_have_count(2)
    page.become(MEMBER)
    page.press("Delete")
    expect(page.private.last).to_contain_text("Only the person who started this remix")
    expect(page.cards).to_have_count(2)
    page.become(MODERATOR)
    page.press_on(page.cards.first, "Delete")
    page.press_on(page.private.last, "Delete for good")
    expect(page.private.last).to_contain_text("is removed")
    expect(page.cards).to_have_count(1)
    expect(page.cards).to_contain_text("by a moderator")


def test_a_moderator_blocks_a_member_for_a_day_and_takes_it_back_by_its_case(visit):
    page = visit(*QUICK)
    page.become(MODERATOR)
    page.pick_command("remix-mod block")
    page.choose("member", MEMBER)
    page.add_option("duration", "24h")
    page.add_option("reason", "Flooding the channel")
    page.send()
    expect(page.private.last).to_contain_text("Case 1.")
    page.become(MEMBER)
    page.remix("a teapot")
    expect(page.private.last).to_contain_text("blocked from making remixes in this server until ")
    expect(page.private.last).to_contain_text("Flooding the channel")
    page.become(MODERATOR)
    page.pick_command("remix-mod undo")
    page.fill("number", "1")
    page.send()
    expect(page.private.last).to_contain_text("Case 2.")
    page.become(MEMBER)
    page.remix("a teapot")
    expect(page.cards).to_have_count(1)


def test_compare_shows_before_and_after_to_the_author_alone(visit):
    page = visit(*QUICK)
    page.remix("a teapot")
    page.press("Compare")
    expect(page.private.last).to_contain_text("Before and after")
    expect(page.private.last.get_by_role("img")).to_have_count(2)
    page.until_loaded(page.private.last.get_by_role("img"))
    page.become(MODERATOR)
    page.press("Compare")
    expect(page.private.last).to_contain_text("Only the person who sent the picture can compare")
    expect(page.private.last.get_by_role("img")).to_have_count(0)


def test_details_and_my_remixes_answer_privately(visit):
    page = visit(*QUICK)
    page.remix("a teapot")
    page.press("Details")
    expect(page.private.last).to_contain_text("Cost $0.06")
    page.ask("my-remixes")
    expect(page.private.last).to_contain_text("Your remixes in this server")
    expect(page.private.last).to_contain_text("a teapot")


def test_a_failure_that_the_visitor_asked_for_is_told_in_a_sentence(visit):
    mia = visit(*QUICK, "--fail", "422-prompt")
    mia.remix("something refused")
    expect(mia.private.last).to_contain_text("Ideogram's safety check refused the prompt. Nothing was charged")
    expect(mia.cards).to_have_count(0)


def test_on_a_phone_nothing_sticks_out(visit):
    mia = visit(*QUICK, size=PHONE)
    mia.remix("a paper boat on a lake, " * 20)
    mia.until_loaded(mia.cards.get_by_role("img", name="Remix of"))
    assert mia.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    widths = "(list) => [list.scrollWidth, list.clientWidth]"
    wanted, there = mia.page.locator("#channel-timeline").evaluate(widths)
    assert wanted <= there


def test_the_apps_of_a_message_open_a_menu_and_run_on_that_message(visit):
    mia = visit("tests.integration.demo.tiny_bot", page=open_page)
    mia.use_app("Welcome!", "Remix this image")
    expect(mia.private.last).to_contain_text("used on 1 picture")


def test_enter_sends_a_command_whose_last_option_or_file_was_chosen(visit):
    page = visit(*QUICK)
    page.become(MODERATOR)
    page.pick_command("remix-mod why")
    page.choose("member", MEMBER)
    page.send()
    expect(page.private.last).to_contain_text("@Mia can make a remix in #remixes now")
    page.pick_command("remix-mod test picture")
    page.attach_sample()
    page.send()
    expect(page.private.last).to_contain_text("Nothing on the lists looks like this picture")


def test_what_was_kept_is_there_at_the_next_start(chromium, tmp_path):
    kept = (*QUICK, "--keep", str(tmp_path))
    with demo_page(*kept) as address:
        mia = Visitor(chromium.new_page(), address)
        mia.remix("a teapot")
        expect(mia.private.last).to_contain_text("Done.")
    with demo_page(*kept) as address:
        mia = Visitor(chromium.new_page(), address)
        expect(mia.cards).to_have_count(0)
        mia.ask("my-remixes")
        expect(mia.private.last).to_contain_text("a teapot")


def test_links_to_a_message_lead_to_it_on_the_page(visit):
    mia = visit(*QUICK, size=(1280, 300))
    mia.remix("a teapot")
    expect(mia.private.last).to_contain_text("Done.")
    mia.until_loaded(mia.cards.get_by_role("img"))
    mia.scroll_to_the_top()
    expect(mia.cards).not_to_be_in_viewport()
    mia.click_while_the_page_is_drawn_anew(mia.private.last.get_by_role("link", name="Go to the result"))
    expect(mia.cards).to_be_in_viewport(ratio=0.1)
    assert len(mia.page.context.pages) == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_reload_opens_at_the_newest_message_and_what_developers_need_is_hidden(visit, size):
    mia = visit(*QUICK, size=size)
    mia.remix("a teapot")
    expect(mia.cards).to_have_count(1)
    mia.page.reload()
    mia.until_loaded(mia.page.get_by_role("img"))
    expect(mia.cards.get_by_role("button", name="More")).to_be_in_viewport()
    for name in ("Refresh preview", "Capture", "Inspector", "Messages"):
        expect(mia.page.get_by_role("button", name=name)).to_have_count(0)


@pytest.mark.parametrize("key", ["Enter", "Tab"])
@pytest.mark.parametrize("delay_ms", [0, 60])
def test_the_command_that_was_typed_is_the_one_that_is_taken(visit, key, delay_ms):
    mia = visit(*QUICK)
    mia.field.click()
    mia.page.keyboard.type("/remix", delay=delay_ms)
    mia.page.keyboard.press(key)
    expect(mia.page.locator(".command-chip")).to_have_text("/remix")


def test_arrow_keys_still_choose_another_command(visit):
    mia = visit(*QUICK)
    mia.field.click()
    mia.page.keyboard.type("/remix", delay=60)
    mia.page.keyboard.press("ArrowDown")
    mia.page.keyboard.press("Enter")
    expect(mia.page.locator(".command-chip")).to_have_text("/remix-appeal")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_what_is_missing_in_a_command_is_said_where_it_can_be_read(visit, size):
    mia = visit(*QUICK, size=size)
    mia.pick_command("remix")
    mia.click(mia.page.get_by_role("button", name="Send", exact=True))
    bubble = mia.page.locator(".command-error").first
    expect(bubble).to_be_in_viewport(ratio=1)
    assert bubble.evaluate(_IS_ON_TOP)


_IS_ON_TOP = """(bubble) => {
  const { left, top, right, bottom } = bubble.getBoundingClientRect();
  const corners = [[left + 2, top + 2], [right - 2, bottom - 2]];
  return corners.every(([x, y]) => bubble.contains(document.elementFromPoint(x, y)));
}"""


def test_on_a_phone_options_say_what_they_are_for_and_buttons_are_large_enough_for_a_finger(visit):
    mia = visit(*QUICK, size=PHONE)
    expect(mia.page.locator("article.channel-message").first).not_to_contain_text("Enter")
    mia.remix("a teapot")
    expect(mia.cards).to_have_count(1)
    heights = "(list) => list.map((it) => it.getBoundingClientRect().height)"
    assert min(mia.cards.locator(".message-components").get_by_role("button").evaluate_all(heights)) >= 44
    mia.pick_command("remix")
    mia.click(mia.page.locator(".command-ghost"))
    weight = mia.page.locator('.command-suggestion[data-value="weight"]')
    expect(weight).to_contain_text("100")
    assert weight.locator(".command-suggestion-ellipsis").evaluate("(it) => it.scrollWidth <= it.clientWidth + 1")
    mia.become(MODERATOR)
    mia.pick_command("remix-config picture-remove")
    expect(mia.page.locator(".command-context-close")).to_be_in_viewport(ratio=1)


def test_a_picture_that_is_still_loading_is_not_shown_as_a_broken_one(visit):
    mia = visit(*QUICK)
    hidden = "(pictures) => pictures.every((it) => it.naturalWidth > 0 || getComputedStyle(it).opacity === '0')"
    mia.page.get_by_label("Viewing as").select_option(label=MODERATOR)
    for _ in range(5):
        assert mia.page.locator("article.channel-message img").evaluate_all(hidden)
    mia.until_loaded(mia.page.get_by_role("img", name="sample.jpg"))
