"""Checks the operator's blocks and the permissions that the bot needs in a channel."""

from bot.rules.refusals import Reason, Refused

# Read Message History: after a crash the bot looks for the message that it may have posted already, so that it does not
# post twice. In threads Discord asks for Send Messages in Threads instead of Send Messages:
# https://discord.com/developers/docs/topics/permissions
NEEDED_PERMISSIONS = ("View Channel", "Send Messages", "Attach Files", "Read Message History")
NEEDED_PERMISSIONS_IN_THREAD = ("View Channel", "Send Messages in Threads", "Attach Files", "Read Message History")


def check_blocks(*, person: bool, server: bool) -> Refused | None:
    """`person` and `server`: whether the operator has blocked them. None means allowed."""
    if person:
        return Refused(Reason.PERSON_BLOCKED)
    return Refused(Reason.SERVER_BLOCKED) if server else None


def missing_permissions(held: frozenset[str], *, in_thread: bool) -> tuple[str, ...]:
    """The permissions that the bot lacks to post results. `held` has the names that Discord's settings page uses."""
    needed = NEEDED_PERMISSIONS_IN_THREAD if in_thread else NEEDED_PERMISSIONS
    return tuple(name for name in needed if name not in held)
