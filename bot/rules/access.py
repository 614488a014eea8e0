"""Whom the operator has shut out, and what the bot needs in a channel, from plain facts."""

from bot.rules.refusals import Reason, Refused

# By the last one the bot finds its own message again after a crash, instead of posting twice.
NEEDED_PERMISSIONS = ("View Channel", "Send Messages", "Attach Files", "Read Message History")
NEEDED_PERMISSIONS_IN_THREAD = ("View Channel", "Send Messages in Threads", "Attach Files", "Read Message History")


def check_blocks(*, person: bool, server: bool) -> Refused | None:
    """Whether the operator has blocked who asks, or the server it is asked in. None is no."""
    if person:
        return Refused(Reason.PERSON_BLOCKED)
    return Refused(Reason.SERVER_BLOCKED) if server else None


def missing_permissions(held: frozenset[str], *, in_thread: bool) -> tuple[str, ...]:
    """What the bot lacks to post results there. `held` has permissions by the names of Discord's settings page."""
    needed = NEEDED_PERMISSIONS_IN_THREAD if in_thread else NEEDED_PERMISSIONS
    return tuple(name for name in needed if name not in held)
