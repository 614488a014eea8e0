"""The demo's second channel, for moderators, is out of the members' sight."""

from playwright.sync_api import expect

MEMBER, MODERATOR = "Mia", "Rosa (moderator)"
QUICK = ("--latency", "0.2")


def test_the_moderators_log_is_in_a_channel_that_members_do_not_see(visit):
    page = visit(*QUICK)
    channels = page.page.get_by_label("Channels").get_by_role("button")
    expect(channels).to_have_text(["# remixes"])
    page.become(MODERATOR)
    expect(channels).to_have_text(["# remixes", "# mod-log"])
    page.choose_setting("log-channel", "mod-log")
    page.open_channel("mod-log")
    expect(page.page.locator("article.channel-message").last).to_contain_text("log-channel")
    page.become(MEMBER)
    expect(channels).to_have_text(["# remixes"])
    expect(page.page.locator("article.channel-message").first).to_contain_text("Welcome!")
