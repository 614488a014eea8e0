"""A server's AutoMod in simcord's Discord, and the permission to read it."""

import discord

KEYWORDS, PRESETS = 1, 4


def let_read(world, *, may=True):
    """In simcord the bot has Manage Server from the beginning."""
    backend = world.discord.backend
    guild = backend.get_guild(world.server.id)
    for role_id in guild.members[backend.bot_user.id].role_ids:
        held = discord.Permissions(guild.roles[role_id].permissions)
        held.manage_guild = may
        backend.edit_role(world.server.id, role_id, {"permissions": held.value})


def add_rule(world, *keywords, trigger=KEYWORDS, actions=(1,), enabled=True, exempt=(), where=(), **metadata):
    """`actions`: 1 blocks, 2 alerts. Returns the rule's number."""
    body = {
        "name": "Bad words",
        "event_type": 1,
        "trigger_type": trigger,
        "trigger_metadata": {"keyword_filter": list(keywords), **metadata},
        "actions": [{"type": action} for action in actions],
        "enabled": enabled,
        "exempt_roles": [str(role.id) for role in exempt],
        "exempt_channels": [str(channel.id) for channel in where],
    }
    return world.discord.backend.create_auto_mod_rule(world.server.id, world.mia.id, body).id
