"""What keeps the demo's page up to date: once for all that happens together, and again for what happens meanwhile."""

import asyncio
from contextlib import asynccontextmanager

from bot.demo.page.live_updates import LiveUpdates


class Page:
    """Counts how often it was published. `meanwhile` happens the first time."""

    def __init__(self):
        self.published = 0
        self.meanwhile = None
        self._changed = asyncio.Condition()

    async def publish(self):
        async with self._changed:
            self.published += 1
            self._changed.notify_all()
        if self.meanwhile and self.published == 1:
            self.meanwhile()

    async def until(self, times):
        async with self._changed:
            await self._changed.wait_for(lambda: self.published >= times)


@asynccontextmanager
async def following(page):
    updates = LiveUpdates(page.publish)
    running = asyncio.create_task(updates.run())
    try:
        yield updates
    finally:
        running.cancel()


async def test_what_happens_together_is_published_once():
    page = Page()
    async with following(page) as updates:
        for _ in range(5):
            updates.wake()
        await page.until(1)
        updates.wake()
        await page.until(2)
    assert page.published == 2


async def test_what_happens_while_the_page_is_published_is_published_too():
    page = Page()
    async with following(page) as updates:
        page.meanwhile = updates.wake
        updates.wake()
        await page.until(2)
    assert page.published == 2


async def test_a_page_that_could_not_be_published_is_published_the_next_time():
    page = Page()
    async with following(page) as updates:
        page.meanwhile = fail
        updates.wake()
        await page.until(1)
        updates.wake()
        await page.until(2)
    assert page.published == 2


def fail():
    raise RuntimeError("the page is broken")


async def test_nothing_is_published_as_long_as_nothing_happens():
    page = Page()
    async with following(page):
        for _ in range(10):
            await asyncio.sleep(0)
    assert page.published == 0
