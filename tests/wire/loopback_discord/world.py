"""Everything that exists, found by its id, and the limits that hold. Shared by the gateway and the REST handlers."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from .interaction import Interaction
from .model import MIB, Attachment, Channel, Guild, Message, User, new_id
from .watch import Watch


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """`path` has no tokens in it and no query. `status` is None where no answer left."""

    method: str
    path: str
    status: int | None


@dataclass(eq=False, slots=True)
class World:
    """`origin` is the server's own address. `left`: servers that have removed the bot. `application_fields`: what the
    Developer Portal was used to change.

    Limits are in seconds and bytes, and may be changed by a test. `recommended_shards` and `identify_at_once` are what
    Discord answers at /gateway/bot; `least_shards`: it refuses a session of a bot with fewer.
    """

    token: str = field(repr=False)
    bot: User
    owner: User
    origin: str = ""
    ws_origin: str = ""
    link_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    acknowledge_within_s: float = 3.0
    nonce_window_s: float = 300.0
    request_limit: int = 25 * MIB
    recommended_shards: int = 1
    identify_at_once: int = 16
    least_shards: int = 1
    application_id: int = field(default_factory=new_id)
    application_fields: dict[str, Any] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    left: dict[int, Guild] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict, repr=False)
    attachments: dict[int, Attachment] = field(default_factory=dict, repr=False)
    commands: dict[int | None, list[dict[str, Any]]] = field(default_factory=dict)
    syncs: list[int | None] = field(default_factory=list)
    requests: list[RecordedRequest] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch, repr=False)
    _places: dict[int, Guild] = field(default_factory=dict, repr=False)
    _nonces: dict[str, tuple[float, Message]] = field(default_factory=dict, repr=False)

    def record(self, request: RecordedRequest) -> None:
        self.requests.append(request)
        self.watch.changed()

    def channel(self, channel_id: int) -> Channel | None:
        """None for one that never was, and for a deleted one."""
        guild = self._places.get(channel_id)
        if guild is None:
            guild = next((each for each in self.guilds.values() if channel_id in each.channels), None)
            if guild is None:
                return None
            # With 10,000 servers looking for one takes a millisecond.
            self._places[channel_id] = guild
        channel = guild.channels[channel_id]
        return None if channel.deleted or guild.id not in self.guilds else channel

    def remember_nonce(self, message: Message) -> None:
        if message.nonce is not None:
            self._nonces[message.nonce] = (time.monotonic(), message)

    def message_of_nonce(self, nonce: str | None) -> Message | None:
        """The bot's message with that nonce, if it is not older than the window."""
        if nonce is None or nonce not in self._nonces:
            return None
        sent_at, message = self._nonces[nonce]
        return message if time.monotonic() - sent_at < self.nonce_window_s else None

    def find_command(self, name: str, guild_id: int) -> dict[str, Any] | None:
        """The synced slash command of that name; the server's own comes before the global one."""
        for scope in (guild_id, None):
            for command in self.commands.get(scope, []):
                if command["name"] == name and command.get("type", 1) == 1:
                    return command
        return None
