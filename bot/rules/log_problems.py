"""Names what is wrong with a server's log channel, for its moderators."""

from enum import StrEnum


class LogProblem(StrEnum):
    """Why the last message to a log channel failed. The values are stored in the database."""

    CHANNEL_GONE = "channel_gone"
    ELSEWHERE = "elsewhere"
    """The chosen channel is not in this server: settings can be imported from another one."""
    NOT_ALLOWED = "not_allowed"
    SERVER_UNAVAILABLE = "server_unavailable"
    NO_REPLY = "no_reply"
    """Discord did not reply in time, or answered with an error that passes."""

    @property
    def needs_moderator(self) -> bool:
        """The others pass without anybody doing anything."""
        return self in {LogProblem.CHANNEL_GONE, LogProblem.ELSEWHERE, LogProblem.NOT_ALLOWED}
