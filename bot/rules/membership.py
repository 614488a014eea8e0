"""What Discord says about a person in a server: still a member, with which roles, in a time-out until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FACTS_HOLD = timedelta(minutes=1)
"""How long facts about an author are believed. Most remixes are done within a minute, so most need no request."""


class Absent(StrEnum):
    """Who is no longer in the server. Discord does not say whether a person left, was kicked or was banned."""

    MEMBER = "member"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Membership:
    """A person who is in the server. Times are aware UTC. `role_ids` include the server's own id, for @everyone.

    `manages_server`: has Manage Server or Administrator.
    """

    role_ids: frozenset[int]
    joined_at: datetime | None = None
    timed_out_until: datetime | None = None
    manages_server: bool = False
