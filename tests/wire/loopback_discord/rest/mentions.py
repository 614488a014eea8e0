"""Whom a message pings, by what stands in its text and by what its `allowed_mentions` let through."""

import re
from collections.abc import Iterator
from typing import Any

from tests.wire.loopback_discord.model import Message

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)")


def components_in(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each component, however deep."""
    for component in components:
        yield component
        yield from components_in(component.get("components", []))
        if "accessory" in component:
            yield from components_in([component["accessory"]])


def text_of(message: Message) -> str:
    """All that people read in it: the content and the text displays."""
    displays = [str(component["content"]) for component in components_in(message.components) if "content" in component]
    return "\n".join(filter(None, [message.content, *displays]))


def _allows(message: Message, kind: str) -> bool:
    allowed = message.allowed_mentions
    return allowed is None or kind in allowed.get("parse", [])


def mentioned_users(message: Message) -> set[int]:
    """The ids of the people it pings."""
    written = {int(found) for found in USER.findall(text_of(message))}
    if _allows(message, "users"):
        return written
    listed = (message.allowed_mentions or {}).get("users") or []
    return written & {int(user) for user in listed}


def mentioned_roles(message: Message) -> set[int]:
    """The ids of the roles it pings."""
    written = {int(found) for found in ROLE.findall(text_of(message))}
    if _allows(message, "roles"):
        return written
    listed = (message.allowed_mentions or {}).get("roles") or []
    return written & {int(role) for role in listed}


def pings_everyone(message: Message) -> bool:
    return _allows(message, "everyone") and EVERYONE.search(text_of(message)) is not None
