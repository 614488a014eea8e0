"""What waits for a moderator's decision, as the member and the moderator see it."""

from playwright.sync_api import expect

MEMBER, OTHER_MEMBER, MODERATOR = "Mia", "Ben", "Rosa (moderator)"
QUICK = ("--latency", "0.2")


def test_a_result_is_posted_once_a_moderator_has_looked_at_it(visit):
    page = visit(*QUICK)
    page.become(MODERATOR)
    page.choose_setting("log-channel", "mod-log")
    page.choose_setting("review-channels", "remixes")
    page.become(MEMBER)
    page.remix("a cup of teal porcelain")
    expect(page.private.last).to_contain_text("look at it before it's posted")
    page.become(MODERATOR)
    page.open_channel("mod-log")
    card = page.card("Review ·")
    expect(card).to_contain_text("a cup of teal porcelain")
    page.press_on(card, "Claim")
    expect(card).to_contain_text("Claimed by @Rosa")
    page.press_on(card, "Publish")
    expect(card).to_contain_text("Published")
    expect(card).not_to_contain_text("a cup of teal porcelain")
    page.become(MEMBER)
    expect(page.cards).to_have_count(1)
    expect(page.private.last).to_contain_text("Done.")


def test_a_refused_word_is_appealed_and_allowed_once(visit):
    page = visit(*QUICK)
    page.become(MODERATOR)
    page.choose_setting("log-channel", "mod-log")
    page.pick_command("remix-config word-add")
    page.fill("words", "cup")
    page.send()
    expect(page.private.last).to_contain_text("Case 2.")
    page.become(MEMBER)
    page.remix("a cup of teal porcelain")
    page.press_on(page.private.last, "Appeal")
    expect(page.form_field("The prompt that was refused")).to_have_value("a cup of teal porcelain")
    page.type_into("Why should the moderators decide otherwise?", "It is only a cup.")
    page.submit_form()
    expect(page.private.last).to_contain_text("The moderators have your appeal")
    page.become(MODERATOR)
    page.open_channel("mod-log")
    card = page.card("Appeal 1")
    page.press_on(card, "Allow once")
    page.submit_form()
    expect(card).to_contain_text("Allowed once")
    page.become(MEMBER)
    page.remix("a cup of teal porcelain")
    expect(page.cards).to_have_count(1)


def test_a_report_reaches_the_moderators_who_decide_it(visit):
    page = visit(*QUICK)
    page.become(MODERATOR)
    page.choose_setting("log-channel", "mod-log")
    page.become(MEMBER)
    page.remix("a cup of teal porcelain")
    expect(page.cards).to_have_count(1)
    page.become(OTHER_MEMBER)
    page.press("Report")
    page.choose_in_form("What is wrong with it?", "Hate or harassment")
    page.type_into("What should the moderators know?", "It is on her saucer.")
    page.submit_form()
    expect(page.private.last).to_contain_text("Thank you")
    page.become(MODERATOR)
    page.open_channel("mod-log")
    card = page.card("Report ·")
    expect(card).to_contain_text("It is on her saucer.")
    page.press_on(card, "Dismiss")
    # Who reported reads how it ended in a direct message, which the page does not show.
    expect(card).to_contain_text("Dismissed")
