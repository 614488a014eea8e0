"""The smoke form of the demo: the unchanged bot makes one remix, without keys and without a network."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import discord
from discord import app_commands

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.demo.keyless import KEY, demo_settings, keyless_bot
from bot.demo.live_discord import LiveDiscord
from bot.wiring import App

_WITHIN_S = 60.0
_GRACE_S = 10.0


class SmokeFailedError(Exception):
    """No remix came out; says why."""


def read_source(photo: Path | None) -> tuple[str, bytes]:
    """The name and bytes of that photo, or of the sample. Raises OSError."""
    if photo is not None:
        return photo.name, photo.read_bytes()
    return "sample.jpg", files("bot.demo").joinpath("sample.jpg").read_bytes()


async def make_one_remix(
    source: tuple[str, bytes], *, prompt: str, weight: int, out: Path, tell: Callable[[str], None]
) -> Path:
    """Make it, tell what happens, and return where the picture was written. Raises SmokeFailedError and OSError."""
    began = time.monotonic()
    async with _bot_without_keys() as (app, discord_):
        tell(f"The bot is ready after {time.monotonic() - began:.1f} s: {', '.join(_commands(app))}")
        tell(f"/remix image:{source[0]} prompt:{prompt} weight:{weight}")
        message = await _remix(discord_, source, prompt, weight, tell)
        written = await _write(message, out)
    tell(f"The result was posted after {time.monotonic() - began:.1f} s and written to {written}")
    return written


def _commands(app: App) -> list[str]:
    """As people find them: a slash before the name, or bare in a message's menu."""
    tree = app.client.tree
    return [
        each.name if isinstance(each, app_commands.ContextMenu) else f"/{each.name}" for each in tree.get_commands()
    ]


@asynccontextmanager
async def _bot_without_keys() -> AsyncIterator[tuple[App, LiveDiscord]]:
    with tempfile.TemporaryDirectory(prefix="remix-bot-", ignore_cleanup_errors=True) as folder:
        async with IdeogramStandIn(api_key=KEY) as ideogram:
            settings = demo_settings(Path(folder), ideogram)
            async with keyless_bot(settings, ideogram, grace_s=_GRACE_S) as (app, live):
                await app.start_work()
                yield app, live


async def _remix(
    discord_: LiveDiscord, picture: tuple[str, bytes], prompt: str, weight: int, tell: Callable[[str], None]
) -> discord.Message:
    guild = discord_.create_guild("Demo")
    channel = guild.create_text_channel("remixes")
    person = guild.add_member(discord_.create_user("mia"))
    result = await person.slash(channel, "remix", image=picture, prompt=prompt, weight=weight)
    told = ""
    try:
        async with asyncio.timeout(_WITHIN_S):
            while not (channel.last_message and channel.last_message.attachments):
                reply = result.response.content if result.response else ""
                if reply and reply != told:
                    tell(f"  privately: {reply}")
                    told = reply
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise SmokeFailedError(f"no result after {_WITHIN_S:.0f} s. The bot's last words: {told or 'none'}") from None
    return channel.last_message


async def _write(message: discord.Message, out: Path) -> Path:
    attachment = message.attachments[0]
    target = out / attachment.filename
    await asyncio.to_thread(_write_file, target, await attachment.read())
    return target


def _write_file(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
