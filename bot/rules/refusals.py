"""The few words in which our own refusals are told to the rest. `discord_app/replies.py` has the sentences."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why something is not done. Nothing was queued and nothing was charged."""

    PROMPT_EMPTY = "prompt_empty"
    PROMPT_TOO_LONG = "prompt_too_long"
    WEIGHT_OUT_OF_RANGE = "weight_out_of_range"
    RESOLUTION_UNKNOWN = "resolution_unknown"
    SPEED_UNKNOWN = "speed_unknown"
    WEIGHT_WITH_OTHER_SHAPE = "weight_with_other_shape"

    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_TOO_MANY_PIXELS = "picture_too_many_pixels"
    PICTURE_UNREADABLE = "picture_unreadable"
    PICTURE_UNSUPPORTED = "picture_unsupported"
    PICTURE_NOT_FETCHED = "picture_not_fetched"
    PICTURE_GONE = "picture_gone"

    SERVER_ONLY = "server_only"
    SERVER_NOT_ALLOWED = "server_not_allowed"
    PERSON_BLOCKED = "person_blocked"
    SERVER_BLOCKED = "server_blocked"
    CHANNEL_FORBIDDEN = "channel_forbidden"

    COOLDOWN = "cooldown"
    PERSON_QUEUE_FULL = "person_queue_full"
    QUEUE_FULL = "queue_full"
    BUDGET_DAY = "budget_day"
    BUDGET_MONTH = "budget_month"
    SERVICE_PAUSED = "service_paused"
    OPERATOR_PAUSED = "operator_paused"
    BOT_BUSY = "bot_busy"
    BOT_STOPPING = "bot_stopping"
    DISK_FULL = "disk_full"
    AGAIN_ALREADY_OPEN = "again_already_open"


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal: the reason, until when it holds (aware UTC) if that is known, and the limit that was met if any.

    `missing` names Discord permissions that the bot lacks, as Discord's own settings page spells them. `note` has the
    operator's own words.
    """

    reason: Reason
    until: datetime | None = None
    limit: int | None = None
    missing: tuple[str, ...] = ()
    note: str | None = None
