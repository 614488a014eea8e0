"""A headless Chromium, and the demo to be visited. Screenshots stay in `browser-screenshots/`."""

import shutil
from contextlib import ExitStack

import pytest

from tests.browser.demo_process import ROOT, open_demo_nest
from tests.browser.visitor import DESKTOP, Visitor, headless_chromium

SCREENSHOTS = ROOT / "browser-screenshots"
PHOTOS = ROOT / "tests" / "photos"
SMALL = ("--result-side", "384")
"""A result of full size takes a second to draw, to encode again and to show, of each core that the tests share."""


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


@pytest.fixture(scope="session")
def demo_nest():
    with open_demo_nest() as nest:
        yield nest


@pytest.fixture(scope="module")
def tab(chromium):
    """For a module: a new tab starts two processes of Chromium, and takes twice the CPU of a page in an open one."""
    with chromium.new_context() as context:
        yield context.new_page()


@pytest.fixture
def visit(tab, demo_nest, request):
    """`visit("--latency", "2")`: opens the demo with these options; the last sight is kept as a picture.

    Each demo is new, with a port of its own, so nothing that a page stores reaches the next one. `page` opens another
    page than the demo, and `full_size` has results as large as Ideogram's.
    """
    with ExitStack() as open_pages:

        def open_page(*options, size=DESKTOP, page=None, full_size=False):
            assert tab.url == "about:blank", "one visit for each test"
            if page is None:
                page, options = demo_nest.demo_page, (*options, *(() if full_size else SMALL))
            address = open_pages.enter_context(page(*options))
            tab.set_viewport_size({"width": size[0], "height": size[1]})
            visitor = Visitor(tab, address)
            open_pages.callback(visitor.leave)
            return visitor

        yield open_page
        SCREENSHOTS.mkdir(exist_ok=True)
        tab.screenshot(path=SCREENSHOTS / f"{request.node.name}.png")


@pytest.fixture(scope="session")
def photo():
    """Of a phone: it lies on its side, and its metadata tell where it was taken."""
    return PHOTOS / "plumeria-gps-rotated.jpg"
