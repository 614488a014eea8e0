"""Role hierarchy, as in Discord: a moderator cannot act on the owner, on an equal or higher role, or on the bot.

Source: https://discord.com/developers/docs/topics/permissions#permission-hierarchy
"""

from dataclasses import dataclass
from enum import StrEnum

Rank = tuple[int, int]
"""A role's position and its negated id. Two roles can share a position; then the older one (lower id) ranks higher."""

NO_ROLE: Rank = (0, 0)
"""The rank of a person without roles, or one who has left the server."""


@dataclass(frozen=True, slots=True)
class RankedMember:
    """A person and their rank in the server, which is that of their top role."""

    user_id: int
    rank: Rank = NO_ROLE
    is_owner: bool = False
    is_bot: bool = False


class OutOfReach(StrEnum):
    """Why a moderator cannot act on a person. `BOT` is this bot."""

    BOT = "bot"
    ONESELF = "oneself"
    OWNER = "owner"
    HIGHER = "higher"


def check_reach(actor: RankedMember, target: RankedMember, *, allow_self: bool) -> OutOfReach | None:
    """None means allowed. `allow_self`: whether moderators may do this to themselves and their own remixes."""
    if target.is_bot:
        return OutOfReach.BOT
    if target.user_id == actor.user_id:
        return None if allow_self else OutOfReach.ONESELF
    if actor.is_owner:
        return None
    if target.is_owner:
        return OutOfReach.OWNER
    return OutOfReach.HIGHER if target.rank >= actor.rank else None
