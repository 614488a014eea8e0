"""Syncs the commands with Discord only if they have changed, because every sync counts against a rate limit."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import discord
import structlog
from discord import app_commands

from bot.discord_app.kit.command_mentions import remember_ids
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.synced_commands import Synced

_LOOK_EVERY_S = 30.0

_Tree = app_commands.CommandTree[discord.Client]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SyncMemory:
    """Stores what was last synced, by scope, which is an application with a server or all servers."""

    read: Callable[[], Awaitable[Mapping[str, Synced]]]
    write: Callable[[str, Synced | None], Awaitable[None]]


async def sync_changed(
    tree: _Tree, guild_ids: frozenset[int], memory: SyncMemory, operator_guild_id: int | None = None
) -> None:
    """Syncs globally, or to the given servers only, where new commands appear at once (for development).

    The operator's server gets its own commands too. Servers that had commands before and are not a target any more lose
    them, or members would see each command twice.

    If Discord refuses, the error is logged and the next start tries again. Commands that it already knows keep working.
    Two processes that start at once may both sync: the same commands get the same ids both times.
    """
    known = await memory.read()
    targets: set[int | None] = {*guild_ids} or {None}
    if operator_guild_id is not None:
        targets.add(operator_guild_id)
    for guild_id in targets:
        if guild_id in guild_ids:
            tree.copy_global_to(guild=discord.Object(guild_id))
        fingerprint = _fingerprint(tree, guild_id)
        synced = known.get(_scope(tree, guild_id))
        # Earlier versions kept no ids, and only a sync brings them.
        known_there = synced is not None and synced.fingerprint == fingerprint and bool(synced.ids)
        if synced is None or not known_there or await _are_gone(tree, guild_id, synced):
            await _sync(tree, guild_id, fingerprint, memory)
    prefix = _scope(tree, "")
    for scope in known:
        place = scope.removeprefix(prefix)
        if scope.startswith(prefix) and place.isdigit() and int(place) not in targets:
            await _sync(tree, int(place), None, memory)
    await recall_synced(tree, memory)


async def keep_recalling(tree: _Tree, memory: SyncMemory) -> None:
    """Follows what another process syncs, such as commands that were gone and have new ids since. Runs for ever."""
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        with suppress(DatabaseUnavailableError):
            await recall_synced(tree, memory)


async def recall_synced(tree: _Tree, memory: SyncMemory) -> None:
    """Makes the commands clickable in messages, by the ids of the last sync."""
    prefix = _scope(tree, "")
    remember_ids(synced.ids for scope, synced in (await memory.read()).items() if scope.startswith(prefix))


async def _are_gone(tree: _Tree, guild_id: int | None, synced: Synced) -> bool:
    """Whether Discord has other commands now: another program with the same token, or a person, can replace them."""
    try:
        found = await tree.fetch_commands(guild=discord.Object(guild_id) if guild_id else None)
    except (discord.HTTPException, discord.RateLimited):
        return False
    return {command.id for command in found} != set(synced.ids.values())


async def _sync(tree: _Tree, guild_id: int | None, fingerprint: str | None, memory: SyncMemory) -> None:
    scope = _scope(tree, guild_id)
    guild = discord.Object(guild_id) if guild_id else None
    try:
        commands = await tree.sync(guild=guild)
    except (
        discord.HTTPException,
        # Discord lets an application create 200 commands a day, and then asks to wait for hours.
        discord.RateLimited,
        app_commands.CommandSyncFailure,
        app_commands.TranslationError,
    ) as error:
        log.error("Discord rejected the commands", scope=scope, error=str(error))
        return
    ids = {command.name: command.id for command in commands}
    await memory.write(scope, None if fingerprint is None else Synced(fingerprint, ids))
    log.info("commands synced", scope=scope)


def _scope(tree: _Tree, place: int | str | None) -> str:
    return f"{tree.client.application_id}:{'global' if place is None else place}"


def _fingerprint(tree: _Tree, guild_id: int | None) -> str:
    commands = tree.get_commands(guild=discord.Object(guild_id) if guild_id else None)
    # Sorted, because the order in which commands are added means nothing to Discord.
    payload = sorted(json.dumps(command.to_dict(tree), sort_keys=True) for command in commands)
    return hashlib.sha256("\n".join(payload).encode()).hexdigest()
