"""Cards that are made anew: what was decided last is what stands."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO

import discord
from made_jobs import job, post, result
from PIL import Image

from bot.discord_app.remixes.posted_cards import PostedCards
from bot.use_cases.ports import Cards, Delivery, ResultPicture
from tests.pictures_here import PicturesHere


@dataclass
class SlowMessage:
    """Takes the first edit in only once it may; `shown` are the file names of each edit that arrived."""

    may_arrive: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    shown: list[str] = field(default_factory=list)

    def get_partial_message(self, _id: int) -> "SlowMessage":
        return self

    async def edit(self, *, attachments: list[discord.File], **_rest: object) -> None:
        if not self.begun.is_set():
            self.begun.set()
            await self.may_arrive.wait()
        self.shown.append(attachments[0].filename)


@dataclass
class Client:
    message: SlowMessage

    def get_guild(self, _id: int) -> None:
        return None

    def get_partial_messageable(self, _id: int) -> SlowMessage:
        return self.message


def cards(*, hidden: bool) -> Cards:
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    delivery = Delivery(job(hidden=hidden), [ResultPicture(result(), file.getvalue())], 0, 0, look_first=False)
    return Cards(delivery, [post()])


async def test_two_moderators_at_once_leave_what_the_later_one_wanted():
    # One thread: what is put into it after the second card's pictures ends after them.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
    message = SlowMessage()
    shown = PostedCards(Client(message), PicturesHere())
    first = asyncio.create_task(shown.show(cards(hidden=True)))
    second = asyncio.create_task(shown.show(cards(hidden=False)))
    await message.begun.wait()
    await asyncio.to_thread(str)
    for _ in range(10):
        await asyncio.sleep(0)
    message.may_arrive.set()
    assert await asyncio.gather(first, second) == [True, True]
    assert message.shown == ["SPOILER_remix-7-1.png", "remix-7-1.png"]
