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
    page.pick_command("remix-config set")
    page.fill("name", "log-channel")
    page.choose("value", "mod-log")
    page.send()
    expect(page.private.last).to_contain_text("Case 1.")
    page.click(channels.last)
    # A choice made before the page has drawn the other channel is refused: simcord takes it for one on an old page.
    expect(page.page.locator("#channel-name")).to_have_text("mod-log")
    expect(page.page.locator("article.channel-message").last).to_contain_text("log-channel")
    page.become(MEMBER)
    expect(channels).to_have_text(["# remixes"])
    expect(page.page.locator("article.channel-message").first).to_contain_text("Welcome!")
