"""Who may act on whom: as in Discord itself, nobody acts on the owner, on an equal or higher role, or on the bot."""

from dataclasses import dataclass
from enum import StrEnum

Rank = tuple[int, int]
"""Of a role: its position, and minus its id. Of two in one position the older one stands higher."""

NO_ROLE: Rank = (0, 0)
"""Of who has none, or has left the server."""


@dataclass(frozen=True, slots=True)
class RankedMember:
    """A person as their server ranks them: by their top role."""

    user_id: int
    rank: Rank = NO_ROLE
    is_owner: bool = False
    is_bot: bool = False


class OutOfReach(StrEnum):
    """Why a moderator may not act on somebody. `BOT` is this one."""

    BOT = "bot"
    ONESELF = "oneself"
    OWNER = "owner"
    HIGHER = "higher"


def check_reach(actor: RankedMember, target: RankedMember, *, allow_self: bool) -> OutOfReach | None:
    """None is yes. `allow_self`: whether it is an action that one may take on oneself and one's own remixes."""
    if target.is_bot:
        return OutOfReach.BOT
    if target.user_id == actor.user_id:
        return None if allow_self else OutOfReach.ONESELF
    if actor.is_owner:
        return None
    if target.is_owner:
        return OutOfReach.OWNER
    return OutOfReach.HIGHER if target.rank >= actor.rank else None
