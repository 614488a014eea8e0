"""Tells Discord of our commands when they have changed, and only then: syncing costs rate limit."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import discord
import structlog
from discord import app_commands

_Tree = app_commands.CommandTree[discord.Client]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SyncMemory:
    """Where it is kept what Discord was last told: a fingerprint by scope (an application and a server, or all)."""

    read: Callable[[], Awaitable[Mapping[str, str]]]
    write: Callable[[str, str | None], Awaitable[None]]


async def sync_changed(
    tree: _Tree, guild_ids: frozenset[int], memory: SyncMemory, operator_guild_id: int | None = None
) -> None:
    """Sync globally, or to the given servers (at once, for development), and take back what servers had before.

    The operator's server has commands of its own besides.

    What Discord refuses is logged and tried again at the next start: the commands that it knows go on working.
    """
    known = await memory.read()
    targets: set[int | None] = {*guild_ids} or {None}
    if operator_guild_id is not None:
        targets.add(operator_guild_id)
    for guild_id in targets:
        if guild_id in guild_ids:
            tree.copy_global_to(guild=discord.Object(guild_id))
        fingerprint = _fingerprint(tree, guild_id)
        if known.get(_scope(tree, guild_id)) != fingerprint:
            await _sync(tree, guild_id, fingerprint, memory)
    prefix = _scope(tree, "")
    for scope in known:
        place = scope.removeprefix(prefix)
        if scope.startswith(prefix) and place.isdigit() and int(place) not in targets:
            await _sync(tree, int(place), None, memory)


async def _sync(tree: _Tree, guild_id: int | None, fingerprint: str | None, memory: SyncMemory) -> None:
    scope = _scope(tree, guild_id)
    guild = discord.Object(guild_id) if guild_id else None
    try:
        await tree.sync(guild=guild)
    except (discord.HTTPException, app_commands.CommandSyncFailure, app_commands.TranslationError) as error:
        log.error("Discord did not take the commands", scope=scope, error=str(error))
        return
    await memory.write(scope, fingerprint)
    log.info("the commands were synced", scope=scope)


def _scope(tree: _Tree, place: int | str | None) -> str:
    return f"{tree.client.application_id}:{'global' if place is None else place}"


def _fingerprint(tree: _Tree, guild_id: int | None) -> str:
    commands = tree.get_commands(guild=discord.Object(guild_id) if guild_id else None)
    payload = sorted(json.dumps(command.to_dict(tree), sort_keys=True) for command in commands)
    return hashlib.sha256("\n".join(payload).encode()).hexdigest()
