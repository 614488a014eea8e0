"""Which part of the bot's work a process does: answering people, making remixes, or both; and for which shards."""

from dataclasses import dataclass
from enum import StrEnum

_SHARD_BITS = 22
"""https://discord.com/developers/docs/events/gateway#sharding"""


class Role(StrEnum):
    """`gateway` answers commands and clicks. `worker` makes and posts remixes, and has no gateway connection."""

    ALL = "all"
    GATEWAY = "gateway"
    WORKER = "worker"


class RoleError(ValueError):
    """The options of `remix-bot run` do not fit together. The text is a sentence."""


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards from `first` to `last`, of `count` that the bot has in all processes together."""

    first: int
    last: int
    count: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last} of {self.count}"

    @property
    def ids(self) -> range:
        return range(self.first, self.last + 1)

    @property
    def are_all(self) -> bool:
        return len(self.ids) == self.count

    def cover(self, guild_id: int) -> bool:
        """Whether Discord sends the events of that server to one of these shards."""
        return (guild_id >> _SHARD_BITS) % self.count in self.ids

    def overlap(self, other: "Shards") -> bool:
        """Whether some server can belong to both. With another count each shard has servers of many others."""
        return self.count != other.count or max(self.first, other.first) <= min(self.last, other.last)


@dataclass(frozen=True, slots=True)
class Part:
    """What one process does. `shards` None: all of Discord's servers, in as many shards as Discord recommends."""

    role: Role = Role.ALL
    shards: Shards | None = None

    @property
    def answers(self) -> bool:
        """Whether it has the gateway, and so answers commands and keeps private replies up to date."""
        return self.role is not Role.WORKER

    @property
    def makes(self) -> bool:
        """Whether it makes remixes and posts them."""
        return self.role is not Role.GATEWAY

    @property
    def answered(self) -> Shards | None:
        """The shards that no other process can have beside this one. None: it has no gateway."""
        return (self.shards or Shards(0, 0, 1)) if self.answers else None

    def covers(self, guild_id: int) -> bool:
        """Whether Discord's events of that server come to this process."""
        return self.answers and (self.shards is None or self.shards.cover(guild_id))


WHOLE = Part()


def read_part(role: str, shards: str | None, of: int | None, *, one_process: bool) -> Part:
    """From the options of `remix-bot run`. `one_process`: the database lets no second one in. Raises RoleError."""
    if role not in set(Role):
        raise RoleError(f"--role is one of {', '.join(Role)}, not {role!r}.")
    part = Part(Role(role), _read_shards(shards, of))
    if part.role is Role.WORKER and part.shards is not None:
        raise RoleError("--shards is for the roles all and gateway: a worker has no gateway connection.")
    if one_process and part.role is not Role.ALL:
        raise RoleError(f"--role {role} needs PostgreSQL: one process at a time works on a SQLite database.")
    if one_process and part.shards is not None and not part.shards.are_all:
        raise RoleError("--shards with only some of the shards needs PostgreSQL: the others need a process too.")
    return part


def _read_shards(shards: str | None, of: int | None) -> Shards | None:
    if shards is None and of is None:
        return None
    if shards is None:
        raise RoleError("--of needs --shards, such as --shards 0-3 --of 8.")
    if of is None or of < 1:
        raise RoleError("--shards needs --of, the number of shards in all processes, such as --shards 0-3 --of 8.")
    first, dash, last = (each.strip() for each in shards.partition("-"))
    if not (_is_number(first) and (_is_number(last) or not dash)):
        raise RoleError(f"--shards is a range such as 0-3, or one number, not {shards!r}.")
    read = Shards(int(first), int(last or first), of)
    if read.first > read.last:
        raise RoleError(f"--shards {shards}: the range ends before it begins.")
    if read.last >= of:
        raise RoleError(f"--shards {shards} --of {of}: {of} shards are numbered from 0 to {of - 1}.")
    return read


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
