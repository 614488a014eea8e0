"""Knows how large a file can be in each server, also where Discord tells another process about that server."""

import asyncio
import time
from collections.abc import Callable

import discord
import structlog

from bot.discord_app.kit.sending import DEFAULT_FILE_LIMIT, DISCORD_ERRORS

# Boosts come and go. A limit that has become too high is found at the next post, which Discord then refuses.
_KEPT_S = 300.0
_MOST_KEPT = 5_000
_ASKED_WITHIN_S = 5.0

log = structlog.get_logger(__name__)


class FileLimits:
    """`now`: a clock in seconds."""

    def __init__(self, client: discord.Client, now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = now
        self._kept: dict[int, tuple[int, float]] = {}

    async def of(self, guild_id: int) -> int:
        """Bytes per file that the bot can post there: 10, 50 or 100 MiB, depending on the server's boosts.

        Takes a request at most, and only if the server is not in discord.py's cache. Raises nothing: without an answer
        it is what every server allows.
        """
        guild = self._client.get_guild(guild_id)
        if guild is not None:
            return guild.filesize_limit
        limit, until = self._kept.get(guild_id, (0, 0.0))
        if self._now() < until:
            return limit
        if self._client.is_closed():
            return DEFAULT_FILE_LIMIT
        try:
            async with asyncio.timeout(_ASKED_WITHIN_S):
                found = await self._client.fetch_guild(guild_id, with_counts=False)
        except DISCORD_ERRORS as error:
            log.info("Discord does not say how large files can be", guild=guild_id, error=type(error).__name__)
            return DEFAULT_FILE_LIMIT
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[guild_id] = found.filesize_limit, self._now() + _KEPT_S
        return found.filesize_limit
