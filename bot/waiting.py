"""Waits for an event, but no longer than a given time."""

import asyncio


async def wait_for_event(event: asyncio.Event, seconds: float | None) -> None:
    """Returns when the event is set or the time is over, whichever comes first. None: no limit."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
