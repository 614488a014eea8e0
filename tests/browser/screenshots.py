"""Takes the pictures in README.md and docs/moderators.md on the demo's page: `make screenshots`."""

import re
import shutil
import sys
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.demo_process import ROOT, demo_page
from tests.browser.visitor import PHONE, Visitor, headless_chromium

PICTURES = ROOT / "docs" / "pictures"
_WINDOW = (1100, 850)
_NARROW = 690
"""Just wider than the pictures of a message."""
_TALL = (760, 1400)
"""Fits the longest reply: a message that has to be scrolled is only drawn in part."""
_PROMPT = "the same cup in teal porcelain, soft morning light"
_ROSA, _MAX, _NINA = "Rosa (moderator)", "Max (moderator)", "Nina (new here)"
_QUALITY = 80
_QUESTIONS = {"remix-mod cases": "Hide @Mia", "remix-mod records usage": "usage.csv", "remix-config panel": "Plans"}


def main() -> None:
    path = shutil.which("chromium")
    if path is None:
        sys.exit("chromium is missing here")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with headless_chromium(path) as chromium, demo_page("--latency", "3") as address:
        mia = remix(chromium, address)
        phone(chromium, address)
        edit(mia)
        compare(mia)
    with headless_chromium(path) as chromium, demo_page("--latency", "20", "--cooldown", "0") as address:
        history(Visitor(_window(chromium, _TALL), address))
    with headless_chromium(path) as chromium, demo_page("--latency", "0.2", "--cooldown", "0") as address:
        ladder(Visitor(_window(chromium, _WINDOW), address))
    with headless_chromium(path) as chromium, demo_page("--latency", "0.2") as address:
        moderate(Visitor(_window(chromium, _TALL), address))
    with headless_chromium(path) as chromium, demo_page("--latency", "0.2") as address:
        ask_author(Visitor(_window(chromium, (_NARROW, 900)), address))
    with headless_chromium(path) as chromium, demo_page("--latency", "0.2", "--cooldown", "0") as address:
        matters(Visitor(_window(chromium, _TALL), address))
    with headless_chromium(path) as chromium, demo_page("--latency", "0.2", "--cooldown", "0") as address:
        pictures(Visitor(_window(chromium, _TALL), address))
    with headless_chromium(path) as chromium, demo_page("--latency", "0.2", "--cooldown", "0") as address:
        purge(Visitor(_window(chromium, _TALL), address))
    with headless_chromium(path) as chromium, demo_page("--latency", "0.2") as address:
        raid(Visitor(_window(chromium, _TALL), address))
    with headless_chromium(path) as chromium, demo_page("--latency", "0.2", "--cooldown", "0") as address:
        points(Visitor(_window(chromium, _TALL), address))


def remix(chromium: Browser, address: str) -> Visitor:
    mia = Visitor(_window(chromium, _WINDOW), address)
    mia.pick_command("remix")
    mia.attach_sample()
    mia.fill("prompt", _PROMPT)
    mia.add_option("weight", "30")
    _keep(mia, "command")
    mia.send()
    expect(mia.private.last).to_contain_text("Making it now")
    mia.until_loaded(mia.cards.get_by_role("img", name="Remix of"))
    expect(mia.private.last).to_contain_text("Done.")
    _keep(mia, "card")
    return mia


def history(mia: Visitor) -> None:
    """The second remix has a bar: the first one was measured."""
    mia.remix("a paper boat on a lake")
    expect(mia.cards).to_have_count(1)
    mia.remix(_PROMPT)
    expect(mia.private.last).to_contain_text("An estimate")
    expect(mia.private.last).to_contain_text(re.compile("about [3-8]0%"))
    _keep_message(mia, mia.private.last, "waiting")
    expect(mia.cards).to_have_count(2)
    mia.ask("my-remixes")
    expect(mia.private.last).to_contain_text("Your remixes in this server")
    _keep_message(mia, mia.private.last, "my-remixes")


def edit(mia: Visitor) -> None:
    mia.press("Edit")
    expect(mia.form_field("Prompt")).to_have_value(_PROMPT)
    _keep(mia, "edit")
    mia.page.keyboard.press("Escape")


