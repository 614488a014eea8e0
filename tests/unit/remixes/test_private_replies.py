"""A private reply that cannot be shown now is shown later."""

import asyncio
from dataclasses import dataclass, field

import discord

from bot.discord_app.remixes import private_replies
from bot.discord_app.remixes.private_replies import PrivateReplies
from bot.storage.engine.database import DatabaseUnavailableError
from bot.use_cases.remixes.job_status import JobStatus


@dataclass
class FullDisk:
    """The first question fails, the next one finds no such job."""

    owner: None = None
    asked: int = 0
    asked_again: asyncio.Event = field(default_factory=asyncio.Event)

    async def of_reply(self, _job_id: int) -> JobStatus | None:
        self.asked += 1
        if self.asked == 1:
            raise DatabaseUnavailableError("nothing was stored: database or disk is full")
        self.asked_again.set()
        return None


@dataclass
class SlowDiscord:
    """Does not answer for the first twenty people until it is let go; `asked` has everybody whose turn it was."""

    owner: None = None
    asked: list[int] = field(default_factory=list)
    last_was_asked_again: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    last_was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def of_reply(self, job_id: int) -> JobStatus | None:
        self.asked.append(job_id)
        if job_id == LAST:
            (self.last_was_asked_again if self.last_was_asked.is_set() else self.last_was_asked).set()
        else:
            await self.goes_on.wait()


LAST = 21


async def test_those_that_discord_does_not_answer_hold_up_nobody_and_are_shown_again_only_afterwards(monkeypatch):
    monkeypatch.setattr(private_replies, "_SLOW_AFTER_S", 0.01)
    slow = SlowDiscord()
    replies = PrivateReplies(discord.Client(intents=discord.Intents.none()), slow, None)
    showing = asyncio.create_task(replies.run())
    for job_id in range(1, LAST + 1):
        replies.job_changed(job_id)
    async with asyncio.timeout(30):
        await slow.last_was_asked.wait()
        replies.job_changed(1)
        replies.job_changed(LAST)
        await slow.last_was_asked_again.wait()
        assert slow.asked.count(1) == 1
        slow.goes_on.set()
        await replies.finish()
    assert (slow.asked.count(1), slow.asked.count(2)) == (2, 1)
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)


async def test_one_that_a_full_disk_kept_from_being_read_is_read_again(monkeypatch):
    monkeypatch.setattr(private_replies, "_REFRESH_AFTER_S", 0.0)
    disk = FullDisk()
    replies = PrivateReplies(discord.Client(intents=discord.Intents.none()), disk, None)
    showing = asyncio.create_task(replies.run())
    replies.job_changed(7)
    async with asyncio.timeout(30):
        await disk.asked_again.wait()
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
