"""Where the bot works and for whom, and what it needs there, from plain facts."""

from bot.rules.refusals import Reason, Refused

# By the last one the bot finds its own message again after a crash, instead of posting twice.
NEEDED_PERMISSIONS = ("View Channel", "Send Messages", "Attach Files", "Read Message History")
NEEDED_PERMISSIONS_IN_THREAD = ("View Channel", "Send Messages in Threads", "Attach Files", "Read Message History")


def check_server(guild_id: int | None, allowed_guild_ids: frozenset[int]) -> Refused | None:
    """None is yes. An empty allow list allows every server."""
    if guild_id is None:
        return Refused(Reason.SERVER_ONLY)
    if allowed_guild_ids and guild_id not in allowed_guild_ids:
        return Refused(Reason.SERVER_NOT_ALLOWED)
    return None


def check_blocks(*, person: bool, server: bool) -> Refused | None:
    """Whether the operator has blocked who asks, or the server it is asked in. None is no."""
    if person:
        return Refused(Reason.PERSON_BLOCKED)
    return Refused(Reason.SERVER_BLOCKED) if server else None


def check_channel(held: frozenset[str], *, in_thread: bool) -> Refused | None:
    """Whether the bot may post results there. `held` has the permissions by the names of Discord's settings page."""
    needed = NEEDED_PERMISSIONS_IN_THREAD if in_thread else NEEDED_PERMISSIONS
    missing = tuple(name for name in needed if name not in held)
    return Refused(Reason.CHANNEL_FORBIDDEN, missing=missing) if missing else None
