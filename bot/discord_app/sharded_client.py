"""The bot's client with several connections to Discord's gateway, each for a part of its servers.

Discord refuses one connection for a bot in more than 2,500 servers:
https://discord.com/developers/docs/events/gateway#sharding
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import discord
from discord import shard as discord_shard
from discord.gateway import ReconnectWebSocket

from bot.discord_app.client import RemixClient, Sync
from bot.discord_app.gateway_state import GatewayState
from bot.rules.roles import Shards

_BETWEEN_IDENTIFIES_S = 5.0


@dataclass(frozen=True, slots=True)
class Sharding:
    """`at_once`: how many shards can begin a session within five seconds (Discord's `max_concurrency`)."""

    shards: Shards
    at_once: int = 1


class _Shard(discord_shard.Shard):
    async def reconnect(self) -> None:
        """Resumes the session, as a client with one connection does in discord.py 2.7.

        A sharded client begins a new session there, and Discord drops the commands that came in between.
        """
        if self.ws.session_id is None:
            await super().reconnect()
        else:
            await self.reidentify(ReconnectWebSocket(self.id, resume=True))


class ShardedClient(RemixClient, discord.AutoShardedClient):
    def __init__(self, sync: Sync, sharding: Sharding, *, proxy: str | None = None) -> None:
        shards = sharding.shards
        super().__init__(sync, proxy=proxy, shard_count=shards.count, shard_ids=list(shards.ids))
        discord_shard.Shard = _Shard  # type: ignore[misc]  # discord.py makes its shards from this name
        self.gateway = GatewayState(shards.ids)
        self._sharding = sharding
        self._identified_at: dict[int, float] = {}
        self._has_begun: set[int] = set()
        _forget_left_servers(self)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keeps the pace that Discord sets. discord.py begins one session in five seconds, whatever Discord allows.

        https://discord.com/developers/docs/events/gateway#sharding-max-concurrency
        """
        if shard_id is None or shard_id in self._has_begun:
            # Also after a session that Discord has refused, for which it wants a pause of 1 to 5 s.
            await super().before_identify_hook(shard_id, initial=initial)
            return
        lane = shard_id % self._sharding.at_once
        last = self._identified_at.get(lane, -_BETWEEN_IDENTIFIES_S)
        await asyncio.sleep(max(0.0, last + _BETWEEN_IDENTIFIES_S - time.monotonic()))
        self._identified_at[lane] = time.monotonic()
        self._has_begun.add(shard_id)

    async def on_shard_ready(self, shard_id: int) -> None:
        """Comes after each new session of that shard."""
        self.gateway.connected(shard_id)
        ours = Shards(shard_id, shard_id, self._sharding.shards.count)
        present = [guild.id for guild in self.guilds if ours.cover(guild.id)]
        await self.features.departures.find_left_servers(present, ours.cover)

    async def on_shard_resumed(self, shard_id: int) -> None:
        self.gateway.connected(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        self.gateway.lost(shard_id)

    # These come too, but do not say from which shard.
    async def on_ready(self) -> None: ...

    async def on_resumed(self) -> None: ...

    async def on_disconnect(self) -> None: ...


def make_client(sync: Sync, sharding: Sharding | None, proxy: str | None) -> RemixClient:
    """`sharding` None: with one connection, or for a worker with none."""
    return RemixClient(sync, proxy=proxy) if sharding is None else ShardedClient(sync, sharding, proxy=proxy)


def _forget_left_servers(client: discord.AutoShardedClient) -> None:
    """Mends that discord.py 2.7 keeps the servers that have removed a sharded bot between two sessions."""
    parsers = client._connection.parsers  # noqa: SLF001 - no event comes before the servers of READY are kept
    parse = parsers["READY"]

    def forget_and_parse(data: dict[str, Any]) -> None:
        shard_id, named = data["shard"][0], {int(guild["id"]) for guild in data["guilds"]}
        for guild in client.guilds:
            if guild.shard_id == shard_id and guild.id not in named:
                client._connection._remove_guild(guild)  # noqa: SLF001 - see above
        parse(data)

    parsers["READY"] = forget_and_parse
