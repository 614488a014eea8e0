"""Finds the pictures of a message, and a member's avatar, in what Discord sends with a command of the Apps menu."""

from collections.abc import Collection, Sequence

import discord
from yarl import URL

from bot.storage.consent.picture_requests import OfferedPicture

# A menu of Discord takes 25 choices, but a message has 10 attachments and 10 embeds at most.
_MOST = 20
_AVATAR_PIXELS = 1024
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")


def pictures_of(message: discord.Message, hosts: Collection[str]) -> Sequence[OfferedPicture]:
    """Attachments, and the pictures in embeds of bots if they are on Discord's CDN. No stickers, no forwarded messages.

    The preview of a link is no picture of whoever posted the link, so it is left out.
    """
    found = [_attached(each) for each in message.attachments if _is_picture(each)]
    embedded = [each.image.url for each in message.embeds if each.type == "rich"]
    found += [OfferedPicture(str(URL(url).path), url) for url in embedded if url and _is_on(url, hosts)]
    return found[:_MOST]


def _attached(attachment: discord.Attachment) -> OfferedPicture:
    return OfferedPicture(str(attachment.id), attachment.url, attachment.size, spoiler=attachment.is_spoiler())


def _is_picture(attachment: discord.Attachment) -> bool:
    """By the sender's word. What it really is shows when it is read."""
    declared = attachment.content_type or ""
    return declared.startswith("image/") or attachment.filename.lower().endswith(_SUFFIXES)


def _is_on(url: str, hosts: Collection[str]) -> bool:
    read = URL(url)
    return read.scheme == "https" and (read.raw_host or "").lower() in hosts


def avatar_of(person: discord.Member | discord.User) -> OfferedPicture | None:
    """The one of this server if they have one. None: they have only the one that Discord gives to everybody."""
    avatar = (person.guild_avatar if isinstance(person, discord.Member) else None) or person.avatar
    if avatar is None:
        return None
    # An animated avatar would be a GIF of several megabytes, and only its first frame is used.
    return OfferedPicture(avatar.key, avatar.replace(size=_AVATAR_PIXELS, format="png").url)


def author_of(message: discord.Message) -> tuple[int, bool]:
    """The author's id, and whether they are a bot or a webhook."""
    return message.author.id, message.author.bot or message.webhook_id is not None
