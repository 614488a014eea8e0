"""Tells Discord of our commands when they have changed, and only then: syncing costs rate limit."""

import hashlib
import json
from collections.abc import Awaitable, Callable

import discord
import structlog
from discord import app_commands

log = structlog.get_logger(__name__)


async def sync_changed(
    tree: app_commands.CommandTree[discord.Client],
    guild_ids: frozenset[int],
    read: Callable[[str], Awaitable[str | None]],
    write: Callable[[str, str], Awaitable[None]],
) -> None:
    """Sync globally, or to the given servers (at once, for development). `read` and `write` keep what was synced."""
    fingerprint = _fingerprint(tree)
    targets: list[int | None] = [*sorted(guild_ids)] or [None]
    for guild_id in targets:
        scope = str(guild_id) if guild_id else "global"
        if await read(scope) != fingerprint:
            guild = discord.Object(guild_id) if guild_id else None
            if guild is not None:
                tree.copy_global_to(guild=guild)
            await tree.sync(guild=guild)
            await write(scope, fingerprint)
            log.info("the commands were synced", scope=scope)


def _fingerprint(tree: app_commands.CommandTree[discord.Client]) -> str:
    payload = sorted(json.dumps(command.to_dict(tree), sort_keys=True) for command in tree.get_commands())
    return hashlib.sha256("\n".join(payload).encode()).hexdigest()
