"""The smoke test: the unchanged bot makes one remix, without keys and without a network."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.demo.keyless import KEY, demo_settings, keyless_bot
from bot.demo.live_discord import LiveDiscord
from bot.wiring import App

_WITHIN_S = 60.0
_GRACE_S = 10.0


class SmokeFailedError(Exception):
    """The bot made no remix. The text says why."""


def read_source(photo: Path | None) -> tuple[str, bytes]:
    """The name and bytes of `photo`, or of the sample picture. Raises OSError."""
    if photo is not None:
        return photo.name, photo.read_bytes()
    return "sample.jpg", files("bot.demo").joinpath("sample.jpg").read_bytes()


async def make_one_remix(
    source: tuple[str, bytes], *, prompt: str, weight: int, out: Path, report: Callable[[str], None]
) -> Path:
    """Makes one remix and returns where the picture was written. Raises SmokeFailedError and OSError."""
    began = time.monotonic()
    async with _bot_without_keys() as (app, discord_):
        report(f"The bot was ready after {time.monotonic() - began:.1f} s: {', '.join(_commands(app))}")
        report(f"/remix image:{source[0]} prompt:{prompt} weight:{weight}")
        message = await _remix(discord_, source, prompt, weight, report)
        written = await _write(message, out)
    report(f"The result was posted after {time.monotonic() - began:.1f} s and written to {written}")
    return written


def _commands(app: App) -> list[str]:
    """The commands as people see them: with a slash, or without one in the menu of a message."""
    tree = app.client.tree
    return [
        each.name if isinstance(each, app_commands.ContextMenu) else f"/{each.name}" for each in tree.get_commands()
    ]


@asynccontextmanager
async def _bot_without_keys() -> AsyncIterator[tuple[App, LiveDiscord]]:
    with tempfile.TemporaryDirectory(prefix="remix-bot-", ignore_cleanup_errors=True) as folder:
        async with IdeogramStandIn(api_key=KEY, full_size=True) as ideogram:
            settings = demo_settings(Path(folder), ideogram)
            async with keyless_bot(settings, ideogram, grace_s=_GRACE_S) as (app, live):
                await app.start_work()
                yield app, live


async def _remix(
    discord_: LiveDiscord, picture: tuple[str, bytes], prompt: str, weight: int, report: Callable[[str], None]
) -> discord.Message:
    guild = discord_.create_guild("Demo")
    channel = guild.create_text_channel("remixes")
    person = guild.add_member(discord_.create_user("mia"))
    result = await person.slash(channel, "remix", image=picture, prompt=prompt, weight=weight)
    reported = ""
    try:
        async with asyncio.timeout(_WITHIN_S):
            while not (channel.last_message and channel.last_message.attachments):
                reply = " ".join(_words(result.response.components)) if result.response else ""
                if reply and reply != reported:
                    report(f"  private reply: {reply}")
                    reported = reply
                await asyncio.sleep(0.05)
    except TimeoutError:
        last = f"The last private reply was: {reported}" if reported else "There was no private reply."
        raise SmokeFailedError(f"no result after {_WITHIN_S:.0f} s. {last}") from None
    return channel.last_message


def _words(components: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The first text of a private reply: what it says, without the steps."""
    for part in components[:1]:
        yield from [part["content"]] if "content" in part else _words(part["components"])


async def _write(message: discord.Message, out: Path) -> Path:
    attachment = message.attachments[0]
    target = out / attachment.filename
    await asyncio.to_thread(_write_file, target, await attachment.read())
    return target


def _write_file(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
