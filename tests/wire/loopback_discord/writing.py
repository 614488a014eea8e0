"""Makes and changes messages from what the bot sent."""

import mimetypes
from datetime import UTC, datetime
from typing import Any

from .model import COMPONENTS_V2, EPHEMERAL, LOADING, Attachment, Channel, Message, new_id
from .rest import errors
from .rest.checks import check_message
from .rest.uploads import Form, measured
from .world import World

KEPT_FLAGS = COMPONENTS_V2 | EPHEMERAL | 1 << 2 | 1 << 12
"""Components V2, ephemeral, no embeds, silent: the flags that a bot may set itself."""


def new_message(world: World, channel: Channel, form: Form, *, file_limit: int) -> Message:
    """Checked but not yet in the channel. ApiError 400 or 413 for what Discord would not take."""
    message = Message(channel, world.bot, flags=int(form.payload.get("flags") or 0) & KEPT_FLAGS)
    nonce = form.payload.get("nonce")
    message.nonce = None if nonce is None else str(nonce)
    _fill(world, message, form, file_limit)
    check_message(message)
    return message


def change_message(world: World, message: Message, form: Form, *, file_limit: int) -> None:
    """Changes only what the form names. Left as it was when an ApiError is raised."""
    draft = message.copy()
    draft.flags |= int(form.payload.get("flags") or 0) & COMPONENTS_V2
    draft.flags &= ~LOADING
    _fill(world, draft, form, file_limit)
    check_message(draft)
    for name in ("flags", "content", "embeds", "components", "attachments", "allowed_mentions"):
        setattr(message, name, getattr(draft, name))
    message.edited_at = datetime.now(UTC)


def post(world: World, message: Message) -> Message:
    """The message is there from now on. A private one is in no channel's history."""
    if not message.ephemeral:
        message.channel.messages.append(message)
    world.remember_nonce(message)
    message.channel.watch.changed()
    return message


def delete(message: Message) -> None:
    """Its files go with it."""
    message.deleted = True
    for attachment in message.attachments:
        attachment.gone = True
    message.channel.watch.changed()


def _fill(world: World, message: Message, form: Form, file_limit: int) -> None:
    payload = form.payload
    if "content" in payload:
        message.content = payload["content"] or ""
    if "embeds" in payload:
        message.embeds = payload["embeds"] or []
    if "components" in payload:
        message.components = payload["components"] or []
    if "allowed_mentions" in payload:
        message.allowed_mentions = payload["allowed_mentions"]
    message.attachments = _attachments(world, message, form, file_limit)


def _attachments(world: World, message: Message, form: Form, file_limit: int) -> list[Attachment]:
    """Those that stay, then the new ones. Without a list in the payload all stay."""
    if any(len(upload.data) > file_limit for upload in form.files.values()):
        raise errors.too_large()
    listed: list[dict[str, Any]] | None = form.payload.get("attachments")
    ids = None if listed is None else {str(entry["id"]) for entry in listed}
    kept = [attachment for attachment in message.attachments if ids is None or str(attachment.id) in ids]
    described = {str(entry["id"]): entry for entry in listed or []}
    return kept + [_store(world, message, form, number, described.get(str(number), {})) for number in form.files]


def _store(world: World, message: Message, form: Form, number: int, entry: dict[str, Any]) -> Attachment:
    upload = form.files[number]
    name = str(entry.get("filename") or upload.filename)
    kind = mimetypes.guess_type(name)[0]
    attachment = Attachment(name, upload.data, entry.get("description"), kind, message.ephemeral)
    attachment.channel_id, attachment.id = message.channel.id, new_id()
    world.attachments[attachment.id] = measured(attachment)
    return attachment