def compare(mia: Visitor) -> None:
    mia.press("Compare")
    mia.page.set_viewport_size({"width": _NARROW, "height": _WINDOW[1]})
    before_and_after = mia.private.last
    expect(before_and_after.get_by_role("img")).to_have_count(2)
    _keep_message(mia, before_and_after, "compare")


def phone(chromium: Browser, address: str) -> None:
    mia = Visitor(_window(chromium, PHONE), address)
    mia.until_loaded(mia.cards.get_by_role("img", name="Remix of"))
    _keep(mia, "phone")


def ladder(mia: Visitor) -> None:
    mia.remix(_PROMPT)
    expect(mia.cards).to_have_count(1)
    mia.press("Weight ladder ($0.12, Turbo)")
    mia.until_loaded(mia.grids.get_by_role("img", name="Weight"))
    _keep_message(mia, mia.grids.last, "ladder")


def moderate(visitor: Visitor) -> None:
    """What Rosa sees as a moderator, message by message."""
    visitor.become(_ROSA)
    _log_in_a_channel_of_their_own(visitor)
    visitor.remix("a lighthouse of paper")
    expect(visitor.cards).to_have_count(1)
    visitor.become("Mia")
    visitor.remix(_PROMPT)
    expect(visitor.cards).to_have_count(2)
    visitor.become(_ROSA)
    visitor.open_channel("mod-log")
    expect(visitor.entries).to_have_count(2)
    _keep_message(visitor, visitor.entries.last, "log")
    visitor.press_on(visitor.entries.last, "Hide")
    visitor.submit_form()
    expect(visitor.private.last).to_contain_text("Case 2.")
    visitor.open_channel("remixes")
    _block_mia(visitor)
    _ask_why(visitor)
    _look_back(visitor)
    look_at_mia(visitor)
    styles(visitor)
    lock(visitor)


def look_at_mia(visitor: Visitor) -> None:
    visitor.pick_command("remix-mod note")
    visitor.choose("member", "Mia")
    visitor.fill("note", "Asked twice for pictures of the same actor")
    visitor.send()
    expect(visitor.private.last).to_contain_text("Your note about")
    visitor.pick_command("remix-mod member")
    visitor.choose("member", "Mia")
    visitor.send()
    expect(visitor.private.last).to_contain_text("Limits:")
    _keep_message(visitor, visitor.private.last, "member")


def styles(visitor: Visitor) -> None:
    visitor.ask("remix-config styles")
    shown = visitor.private.filter(has_text="Add 5 suggestions").last
    visitor.press_on(shown, "Add 5 suggestions")
    expect(visitor.private.last).to_contain_text("5 changes")
    _keep_message(visitor, visitor.private.filter(has_text="Styles:").last, "styles")


def lock(visitor: Visitor) -> None:
    visitor.pick_command("remix-mod lock")
    visitor.add_option("duration", "2h")
    visitor.add_option("reason", "The contest is over, and the jury looks at the pictures")
    visitor.send()
    expect(visitor.private.last).to_contain_text("locked")
    _keep_message(visitor, visitor.private.last, "lock")


def _log_in_a_channel_of_their_own(visitor: Visitor) -> None:
    visitor.pick_command("remix-config set")
    visitor.fill("name", "log-channel")
    visitor.choose("value", "mod-log")
    visitor.send()
    expect(visitor.private.last).to_contain_text("Case 1.")


def _block_mia(visitor: Visitor) -> None:
    visitor.pick_command("remix-mod block")
    visitor.choose("member", "Mia")
    visitor.add_option("duration", "24h")
    visitor.add_option("reason", "Pictures of somebody who did not agree")
    visitor.send()
    expect(visitor.private.last).to_contain_text("Case 3.")


def _ask_why(visitor: Visitor) -> None:
    visitor.pick_command("remix-mod why")
    visitor.choose("member", "Mia")
    visitor.send()
    expect(visitor.private.last).to_contain_text("They see")
    _keep_message(visitor, visitor.private.last, "why")


