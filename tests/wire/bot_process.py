"""The bot as a process of its own, between a loopback Discord and the Ideogram stand-in, and what it leaves behind."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.settings.settings import Settings
from tests.wire.loopback_discord import (
    TOKEN_MARK,
    Channel,
    Interaction,
    LoopbackDiscord,
    Message,
    User,
    mentioned_users,
    text_of,
)
from tests.wire.loopback_discord.watch import Watch

ROOT = Path(__file__).parents[2]
API_KEY = "made-up-key-of-the-operator"
PROMPT_MARK = "a wish of number"
WITHIN_S = 40.0
"""How long anything is waited for: long, because two cores may be shared with other tests."""

POSTS = r"/channels/\d+/messages$"
REPLIES = r"/messages/@original$"
RECONNECTING = "Attempting a reconnect in SECONDS"
"""How discord.py logs that the gateway has refused it, with a traceback: one of `House.expected_errors`."""
SIGNATURE = re.compile(r"\b(sig|hm)=(?!\*\*\*)")

Colour = tuple[int, int, int]


def colour_of(number: int) -> Colour:
    """Another one for each number below 65536."""
    return number % 256, number * 91 % 256, number // 256


def picture_of(number: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 64), colour_of(number)).save(file, "PNG")
    return file.getvalue()


def colour_in(data: bytes) -> Colour:
    """Of a picture that has one colour all over; ValueError for another."""
    with Image.open(BytesIO(data)) as image:
        ((_, colour),) = image.convert("RGB").getcolors() or ()
    return colour


@dataclass(eq=False, slots=True)
class BotProcess:
    """`lines` are what it wrote to stderr, line by line."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list, repr=False)
    _watch: Watch = field(default_factory=Watch, repr=False)
    _reading: "asyncio.Task[None] | None" = None

    def read(self) -> None:
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while line := await self.process.stderr.readline():
            self.lines.append(line.decode().rstrip())
            self._watch.changed()
        await self.process.wait()
        self._watch.changed()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def told(self) -> list[str]:
        """The sentences of the command line."""
        return [event["event"] for event in self.events if event["logger"] == "remix-bot"]

    async def logged(self, event: str) -> None:
        """Returns once it has logged that; AssertionError if it ends before."""

        def is_there() -> bool:
            return any(each["event"] == event for each in self.events)

        await self._watch.wait_for(lambda: self._over or is_there(), WITHIN_S, f"the log line {event!r}")
        assert is_there(), f"the bot ended with {self.process.returncode} before it logged {event!r}: {self.lines[-3:]}"

    @property
    def _over(self) -> bool:
        return self._reading is not None and self._reading.done()

    async def lives_for(self, seconds: float) -> None:
        """As long, unless it ends before."""
        await asyncio.wait([self._reading], timeout=seconds)

    async def ended(self) -> int:
        """Its exit code, once everything it wrote is read. Negative: the signal that killed it."""
        async with asyncio.timeout(WITHIN_S):
            await self._reading
        return self.process.returncode

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    async def stop(self) -> int:
        """In order, as an operator stops it. Returns the exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """With -9, and nothing of it runs afterwards."""
        if self.process.returncode is None:
            self.process.kill()
        await self.ended()

    def memory_mb(self, line: str = "VmRSS") -> float | None:
        """What it holds in memory now, or held at most (`VmHWM`); None where the system does not tell."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return None
        return int(re.search(rf"{line}:\s+(\d+) kB", status)[1]) / 1024


@dataclass(frozen=True, slots=True)
class Remix:
    """One person's `/remix`, with a picture in the colour of its number."""

    number: int
    user: User
    interaction: Interaction
    channel: Channel

    @property
    def prompt(self) -> str:
        return f"{PROMPT_MARK} {self.number}"

    @property
    def posts(self) -> list[Message]:
        """Every message that was ever posted for that person, deleted ones too."""
        return [message for message in self.channel.messages if self.user.id in mentioned_users(message)]

    @property
    def told(self) -> str:
        """What the private reply says now."""
        return text_of(self.interaction.original) if self.interaction.original else ""

    async def until_told(self, words: str) -> None:
        await self.interaction.wait_for(lambda _: words in self.told, WITHIN_S)

    def assert_has_picture(self, message: Message) -> None:
        """One, and theirs."""
        (attachment,) = message.attachments
        assert colour_in(attachment.data) == colour_of(self.number)

    def assert_served_once(self) -> None:
        (post,) = self.posts
        self.assert_has_picture(post)
        assert f"/{self.channel.id}/{post.id}" in self.told


Starter = Callable[[Sequence[str], Path, Mapping[str, str]], Awaitable[Any]]
"""Starts the bot with these arguments, in that folder, with that environment."""


