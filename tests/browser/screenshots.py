"""Makes the pictures of the README from the demo's page: `make screenshots`."""

import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.demo_process import ROOT, demo_page
from tests.browser.visitor import PHONE, Visitor, headless_chromium

PICTURES = ROOT / "docs" / "pictures"
_WINDOW = (1100, 850)
_PROMPT = "the same cup in teal porcelain, soft morning light"
_QUALITY = 80


def main() -> None:
    path = shutil.which("chromium")
    if path is None:
        sys.exit("chromium is missing here")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with headless_chromium(path) as chromium, demo_page("--latency", "3") as address:
        mia = remix(chromium, address)
        phone(chromium, address)
        compare(mia)


def remix(chromium: Browser, address: str) -> Visitor:
    mia = Visitor(_window(chromium, _WINDOW), address)
    mia.pick_command("remix")
    mia.attach_sample()
    mia.fill("prompt", _PROMPT)
    mia.add_option("weight", "55")
    _keep(mia, "command")
    mia.send()
    expect(mia.private.last).to_contain_text("Making it now")
    _keep(mia, "progress")
    mia.until_loaded(mia.cards.get_by_role("img", name="Remix of"))
    expect(mia.private.last).to_contain_text("Done.")
    _keep(mia, "card")
    return mia


def compare(mia: Visitor) -> None:
    mia.press("Compare")
    mia.until_loaded(mia.private.last.get_by_role("img"))
    _keep(mia, "compare")


def phone(chromium: Browser, address: str) -> None:
    mia = Visitor(_window(chromium, PHONE), address)
    mia.until_loaded(mia.cards.get_by_role("img", name="Remix of"))
    _keep(mia, "phone")


def _window(chromium: Browser, size: tuple[int, int]):
    width, height = size
    return chromium.new_context(viewport={"width": width, "height": height}).new_page()


def _keep(visitor: Visitor, name: str) -> Path:
    """Small enough for a repository."""
    visitor.page.mouse.move(0, 0)
    path = PICTURES / f"{name}.webp"
    Image.open(BytesIO(visitor.page.screenshot())).convert("RGB").save(path, quality=_QUALITY)
    return path


if __name__ == "__main__":
    main()
