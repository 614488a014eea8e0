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

    asked: int = 0
    asked_again: asyncio.Event = field(default_factory=asyncio.Event)

    async def of(self, _job_id: int) -> JobStatus | None:
        self.asked += 1
        if self.asked == 1:
            raise DatabaseUnavailableError("nothing was stored: database or disk is full")
        self.asked_again.set()
        return None


async def test_one_that_a_full_disk_kept_from_being_read_is_read_again(monkeypatch):
    monkeypatch.setattr(private_replies, "_REFRESH_AFTER_S", 0.0)
    disk = FullDisk()
    replies = PrivateReplies(discord.Client(intents=discord.Intents.none()), disk)
    showing = asyncio.create_task(replies.run())
    replies.job_changed(7)
    async with asyncio.timeout(30):
        await disk.asked_again.wait()
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
