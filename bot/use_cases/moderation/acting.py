"""Who acts as a moderator, in which server, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acting:
    """The caller has checked that this person may moderate there."""

    guild_id: int
    actor_id: int
    reason: str | None = None