async def start_anew(arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=cwd,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


@dataclass(eq=False, slots=True)
class House:
    """One Discord with a channel, one Ideogram, one folder, and every process of the bot that ran there."""

    discord: LoopbackDiscord
    ideogram: IdeogramStandIn
    folder: Path
    channel: Channel
    processes: list[BotProcess] = field(default_factory=list)
    remixes: list[Remix] = field(default_factory=list)
    starter: Starter = start_anew
    expected_errors: set[str] = field(default_factory=set)
    """Events that may carry an exception, because a test brings it about."""

    async def launch(self, *arguments: str, **settings: object) -> BotProcess:
        """`python -m bot run`. Settings are named as the environment names them; None leaves one out."""
        started = await self.starter(arguments or ("run",), self.folder, self.environment(settings))
        bot = BotProcess(started)
        self.processes.append(bot)
        bot.read()
        return bot

    async def start(self, **settings: object) -> BotProcess:
        """Returns once the bot is on the gateway."""
        bot = await self.launch(**settings)
        await bot.logged("ready")
        await self.discord.ready(WITHIN_S)
        return bot

    async def kill(self, bot: BotProcess) -> None:
        """With -9; Discord has noticed, and what hung at Ideogram is let go."""
        await bot.kill()
        await self.discord.disconnected(WITHIN_S)
        self.ideogram.release()

    def environment(self, settings: dict[str, object]) -> dict[str, str]:
        """What the bot and other commands are started with."""
        own = {name.upper() for name in Settings.model_fields}
        chosen = {
            "DISCORD_TOKEN": self.discord.world.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "IDEOGRAM_API_KEY": self.ideogram.api_key,
            "IDEOGRAM_API_URL": self.ideogram.url,
            "IDEOGRAM_IMAGE_HOSTS": self.ideogram.image_host,
            "DISCORD_CDN_HOSTS": self.discord.world.origin.removeprefix("http://"),
            "DATABASE_URL": "sqlite:///remix.db",
            "BLOB_DIR": "blobs",
            "LOG_FORMAT": "json",
            "DAILY_BUDGET_USD": "none",
            "PERSON_DAILY_BUDGET_USD": "none",
            "LOG_LEVEL": "DEBUG",
            "PYTHONPATH": str(ROOT),
            **settings,
        }
        inherited = {name: value for name, value in os.environ.items() if name.upper() not in own}
        return inherited | {name: str(value) for name, value in chosen.items() if value is not None}

    async def remix(self, *, channel: Channel | None = None, picture: bytes | None = None, **options: Any) -> Remix:
        """Somebody new uses /remix, with the next number's colour and a weight at which the result looks the same."""
        number = len(self.remixes)
        user, channel = self.discord.add_user(f"person-{number}"), channel or self.channel
        asked = {"prompt": f"{PROMPT_MARK} {number}", "weight": 100, **options}
        sent = await self.discord.slash("remix", user, channel, options=asked, attachment=picture or picture_of(number))
        self.remixes.append(Remix(number, user, sent, channel))
        return self.remixes[-1]

    async def accepted(self, **options: Any) -> Remix:
        """The same, and the private reply says that it is queued or being made."""
        remix = await self.remix(**options)
        await remix.interaction.wait_for(lambda _: remix.told != "", WITHIN_S)
        return remix

    def calls_for(self, remix: Remix) -> int:
        """Paid calls."""
        return sum(call.billed for call in self.ideogram.calls if call.prompt == remix.prompt)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says, read beside the bot or after its end."""
        path = self.folder / "remix.db"
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def money_of(self, remix: Remix) -> tuple[str, int | None]:
        """The reservation's status, and micro-dollars if they are settled."""
        query = "SELECT interaction_id, status, settled_micros FROM reservations JOIN jobs ON jobs.id = job_id"
        return {row[0]: row[1:] for row in self.rows(query)}[remix.interaction.id]

    def state_of(self, remix: Remix) -> str | None:
        """None: it was never accepted."""
        return dict(self.rows("SELECT interaction_id, state FROM jobs")).get(remix.interaction.id)

    async def my_remixes(self, remix: Remix, *, channel: Channel | None = None) -> Interaction:
        """Its person uses /my-remixes, and reads the answer."""
        listed = await self.discord.slash("my-remixes", remix.user, channel or remix.channel)
        await listed.wait_for(lambda i: i.original is not None and i.original.components != [], WITHIN_S)
        return listed

    async def until_listed(self, remix: Remix, words: str, *, channel: Channel | None = None) -> None:
        """Asks /my-remixes until it says that."""
        async with asyncio.timeout(WITHIN_S):
            while words not in text_of((await self.my_remixes(remix, channel=channel)).original):
                pass

    async def close(self) -> None:
        for bot in self.processes:
            await bot.kill()
        await self.ideogram.close()
        await self.discord.close()

    def check_logs(self) -> None:
        """No log has a secret in it, and no request of any process was one that Discord does not know."""
        world = self.discord.world
        secrets = [world.token, API_KEY, self.ideogram.api_key, world.link_key, TOKEN_MARK, PROMPT_MARK]
        for bot in self.processes:
            text = "\n".join(bot.lines)
            # Not by `in` within the assertion: pytest would print the text.
            leaked = [number for number, secret in enumerate(secrets) if secret in text]
            assert leaked == [], (
                f"in the log: number {leaked} of token, key, new key, link key, interaction token, prompt"
            )
            assert SIGNATURE.search(text) is None
            raised = {_without_seconds(event["event"]) for event in bot.events if "exception" in event}
            assert raised <= self.expected_errors, "\n".join(bot.lines)
        assert self.discord.unknown_requests == []


def _without_seconds(event: str) -> str:
    return re.sub(r"\d+\.\d+s", "SECONDS", event)


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """Results are drawn small, so that drawing takes no time. What a bot logged is looked through at the end."""
    discord, ideogram = LoopbackDiscord(), IdeogramStandIn(api_key=API_KEY)
    ideogram.dials.long_side = 32
    await discord.start()
    await ideogram.start()
    house = House(discord, ideogram, folder, discord.add_guild().add_channel())
    try:
        yield house
    finally:
        await house.close()
    house.check_logs()
