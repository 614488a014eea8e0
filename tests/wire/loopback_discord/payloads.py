"""Objects as Discord writes them in JSON. https://discord.com/developers/docs/resources/message and its neighbours."""

from typing import Any
from urllib.parse import quote

from .model import Attachment, Channel, Guild, Message, Permission, User
from .rest.checks import files_shown
from .rest.mentions import components_in, mentioned_users
from .world import World

ALL_PERMISSIONS = (1 << 53) - 1
MEMBER_OVERWRITE = 1
STARTED = "2020-01-01T00:00:00+00:00"

Json = dict[str, Any]


def user_payload(user: User) -> Json:
    return {
        "id": str(user.id),
        "username": user.name,
        "discriminator": "0",
        "global_name": None if user.bot else user.name.capitalize(),
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def own_user_payload(world: World) -> Json:
    return user_payload(world.bot) | {"verified": True, "mfa_enabled": False, "flags": 0, "locale": "en-US"}


def member_payload(user: User, *, roles: tuple[int, ...] | None = None, timed_out: str | None = None) -> Json:
    return {
        "user": user_payload(user),
        "nick": None,
        "avatar": None,
        "roles": [str(role) for role in (user.roles if roles is None else roles)],
        "joined_at": STARTED,
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": timed_out,
    }


def application_payload(world: World) -> Json:
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "description": "",
        "summary": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": user_payload(world.owner),
        "team": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "approximate_guild_count": len(world.guilds),
        "bot": user_payload(world.bot),
    } | world.application_fields


def role_payload(role_id: int, name: str, permissions: int, position: int) -> Json:
    return {
        "id": str(role_id),
        "name": name,
        "permissions": str(permissions),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": position > 0,
        "mentionable": False,
        "flags": 0,
    }


def user_role_payload(user: User) -> Json:
    return role_payload(user.role_id, f"role of {user.name}", user.permissions, 2)


def channel_payload(channel: Channel, bot: User) -> Json:
    common = {
        "id": str(channel.id),
        "name": channel.name,
        "type": channel.type,
        "guild_id": str(channel.guild.id),
        "parent_id": str(channel.parent.id) if channel.parent else None,
        "last_message_id": str(channel.messages[-1].id) if channel.messages else None,
        "rate_limit_per_user": 0,
        "nsfw": False,
        "flags": 0,
    }
    return common | (_thread_fields(channel) if channel.parent else _text_channel_fields(channel, bot))


def _text_channel_fields(channel: Channel, bot: User) -> Json:
    """The bot's overwrite allows and denies every bit, so what discord.py computes is `bot_permissions` exactly."""
    overwrite = {
        "id": str(bot.id),
        "type": MEMBER_OVERWRITE,
        "allow": str(int(channel.bot_permissions)),
        "deny": str(ALL_PERMISSIONS & ~int(channel.bot_permissions)),
    }
    return {"position": 0, "topic": None, "permission_overwrites": [overwrite]}


def _thread_fields(channel: Channel) -> Json:
    return {
        "owner_id": str(channel.guild.owner_id),
        "message_count": len(channel.standing),
        "total_message_sent": len(channel.messages),
        "member_count": 1,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": STARTED,
            "locked": False,
            "create_timestamp": STARTED,
        },
    }


def guild_payload(guild: Guild, world: World) -> Json:
    everyone = role_payload(guild.id, "@everyone", guild.everyone, 0)
    bot_role = role_payload(guild.bot_role_id, world.bot.name, Permission.VIEW_CHANNEL, 1)
    others = [user_role_payload(user) for user in world.users.values() if user.roles]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "roles": [everyone, bot_role | {"tags": {"bot_id": str(world.bot.id)}}, *others],
        "premium_tier": guild.boost_tier,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "features": [],
        "emojis": [],
        "stickers": [],
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "description": None,
        "banner": None,
        "vanity_url_code": None,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "afk_timeout": 300,
        "afk_channel_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "application_id": None,
    }


def guild_create_payload(guild: Guild, world: World) -> Json:
    """As a bot with the GUILDS intent alone gets it: of the members, itself."""
    standing = [channel for channel in guild.channels.values() if not channel.deleted]
    return guild_payload(guild, world) | {
        "joined_at": STARTED,
        "large": False,
        "unavailable": False,
        "member_count": len(world.users) + 1,
        "members": [member_payload(world.bot, roles=(guild.bot_role_id,))],
        "channels": [channel_payload(channel, world.bot) for channel in standing if channel.parent is None],
        "threads": [channel_payload(channel, world.bot) for channel in standing if channel.parent is not None],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment_url(attachment: Attachment, world: World) -> str:
    """Signed, as Discord's are; see `cdn.py`."""
    folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
    path = f"{folder}/{attachment.channel_id}/{attachment.id}/{quote(attachment.filename)}"
    return f"{world.origin}/{path}?ex=7fffffff&is=0&hm={world.link_key}&"


def attachment_payload(attachment: Attachment, world: World) -> Json:
    url = attachment_url(attachment, world)
    optional = {
        "description": attachment.description,
        "content_type": attachment.content_type,
        "width": attachment.width,
        "height": attachment.height,
        "ephemeral": attachment.ephemeral or None,
    }
    return {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": url,
        "proxy_url": url,
        "flags": 1 << 5 if attachment.spoiler else 0,
    } | {name: value for name, value in optional.items() if value is not None}


def message_payload(message: Message, world: World) -> Json:
    payload = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "guild_id": str(message.channel.guild.id),
        "author": user_payload(message.author),
        "content": message.content,
        "timestamp": message.created_at.isoformat(),
        "edited_timestamp": message.edited_at.isoformat() if message.edited_at else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [user_payload(world.users[user]) for user in mentioned_users(message) if user in world.users],
        "mention_roles": [],
        "attachments": [attachment_payload(attachment, world) for attachment in _listed(message)],
        "embeds": message.embeds,
        "components": _resolved(message.components, message, world),
        "pinned": False,
        "type": 20 if message.webhook else 0,
        "flags": message.flags,
    }
    webhook = {"webhook_id": str(world.application_id), "application_id": str(world.application_id)}
    return payload | (webhook if message.webhook else {}) | ({"nonce": message.nonce} if message.nonce else {})


def _listed(message: Message) -> list[Attachment]:
    """A file that a component shows is told there alone. https://github.com/discord/discord-api-docs/issues/8277"""
    shown = {name for component in components_in(message.components) for name in files_shown(component)}
    return [attachment for attachment in message.attachments if attachment.filename not in shown]


def _resolved(node: Any, message: Message, world: World) -> Any:
    """The components with `attachment://` addresses replaced, as Discord gives them back."""
    if isinstance(node, list):
        return [_resolved(item, message, world) for item in node]
    if not isinstance(node, dict):
        return node
    resolved = {name: _resolved(value, message, world) for name, value in node.items()}
    name = str(resolved.get("url", "")).removeprefix("attachment://")
    for attachment in message.attachments:
        if attachment.filename == name:
            url = attachment_url(attachment, world)
            return resolved | {"url": url, "proxy_url": url, "attachment_id": str(attachment.id)}
    return resolved