def _look_back(visitor: Visitor) -> None:
    for command, told in _QUESTIONS.items():
        visitor.ask(command)
        expect(visitor.private.last).to_contain_text(told)
        _keep_message(visitor, visitor.private.last, command.split()[1])


def ask_author(visitor: Visitor) -> None:
    """Mia asks for the picture of Rosa's welcome message."""
    visitor.become(_ROSA)
    visitor.pick_command("remix-config set")
    visitor.fill("name", "others-pictures")
    visitor.choose("value", "ask")
    visitor.send()
    expect(visitor.private.last).to_contain_text("others-pictures")
    visitor.become("Mia")
    visitor.use_app("Welcome!", "Remix picture")
    visitor.type_into("Prompt", _PROMPT)
    visitor.submit_form()
    expect(visitor.private.last).to_contain_text("I've asked")
    question = visitor.page.locator("article.channel-message", has_text="would like to make a remix").last
    _keep_message(visitor, question, "question")


def matters(visitor: Visitor) -> None:
    """What waits for Rosa's decision: a report, an appeal and a result that she looks at first."""
    visitor.become(_ROSA)
    visitor.choose_setting("log-channel", "mod-log")
    visitor.refuse_word("gore")
    expect(visitor.private.last).to_contain_text("Case 2.")
    visitor.become("Mia")
    visitor.remix(_PROMPT)
    expect(visitor.cards).to_have_count(1)
    _report(visitor)
    visitor.become("Mia")
    visitor.remix("a poster of the band Gore and More")
    expect(visitor.private.last).to_contain_text("doesn't allow that prompt")
    _keep_message(visitor, visitor.private.last, "refused")
    _appeal(visitor)
    visitor.become(_ROSA)
    visitor.choose_setting("review-channels", "remixes")
    visitor.become("Mia")
    visitor.remix("a paper boat on a lake")
    expect(visitor.private.last).to_contain_text("See it")
    _keep_message(visitor, visitor.private.last, "in-review")
    visitor.become(_ROSA)
    visitor.open_channel("mod-log")
    for words, name in {"Report ·": "report", "Appeal 1": "appeal", "Review ·": "review"}.items():
        _keep_message(visitor, visitor.card(words), name)


def pictures(visitor: Visitor) -> None:
    """Rosa removes a result, Mia sends its source again, and Rosa looks at the list."""
    visitor.become("Mia")
    visitor.remix(_PROMPT)
    expect(visitor.cards).to_have_count(1)
    visitor.become(_ROSA)
    visitor.use_app(_PROMPT, "Remove remix")
    visitor.submit_form()
    expect(visitor.private.last).to_contain_text("Case 1.")
    visitor.become("Mia")
    visitor.remix("a paper boat on a lake")
    expect(visitor.private.last).to_contain_text("was removed in this server")
    visitor.become(_ROSA)
    visitor.ask("remix-config pictures")
    expect(visitor.private.last).to_contain_text("2 pictures aren't allowed here")
    _keep_message(visitor, visitor.private.last, "pictures")
    visitor.pick_command("remix-mod test picture")
    visitor.attach_sample()
    visitor.send()
    expect(visitor.private.last).to_contain_text("They read")
    _keep_message(visitor, visitor.private.last, "test-picture")


def purge(visitor: Visitor) -> None:
    """Rosa wants to remove eleven results of Mia, Max confirms it, and reads what moderators did."""
    visitor.become(_ROSA)
    visitor.choose_setting("log-channel", "mod-log")
    visitor.set_setting("second-moderator", "10")
    visitor.become("Mia")
    for number in range(11):
        visitor.remix(f"{_PROMPT}, number {number}")
        expect(visitor.card(f"number {number}")).to_be_visible()
    visitor.become(_ROSA)
    visitor.pick_command("remix-mod purge")
    visitor.choose("member", "Mia")
    visitor.add_option("last", "20")
    visitor.add_option("reason", "Fills the channel with one picture")
    visitor.send()
    expect(visitor.private.last).to_contain_text("Nothing is removed yet")
    visitor.open_channel("mod-log")
    card = visitor.card("second moderator is needed")
    _keep_message(visitor, card, "purge")
    visitor.become(_MAX)
    visitor.press_on(card, "Remove them")
    expect(card).to_contain_text("Removed")
    visitor.ask("remix-mod records statistics")
    expect(visitor.private.last).to_contain_text("What moderators did")
    _keep_message(visitor, visitor.private.last, "statistics")


