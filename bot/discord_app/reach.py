"""Reads by REST, without a gateway, which servers the bot is in and what it lacks there."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.discord_app.kit.permissions import missing_to_post

_TEXT, _VOICE, _NEWS, _STAGE, _FORUM, _MEDIA = 0, 2, 5, 13, 15, 16
_THREADS = frozenset({10, 11, 12})
_HOLDS_MESSAGES = frozenset({_TEXT, _VOICE, _NEWS, _STAGE, _FORUM, _MEDIA})
"""https://discord.com/developers/docs/resources/channel#channel-object-channel-types"""
_THREADS_ONLY = frozenset({_FORUM, _MEDIA})
_TO_WRITE = frozenset({"View Channel", "Send Messages", "Send Messages in Threads"})
_MAX_RATE_LIMIT_S = 30.0

DISCORD_FAILED = (discord.HTTPException, discord.RateLimited, discord.InvalidData, aiohttp.ClientError, OSError)
"""What a question to Discord can raise: all but a time-out of the caller."""

_Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or thread, and the permissions that the bot lacks there, spelled as in Discord's settings."""

    id: int
    name: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerReach:
    """`seen`: the channels that the bot can see. `lacking`: the permissions that its roles lack in the whole server."""

    id: int
    name: str
    seen: Sequence[Place]
    lacking: tuple[str, ...]

    @property
    def gaps(self) -> Sequence[Place]:
        """Where it cannot post results."""
        return [place for place in self.seen if place.missing]


class Reach:
    """Asks with a client that has logged in. Every method raises what DISCORD_FAILED lists."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def servers(self) -> dict[int, str]:
        """The names of all servers that the bot is in, by id."""
        return {guild.id: guild.name async for guild in self._client.fetch_guilds(limit=None, with_counts=False)}

    async def server(self, guild_id: int) -> ServerReach:
        """Takes three requests."""
        guild, me = await self._guild(guild_id)
        places = []
        for raw in await self._client.http.get_all_guild_channels(guild_id):
            if raw["type"] in _HOLDS_MESSAGES:
                held = self._held(guild, me, raw)
                if held.view_channel:
                    missing = missing_to_post(held, in_thread=raw["type"] in _THREADS_ONLY)
                    places.append(Place(int(raw["id"]), raw["name"], missing))
        return ServerReach(guild_id, guild.name, places, missing_to_post(me.guild_permissions))

    async def to_write(self, channel_id: int) -> tuple[int, Place]:
        """The server of a channel or thread, and what the bot lacks to write text there.

        Also raises discord.NotFound for a channel that is gone, and discord.Forbidden for one that it cannot see.
        """
        raw: _Json = await self._client.http.get_channel(channel_id)
        if "guild_id" not in raw:
            raise discord.InvalidData("a direct message, and no channel of a server")
        guild_id = int(raw["guild_id"])
        in_thread = raw["type"] in _THREADS
        guild, me = await self._guild(guild_id)
        overwritten = await self._client.http.get_channel(raw["parent_id"]) if in_thread else raw
        missing = missing_to_post(self._held(guild, me, overwritten), in_thread=in_thread)
        return guild_id, Place(channel_id, raw["name"], tuple(name for name in missing if name in _TO_WRITE))

    async def commands(self, guild_id: int | None) -> frozenset[int]:
        """The ids of the commands that Discord has of the bot: in that server, or with None in all."""
        http, application_id = self._client.http, self._client.application_id or 0
        found: Sequence[_Json] = (
            await http.get_global_commands(application_id)
            if guild_id is None
            else await http.get_guild_commands(application_id, guild_id)
        )
        return frozenset(int(command["id"]) for command in found)

    async def _guild(self, guild_id: int) -> tuple[discord.Guild, discord.Member]:
        guild = await self._client.fetch_guild(guild_id, with_counts=False)
        return guild, await guild.fetch_member(self._client.user.id if self._client.user else 0)

    def _held(self, guild: discord.Guild, me: discord.Member, raw: _Json) -> discord.Permissions:
        """What the bot's roles and the channel's overwrites give it. They are the same in all types of channels.

        So one class will do, also for types that discord.py does not know: `fetch_channels` raises for those.
        """
        data: Any = {"position": 0, **raw, "type": _TEXT}
        return discord.TextChannel(state=self._client._connection, guild=guild, data=data).permissions_for(me)  # noqa: SLF001 - discord.py builds channels from nothing else


@asynccontextmanager
async def logged_in(token: str, proxy: str | None) -> AsyncIterator[Reach]:
    """Logs in without connecting to the gateway, so a running bot with the same token keeps its connection."""
    client = discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=_MAX_RATE_LIMIT_S, proxy=proxy)
    async with client:
        await client.login(token)
        yield Reach(client)
