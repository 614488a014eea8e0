"""A headless Chromium, and the demo to be visited. Screenshots stay in `browser-screenshots/`."""

import shutil

import pytest

from tests.browser.demo_process import ROOT, demo_page
from tests.browser.visitor import DESKTOP, Visitor, headless_chromium

SCREENSHOTS = ROOT / "browser-screenshots"
PHOTOS = ROOT / "tests" / "photos"


def find_chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def chromium(needs):
    """For a module: while it is open, Playwright's event loop runs in this thread, and no other can."""
    path = find_chromium()
    needs(path, "chromium")
    with headless_chromium(path) as browser:
        yield browser


@pytest.fixture
def visit(chromium, request):
    """`visit("--latency", "2")`: opens the demo with these options; the last sight is kept as a picture."""
    opened = []

    def open_page(*options, size=DESKTOP, page=demo_page):
        process = page(*options)
        address = process.__enter__()
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
        opened.append((process, context))
        return Visitor(context.new_page(), address)

    yield open_page
    SCREENSHOTS.mkdir(exist_ok=True)
    for process, context in opened:
        context.pages[0].screenshot(path=SCREENSHOTS / f"{request.node.name}.png")
        context.close()
        process.__exit__(None, None, None)


@pytest.fixture(scope="session")
def photo():
    """Of a phone: it lies on its side, and its metadata tell where it was taken."""
    return PHOTOS / "plumeria-gps-rotated.jpg"