def raid(visitor: Visitor) -> None:
    """Rosa switches raid mode on, and Nina, who has just joined, has a remix reviewed and waits longer for the next."""
    visitor.become(_ROSA)
    visitor.choose_setting("log-channel", "mod-log")
    visitor.pick_command("remix-mod raid on")
    visitor.add_option("duration", "2h")
    visitor.add_option("reason", "Twelve accounts joined within a minute")
    visitor.send()
    expect(visitor.private.last).to_contain_text("Raid mode is on")
    _keep_message(visitor, visitor.private.last, "raid")
    visitor.become(_NINA)
    visitor.remix(_PROMPT)
    expect(visitor.private.last).to_contain_text("See it")
    visitor.remix("a paper boat on a lake")
    expect(visitor.private.last).to_contain_text("New members wait twice as long")
    _keep_message(visitor, visitor.private.last, "raid-member")


def points(visitor: Visitor) -> None:
    """Mia is refused for a word and by the safety check. The ladder blocks her, and Rosa looks at her points."""
    visitor.become(_ROSA)
    visitor.choose_setting("log-channel", "mod-log")
    visitor.set_setting("points-ladder", "1 warn, 2 block 24h, 4 block")
    visitor.refuse_word("gore")
    expect(visitor.private.last).to_contain_text("Case 3.")
    visitor.become("Mia")
    visitor.remix("a poster of gore")
    expect(visitor.private.last).to_contain_text("doesn't allow that prompt")
    visitor.remix("something unsafe")
    expect(visitor.private.filter(has_text="safety check refused")).to_have_count(1)
    visitor.become(_ROSA)
    visitor.open_channel("mod-log")
    expect(visitor.card("Case 5")).to_contain_text("by rule, blocked")
    visitor.open_channel("remixes")
    visitor.become("Mia")
    visitor.remix("a paper boat on a lake")
    blocked = visitor.private.filter(has_text="blocked from making remixes")
    _keep_message(visitor, blocked, "points-member")
    visitor.become(_ROSA)
    visitor.pick_command("remix-mod member")
    visitor.choose("member", "Mia")
    visitor.send()
    expect(visitor.private.last).to_contain_text("Limits:")
    _keep_message(visitor, visitor.private.last, "points")


def _report(visitor: Visitor) -> None:
    visitor.become("Ben")
    visitor.press("Report")
    visitor.choose_in_form("What is wrong with it?", "Something else")
    visitor.type_into("What should the moderators know?", "That is my cup, and I did not agree.")
    visitor.submit_form()
    expect(visitor.private.last).to_contain_text("Thank you")


def _appeal(visitor: Visitor) -> None:
    visitor.press_on(visitor.private.last, "Appeal")
    visitor.type_into("Why should the moderators decide otherwise?", "It is the name of a band.")
    visitor.submit_form()
    expect(visitor.private.last).to_contain_text("The moderators have your appeal")


def _window(chromium: Browser, size: tuple[int, int]) -> Page:
    width, height = size
    return chromium.new_context(viewport={"width": width, "height": height}).new_page()


def _keep(visitor: Visitor, name: str) -> None:
    visitor.page.mouse.move(0, 0)
    _store(visitor.page.screenshot(), name)


def _keep_message(visitor: Visitor, message: Locator, name: str) -> None:
    """Only this message, once its pictures have loaded."""
    for picture in message.get_by_role("img").all():
        visitor.until_loaded(picture)
    visitor.page.mouse.move(0, 0)
    _store(message.screenshot(), name)


def _store(png: bytes, name: str) -> None:
    """Lossy, so that the pictures stay small in the repository."""
    Image.open(BytesIO(png)).convert("RGB").save(PICTURES / f"{name}.webp", quality=_QUALITY)


if __name__ == "__main__":
    main()
