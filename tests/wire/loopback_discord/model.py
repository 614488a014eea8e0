"""What exists in this Discord: users, servers, channels, messages, files. No wire format and no network."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntFlag
from typing import Any

from .watch import Watch

DISCORD_EPOCH_MS = 1420070400000
MIB = 1024 * 1024
FILE_LIMIT_BY_TIER = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}

TEXT_CHANNEL = 0
PUBLIC_THREAD = 11

EPHEMERAL = 1 << 6
LOADING = 1 << 7
COMPONENTS_V2 = 1 << 15

Announce = Callable[[str, Any], None]
"""Tells the gateway that something changed: the event's name, and the object."""


class Permission(IntFlag):
    """The bits that matter here: https://discord.com/developers/docs/topics/permissions."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_MESSAGES_IN_THREADS = 1 << 38


MEMBER = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What an ordinary member, and an ordinary bot, may do in a channel."""


class Snowflakes:
    """Discord's ids: strictly growing, and readable as a time."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> int:
        now = (int(time.time() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(self._last + 1, now)
        return self._last


new_id = Snowflakes()


def new_guild_id(shard: int, count: int) -> int:
    """The id of a server that belongs to that shard."""
    first = new_id() >> 22
    return (first + (shard - first) % count) << 22 | secrets.randbits(22)


@dataclass(eq=False, slots=True)
class User:
    """`permissions` hold for the member in every server and channel: other ones than everybody's come from a role."""

    id: int
    name: str
    bot: bool = False
    permissions: Permission = MEMBER
    role_id: int = field(default_factory=new_id)

    @property
    def roles(self) -> tuple[int, ...]:
        return () if self.permissions == MEMBER else (self.role_id,)


@dataclass(eq=False, slots=True)
class Attachment:
    """A stored file. While `gone` is set its address answers 404, as an expired one does."""

    filename: str
    data: bytes = field(repr=False)
    description: str | None = None
    content_type: str | None = None
    ephemeral: bool = False
    width: int | None = None
    height: int | None = None
    gone: bool = False
    id: int = field(default_factory=new_id)
    channel_id: int = 0

    @property
    def spoiler(self) -> bool:
        return self.filename.startswith("SPOILER_")


@dataclass(eq=False, slots=True)
class Message:
    """A message as it is now. `components` and `embeds` are as the bot sent them."""

    channel: "Channel"
    author: User
    content: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    embeds: list[dict[str, Any]] = field(default_factory=list)
    allowed_mentions: dict[str, Any] | None = None
    flags: int = 0
    nonce: str | None = None
    deleted: bool = False
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    edited_at: datetime | None = None
    webhook: bool = False
    id: int = field(default_factory=new_id)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    def copy(self) -> "Message":
        """How it stands now, for a record of its history."""
        return replace(self, attachments=list(self.attachments))


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel or, with a parent, a public thread. `messages` has the visible ones and keeps the deleted."""

    id: int
    name: str
    guild: "Guild" = field(repr=False)
    announce: Announce = field(repr=False)
    bot_permissions: Permission = MEMBER
    parent: "Channel | None" = None
    deleted: bool = False
    messages: list[Message] = field(default_factory=list, repr=False)
    watch: Watch = field(default_factory=Watch, repr=False)

    @property
    def type(self) -> int:
        return TEXT_CHANNEL if self.parent is None else PUBLIC_THREAD

    @property
    def standing(self) -> list[Message]:
        """The messages that are not deleted."""
        return [message for message in self.messages if not message.deleted]

    async def wait_for(self, predicate: Callable[["Channel"], bool], within_s: float = 10) -> None:
        """Returns once `predicate(channel)` holds; looks at each change of its messages."""
        await self.watch.wait_for(lambda: predicate(self), within_s, f"#{self.name}")

    def set_bot_permissions(self, permissions: Permission, *, announced: bool = True) -> None:
        """From now on. Unannounced, the bot does not hear of it before its next request."""
        self.bot_permissions = permissions
        if announced:
            self.announce("CHANNEL_UPDATE", self)

    def delete(self, *, announced: bool = True) -> None:
        self.deleted = True
        if announced:
            self.announce("THREAD_DELETE" if self.parent else "CHANNEL_DELETE", self)


@dataclass(eq=False, slots=True)
class Guild:
    """A server. Its boost tier decides how large a posted file may be.

    Everybody is a member who is not `gone`. `timed_out`: until when, as Discord writes it. `everyone`: what the role of
    all members allows.
    """

    id: int
    name: str
    announce: Announce = field(repr=False)
    boost_tier: int = 0
    everyone: Permission = MEMBER
    owner_id: int = field(default_factory=new_id)
    bot_role_id: int = field(default_factory=new_id)
    channels: dict[int, Channel] = field(default_factory=dict, repr=False)
    gone: set[int] = field(default_factory=set)
    timed_out: dict[int, str] = field(default_factory=dict)

    @property
    def file_limit(self) -> int:
        return FILE_LIMIT_BY_TIER[self.boost_tier]

    def add_channel(
        self, name: str = "general", *, bot_permissions: Permission = MEMBER, channel_id: int | None = None
    ) -> Channel:
        return self._add(Channel(channel_id or new_id(), name, self, self.announce, bot_permissions), "CHANNEL_CREATE")

    def add_thread(self, parent: Channel, name: str = "thread") -> Channel:
        """A public thread. The bot has there what it has in the parent."""
        thread = Channel(new_id(), name, self, self.announce, parent.bot_permissions, parent)
        return self._add(thread, "THREAD_CREATE")

    def _add(self, channel: Channel, event: str) -> Channel:
        self.channels[channel.id] = channel
        self.announce(event, channel)
        return channel
