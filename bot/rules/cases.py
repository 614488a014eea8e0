"""The kinds of cases, one per kind of moderator action, and which of them can be undone."""

from enum import StrEnum


class CaseKind(StrEnum):
    """The values are stored in the database."""

    BLOCK = "block"
    UNBLOCK = "unblock"
    WARN = "warn"
    UNWARN = "unwarn"
    NOTE = "note"
    UNNOTE = "unnote"
    HIDE = "hide"
    UNHIDE = "unhide"
    REMOVE = "remove"
    PURGE = "purge"
    PUBLISH = "publish"
    REFUSE = "refuse"
    DISMISS = "dismiss"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    LOCK = "lock"
    UNLOCK = "unlock"
    CONFIG = "config"
    PLAN = "plan"
    STYLE = "style"
    WORDS = "words"
    PICTURES = "pictures"
    GRANT = "grant"
    CLEAR = "clear"
    UNCLEAR = "unclear"
    RAID = "raid"
    RAID_OVER = "raid_over"
    ALLOW = "allow"
    DISALLOW = "disallow"
    UPHOLD = "uphold"


PRIVATE = frozenset({CaseKind.NOTE, CaseKind.UNNOTE})
"""Only moderators read what these say: not the member, and not a log channel that members can read."""

OF_REPORTS = frozenset({CaseKind.DISMISS, CaseKind.CONFIRM})
"""They tell that somebody reported a result. Its author does not hear of that, nor do other members."""

BY_RULE = 0
"""The actor of the cases that the bot opens by a rule of the server or of the operator. No Discord user has this id."""

UNDOABLE = frozenset(
    {
        CaseKind.BLOCK,
        CaseKind.WARN,
        CaseKind.NOTE,
        CaseKind.HIDE,
        CaseKind.PAUSE,
        CaseKind.LOCK,
        CaseKind.CONFIG,
        CaseKind.PLAN,
        CaseKind.STYLE,
        CaseKind.WORDS,
        CaseKind.PICTURES,
        CaseKind.CLEAR,
        CaseKind.RAID,
        CaseKind.ALLOW,
    }
)
"""Removed, refused and cancelled remixes cannot be restored, and kinds such as UNBLOCK already undo something."""
