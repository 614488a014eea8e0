"""The kinds of a moderator's action, and which of them can be undone."""

from enum import StrEnum


class CaseKind(StrEnum):
    """Every action is a case; the values stand in the database."""

    BLOCK = "block"
    UNBLOCK = "unblock"
    WARN = "warn"
    UNWARN = "unwarn"
    HIDE = "hide"
    UNHIDE = "unhide"
    REMOVE = "remove"
    PURGE = "purge"
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    CONFIG = "config"
    PLAN = "plan"
    GRANT = "grant"


UNDOABLE = frozenset({CaseKind.BLOCK, CaseKind.WARN, CaseKind.HIDE, CaseKind.PAUSE, CaseKind.CONFIG, CaseKind.PLAN})
"""What was deleted or cancelled cannot be brought back, and what lifted something is itself an undoing."""
