"""Builds the interactions that people start: what they typed, attached or clicked, as the gateway brings it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .interaction import Interaction
from .model import Attachment, Channel, Message, new_id
from .payloads import attachment_payload, channel_payload, member_payload, message_payload
from .rest.mentions import components_in
from .rest.uploads import measured
from .world import World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, NUMBER, ATTACHMENT = 1, 2, 3, 4, 5, 10, 11
TEXT_INPUT, LABEL = 4, 18
OPTION_TYPE_BY_VALUE: Mapping[type, int] = {bool: BOOLEAN, int: INTEGER, float: NUMBER, str: STRING}

Json = dict[str, Any]
Options = Mapping[str, str | float | bool]


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that somebody attaches to a slash option. Name and content type are the sender's word."""

    data: bytes
    filename: str = "picture.png"
    content_type: str | None = "image/png"
    option: str = "image"
    spoiler: bool = False


def slash_data(world: World, name: str, channel: Channel, options: Options, pictures: tuple[Picture, ...] = ()) -> Json:
    """`name` may be several words: the command, then its group and subcommand."""
    values = [_option(option, value) for option, value in options.items()]
    resolved: Json = {}
    for picture in pictures:
        attachment = _attach(world, channel, picture)
        values.append({"name": picture.option, "type": ATTACHMENT, "value": str(attachment.id)})
        resolved[str(attachment.id)] = attachment_payload(attachment, world)
    data = _command_data(world, name, channel, values)
    return data | ({"resolved": {"attachments": resolved}} if resolved else {})


def autocomplete_data(world: World, name: str, channel: Channel, focused: str, typed: str, options: Options) -> Json:
    values = [_option(option, value) for option, value in options.items()]
    return _command_data(world, name, channel, [*values, _option(focused, typed) | {"focused": True}])


def _option(name: str, value: str | float | bool) -> Json:
    return {"name": name, "type": OPTION_TYPE_BY_VALUE[type(value)], "value": value}


def _attach(world: World, channel: Channel, picture: Picture) -> Attachment:
    name = f"SPOILER_{picture.filename}" if picture.spoiler else picture.filename
    attachment = Attachment(name, picture.data, content_type=picture.content_type, ephemeral=True)
    attachment.channel_id = channel.id
    world.attachments[attachment.id] = measured(attachment)
    return attachment


def _command_data(world: World, name: str, channel: Channel, options: list[Json]) -> Json:
    """With the synced command's id, or a made-up one where the bot has synced none of that name."""
    root, *path = name.split()
    kinds = (GROUP, SUBCOMMAND)[-len(path) :] if path else ()
    for word, kind in reversed(list(zip(path, kinds, strict=True))):
        options = [{"name": word, "type": kind, "options": options}]
    command = world.find_command(root, channel.guild.id) or {"id": str(new_id())}
    scope = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
    return {"id": command["id"], "name": root, "type": 1, "options": options} | scope


def click_data(message: Message, custom_id: str, values: tuple[str, ...] = ()) -> Json:
    """LookupError where the message has no such component, or a disabled one: nobody could click it."""
    for component in components_in(message.components):
        if component.get("custom_id") == custom_id and not component.get("disabled"):
            chosen = {"values": list(values)} if values else {}
            return {"custom_id": custom_id, "component_type": component["type"], "id": 1} | chosen
    raise LookupError(f"no enabled component {custom_id!r} on message {message.id}")


def modal_data(opened: Json, values: Mapping[str, str]) -> Json:
    """The modal as opened, filled in; a field without a value is sent empty."""
    return {"custom_id": opened["custom_id"], "components": [_filled(row, values) for row in opened["components"]]}


def _filled(row: Json, values: Mapping[str, str]) -> Json:
    if row["type"] == LABEL:
        return {"type": LABEL, "id": row.get("id", 1), "component": _field(row["component"], values)}
    if "components" in row:
        return {"type": row["type"], "id": 1, "components": [_field(field, values) for field in row["components"]]}
    return {"type": row["type"], "id": 1}


def _field(field: Json, values: Mapping[str, str]) -> Json:
    """A text input's value, or a select's one choice."""
    custom_id = field["custom_id"]
    filled = {"type": field["type"], "id": field.get("id", 1), "custom_id": custom_id}
    value = values.get(custom_id, "")
    return filled | ({"value": value} if field["type"] == TEXT_INPUT else {"values": [value] if value else []})


def interaction_payload(world: World, interaction: Interaction) -> Json:
    """INTERACTION_CREATE. https://discord.com/developers/docs/interactions/receiving-and-responding."""
    user, channel = interaction.user, interaction.channel
    member = member_payload(user) | {"permissions": str(int(user.permissions))}
    payload = {
        "id": str(interaction.id),
        "application_id": str(world.application_id),
        "type": interaction.type,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "guild_id": str(channel.guild.id),
        "guild": {"id": str(channel.guild.id), "locale": "en-US", "features": []},
        "channel_id": str(channel.id),
        "channel": channel_payload(channel, world.bot) | {"permissions": str(int(user.permissions))},
        "member": member,
        "app_permissions": str(int(channel.bot_permissions)),
        "attachment_size_limit": interaction.attachment_size_limit,
        "locale": "en-US",
        "guild_locale": "en-US",
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": {"0": str(channel.guild.id)},
        "context": 0,
    }
    message = interaction.message
    return payload | ({"message": message_payload(message, world)} if message is not None else {})
