"""What Discord refuses in a message's content, components and files.

Limits: https://discord.com/developers/docs/resources/message#create-message
"""

from typing import Any

from tests.wire.loopback_discord.model import COMPONENTS_V2, Message

from . import errors
from .mentions import components_in

MAX_CONTENT = 2000
MAX_NONCE = 25
MAX_ATTACHMENTS = 10
MAX_ALT_TEXT = 1024
MAX_EMBEDS = 10
MAX_COMPONENTS = 40
MAX_ROWS = 5
MAX_CUSTOM_ID = 100
MAX_BUTTON_LABEL = 80
ROW_CHILDREN = 5
GALLERY_ITEMS = 10
ACTION_ROW, BUTTON, GALLERY, FILE, THUMBNAIL = 1, 2, 12, 13, 11
OLD_TOP_LEVEL = (ACTION_ROW,)


def check_message(message: Message) -> None:
    """ApiError 400 for the first thing that is wrong with the message as it would stand."""
    if len(message.content) > MAX_CONTENT:
        raise errors.invalid_form("content is longer than 2000")
    if message.nonce is not None and len(message.nonce) > MAX_NONCE:
        raise errors.invalid_form("nonce is longer than 25")
    if len(message.embeds) > MAX_EMBEDS:
        raise errors.invalid_form("more than 10 embeds")
    _check_files(message)
    _check_components(message)
    if not (message.content or message.embeds or message.attachments or message.components):
        raise errors.empty_message()


def _check_files(message: Message) -> None:
    if len(message.attachments) > MAX_ATTACHMENTS:
        raise errors.invalid_form("more than 10 attachments")
    if any(len(attachment.description or "") > MAX_ALT_TEXT for attachment in message.attachments):
        raise errors.invalid_form("description is longer than 1024")


def _check_components(message: Message) -> None:
    everything = list(components_in(message.components))
    if message.flags & COMPONENTS_V2:
        if message.content or message.embeds:
            raise errors.invalid_form("content and embeds cannot stand beside components V2")
        if len(everything) > MAX_COMPONENTS:
            raise errors.invalid_form("more than 40 components")
    elif len(message.components) > MAX_ROWS or any(c["type"] not in OLD_TOP_LEVEL for c in message.components):
        raise errors.invalid_form("components: up to five action rows, or the flag of components V2")
    custom_ids = [component["custom_id"] for component in everything if "custom_id" in component]
    if len(custom_ids) != len(set(custom_ids)):
        raise errors.invalid_form("custom_id is not unique")
    files = {attachment.filename for attachment in message.attachments}
    for component in everything:
        _check_component(component, files)


def _check_component(component: dict[str, Any], files: set[str]) -> None:
    if component["type"] == ACTION_ROW and not 1 <= len(component["components"]) <= ROW_CHILDREN:
        raise errors.invalid_form("an action row has one to five components")
    if component["type"] == GALLERY and not 1 <= len(component["items"]) <= GALLERY_ITEMS:
        raise errors.invalid_form("a gallery has one to ten items")
    if len(component.get("custom_id") or "-") > MAX_CUSTOM_ID:
        raise errors.invalid_form("custom_id is longer than 100")
    if component["type"] == BUTTON and len(component.get("label") or "") > MAX_BUTTON_LABEL:
        raise errors.invalid_form("label is longer than 80")
    if missing := files_shown(component) - files:
        raise errors.invalid_form(f"no such attachment: {min(missing)}")


def files_shown(component: dict[str, Any]) -> set[str]:
    """The file names that a gallery, file or thumbnail component takes from the message's own attachments."""
    shown = [item["media"] for item in component.get("items", [])]
    if component["type"] == THUMBNAIL:
        shown.append(component["media"])
    if component["type"] == FILE:
        shown.append(component["file"])
    urls = [str(media["url"]) for media in shown]
    return {url.removeprefix("attachment://") for url in urls if url.startswith("attachment://")}
