"""A visitor of the demo's page: what they do with mouse and keys, and what they see. Waits for things, not for time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = (1280, 900)
PHONE = (390, 844)
_WITHIN_MS = 60_000
IN_MORE = ("Compare", "Details", "Delete", "Report")
"""Buttons that the private reply to More has."""

_CLICK = """(target) => {
  if (!target.isConnected) return false;
  const how = { bubbles: true, cancelable: true, composed: true };
  const sent = (Kind, name) => target.dispatchEvent(new Kind(name, how));
  sent(PointerEvent, "pointerdown");
  if (sent(MouseEvent, "mousedown")) {
    const focusable = target.closest("button, a[href], input, select, textarea, [tabindex]");
    focusable ? focusable.focus({ preventScroll: true }) : document.activeElement?.blur();
  }
  sent(PointerEvent, "pointerup");
  sent(MouseEvent, "mouseup");
  target.click();
  return true;
}"""
"""A press moves the focus, to nothing if the target cannot have it."""


@contextmanager
def headless_chromium(path: str) -> Iterator[Browser]:
    """With a profile of its own, which goes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """At one page of the demo. `complaints` has the errors of its scripts."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.actions: list[str] = []
        page.set_default_timeout(_WITHIN_MS)
        expect.set_options(timeout=_WITHIN_MS)
        page.on("pageerror", self._complain)
        page.goto(address)
        expect(self.field).to_be_enabled()
        self.until_loaded(page.get_by_role("img", name="sample.jpg"))

    def _complain(self, error: Error) -> None:
        self.complaints.append(str(error))

    def leave(self) -> None:
        """Leaves the tab empty, for the next visitor."""
        self.page.remove_listener("pageerror", self._complain)
        self.page.goto("about:blank")

    @property
    def field(self) -> Locator:
        return self.page.locator("#channel-composer-input")

    @property
    def cards(self) -> Locator:
        """The posted results."""
        return self._messages("Remix this").filter(has_not_text="Only you can see this")

    @property
    def grids(self) -> Locator:
        """Posted results that one can pick from."""
        return self._messages("2")

    @property
    def private(self) -> Locator:
        """What only this person sees, newest last."""
        return self.page.locator("article.channel-message", has_text="Only you can see this")

    @property
    def entries(self) -> Locator:
        """What the log channel has of remixes."""
        return self._messages("Block 24 h")

    def _messages(self, button: str) -> Locator:
        inside = self.page.locator(".message-components").get_by_role("button", name=button, exact=True)
        return self.page.locator("article.channel-message", has=inside)

    def click(self, target: Locator) -> None:
        """Waits until the mouse could click this, then does all that a click does in one step.

        The page is drawn again whenever something happens. If that is between the press and the release of the mouse,
        the browser makes no click of them. It happened in a run of the whole suite, on a busy machine.
        """
        clicked = False
        while not clicked:
            target.click(trial=True)
            clicked = target.evaluate(_CLICK)

    def pick_command(self, name: str) -> None:
        self.field.fill(f"/{name}")
        self.click(self.page.locator(".command-entry", has=self.page.get_by_text(f"/{name}", exact=True)))

    def attach(self, photo: Path) -> None:
        self.click(self.page.locator(".command-ghost"))
        self._take("image")
        self.page.locator(".command-file-input").set_input_files(photo)
        expect(self.page.locator(".command-file-choose")).to_have_text(photo.name)

    def attach_sample(self) -> None:
        self.click(self.page.get_by_role("button", name="Sample picture", exact=True))
        expect(self.page.locator(".command-file-choose")).to_have_text("sample.jpg")

    def fill(self, option: str, value: str) -> None:
        self.page.locator(f'.command-option-input[data-option="{option}"]').fill(value)

    def add_option(self, option: str, value: str) -> None:
        self.click(self.page.locator(".command-ghost"))
        self._take(option)
        self.fill(option, value)

    def choose(self, option: str, name: str) -> None:
        """A member, a role or a channel, from those that are offered."""
        self.fill(option, name)
        self._take(name)

    def _take(self, suggestion: str) -> None:
        self.click(self.page.locator(".command-suggestion", has_text=suggestion).first)

    def send(self) -> None:
        self.page.keyboard.press("Enter")
        expect(self.field).to_be_visible()

    def ask(self, command: str) -> None:
        """A command as it is: Enter would take the first of the options that are offered."""
        self.pick_command(command)
        self.click(self.page.get_by_role("button", name="Send", exact=True))
        expect(self.field).to_be_visible()

    def remix(self, prompt: str, photo: Path | None = None) -> None:
        """The whole command, up to Enter."""
        self.pick_command("remix")
        self.attach(photo) if photo else self.attach_sample()
        self.fill("prompt", prompt)
        self.send()

    def press(self, button: str) -> None:
        """A button of the newest card."""
        self.press_on(self.cards.last, button)

    def press_on(self, message: Locator, button: str) -> None:
        self.actions.append(f"press {button}")
        if button in IN_MORE or button.startswith("Weight ladder"):
            answers = self.private.count()
            self.press_on(message, "More")
            expect(self.private).to_have_count(answers + 1)
            message = self.private.last
        self.click(message.locator(".message-components").get_by_role("button", name=button, exact=True))

    def use_app(self, words: str, name: str) -> None:
        """An entry under Apps of the newest message with these words."""
        message = self.page.locator("article.channel-message", has_text=words).last
        message.hover()
        self.click(message.get_by_role("button", name="Apps"))
        self.click(self.page.get_by_role("menuitem", name=name, exact=True))

    def change_a_word(self, word: str, into: str) -> None:
        """In the prompt of the open form: a double click selects the word, and typing replaces it.

        In one step, because a redraw in between takes the selection away.
        """
        self.actions.append(f"change {word}")
        field = self.form_field("Prompt")
        field.evaluate(
            "(field, [word, into]) => { field.focus(); const at = field.value.indexOf(word);"
            " field.setSelectionRange(at, at + word.length); document.execCommand('insertText', false, into); }",
            [word, into],
        )

    def type_into(self, field: str, text: str) -> None:
        self.actions.append(f"type {field}")
        self.form_field(field).fill(text)

    def choose_in_form(self, menu: str, option: str) -> None:
        self.actions.append(f"choose {option}")
        self.click(self.page.locator(".modal-field", has_text=menu).get_by_role("combobox"))
        self.click(self.page.get_by_role("option", name=option))

    def submit_form(self) -> None:
        self.actions.append("submit")
        self.click(self.page.get_by_role("button", name="Submit", exact=True))
        expect(self.page.locator(".modal-title")).to_have_count(0)

    @property
    def form(self) -> Locator:
        """The open form."""
        return self.page.locator(".modal-field").last

    def form_field(self, name: str) -> Locator:
        return self.page.locator(".modal-field", has_text=name).locator("textarea, input").first

    def scroll_to_the_top(self) -> None:
        timeline = self.page.locator("#channel-timeline")
        timeline.evaluate("(timeline) => { timeline.scrollTop = 0; timeline.dispatchEvent(new Event('wheel')); }")
        self._frames()

    def click_while_the_page_is_drawn_anew(self, link: Locator) -> None:
        """Simcord puts the scroll position back whenever it publishes, which ends a scroll that is going on."""
        link.evaluate("(link) => link.click()")
        self._frames()
        self.page.locator("#channel-timeline").evaluate("(timeline) => { timeline.scrollTop += 1; }")

    def _frames(self) -> None:
        """Two of them: what was asked for in the first has been done."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def become(self, person: str) -> None:
        self.page.get_by_label("Viewing as").select_option(label=person)
        expect(self.field).to_be_enabled()

    def open_channel(self, name: str) -> None:
        self.click(self.page.get_by_label("Channels").get_by_role("button", name=name))
        # A choice made before the page has drawn the other channel is refused: simcord takes it for one on an old page.
        expect(self.page.locator("#channel-name")).to_have_text(name)

    def choose_setting(self, name: str, value: str) -> None:
        """As a moderator: a value from those that are offered."""
        self.pick_command("remix-config set")
        self.fill("name", name)
        self.choose("value", value)
        self.send()
        expect(self.private.last).to_contain_text(name)

    def set_setting(self, name: str, value: str) -> None:
        """As a moderator: a value as it is typed."""
        self.pick_command("remix-config set")
        self.fill("name", name)
        self.fill("value", value)
        self.send()
        expect(self.private.last).to_contain_text(name)

    def refuse_word(self, word: str) -> None:
        """As a moderator: from now on prompts with it are refused."""
        self.pick_command("remix-config word-add")
        self.fill("words", word)
        self.send()

    def card(self, words: str) -> Locator:
        """The newest message of the open channel with these words that everyone there can see."""
        messages = self.page.locator("article.channel-message", has_text=words)
        return messages.filter(has_not_text="Only you can see this").last

    def until_loaded(self, pictures: Locator) -> None:
        """Until each of these has its pixels."""
        expect(pictures.first).to_be_visible()
        for picture in pictures.all():
            expect(picture).not_to_have_js_property("naturalWidth", 0)
