"""Codes for why the bot refuses a request. `discord_app/remixes/refusal_words.py` has the sentences."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.rules.prices import Speed


class Reason(StrEnum):
    """Why the bot refused. Nothing was queued and nothing was charged."""

    PROMPT_EMPTY = "prompt_empty"
    PROMPT_TOO_LONG = "prompt_too_long"
    OPTION_OUT_OF_RANGE = "option_out_of_range"
    RESOLUTION_UNKNOWN = "resolution_unknown"
    SPEED_UNKNOWN = "speed_unknown"
    STYLE_UNKNOWN = "style_unknown"
    PROMPT_TOO_LONG_WITH_STYLE = "prompt_too_long_with_style"
    WEIGHT_WITH_OTHER_SHAPE = "weight_with_other_shape"

    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_TOO_MANY_PIXELS = "picture_too_many_pixels"
    PICTURE_TOO_SMALL = "picture_too_small"
    PICTURE_UNREADABLE = "picture_unreadable"
    PICTURE_UNSUPPORTED = "picture_unsupported"
    PICTURE_CAMERA_RAW = "picture_camera_raw"
    PICTURE_NOT_FETCHED = "picture_not_fetched"
    PICTURE_GONE = "picture_gone"
    PICTURE_LINK_ENDED = "picture_link_ended"

    PICTURE_REMEMBERED = "picture_remembered"
    PICTURE_BANNED = "picture_banned"

    PICTURE_NOT_YOURS = "picture_not_yours"
    PICTURE_NEEDS_CONSENT = "picture_needs_consent"
    PICTURE_OWNER_OPTED_OUT = "picture_owner_opted_out"
    PICTURE_STAYS = "picture_stays"
    NO_PICTURE_THERE = "no_picture_there"
    NO_AVATAR = "no_avatar"
    ASKED_ALREADY = "asked_already"
    ASKED_TOO_OFTEN = "asked_too_often"

    SERVER_ONLY = "server_only"
    SERVER_NOT_ALLOWED = "server_not_allowed"
    PERSON_BLOCKED = "person_blocked"
    SERVER_BLOCKED = "server_blocked"
    CHANNEL_FORBIDDEN = "channel_forbidden"

    MEMBER_BLOCKED = "member_blocked"
    MEMBER_TIMED_OUT = "member_timed_out"
    MEMBER_GONE = "member_gone"
    BOT_GONE = "bot_gone"
    SERVER_PAUSED = "server_paused"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"
    CHANNEL_LOCKED = "channel_locked"
    ROLE_MISSING = "role_missing"
    ROLE_IGNORED = "role_ignored"
    MEMBER_TOO_NEW = "member_too_new"
    SPEED_NOT_ALLOWED = "speed_not_allowed"
    WORD_REFUSED = "word_refused"
    AUTOMOD_REFUSED = "automod_refused"
    REVIEWED_FIRST = "reviewed_first"
    REVIEWS_FULL = "reviews_full"
    QUOTA_DAY = "quota_day"
    QUOTA_MONTH = "quota_month"
    SERVER_BUDGET_DAY = "server_budget_day"
    SERVER_BUDGET_MONTH = "server_budget_month"

    COOLDOWN = "cooldown"
    PERSON_QUEUE_FULL = "person_queue_full"
    QUEUE_FULL = "queue_full"
    SERVER_QUEUE_FULL = "server_queue_full"
    SERVER_CEILING = "server_ceiling"
    PERSON_CEILING = "person_ceiling"
    BUDGET_DAY = "budget_day"
    BUDGET_MONTH = "budget_month"
    SERVICE_PAUSED = "service_paused"
    OPERATOR_PAUSED = "operator_paused"
    BOT_BUSY = "bot_busy"
    BOT_STOPPING = "bot_stopping"
    DISK_FULL = "disk_full"
    DATABASE_AWAY = "database_away"
    PICTURES_AWAY = "pictures_away"
    PERHAPS_STORED = "perhaps_stored"
    AGAIN_ALREADY_OPEN = "again_already_open"
    DRAFT_GONE = "draft_gone"
    START_ALREADY_WAITING = "start_already_waiting"
    LADDER_ALREADY_OPEN = "ladder_already_open"
    LADDER_WITH_WEIGHT = "ladder_with_weight"
    LADDER_WITH_COUNT = "ladder_with_count"
    PICK_NOT_YOURS = "pick_not_yours"
    RESULT_REMOVED = "result_removed"
    RESULT_HIDDEN = "result_hidden"


_BY_MODERATORS = frozenset(
    {
        Reason.MEMBER_BLOCKED,
        Reason.SERVER_PAUSED,
        Reason.CHANNEL_NOT_ALLOWED,
        Reason.CHANNEL_LOCKED,
        Reason.ROLE_MISSING,
        Reason.ROLE_IGNORED,
        Reason.MEMBER_TOO_NEW,
        Reason.SPEED_NOT_ALLOWED,
        Reason.WORD_REFUSED,
        Reason.AUTOMOD_REFUSED,
        Reason.QUOTA_DAY,
        Reason.QUOTA_MONTH,
        Reason.SERVER_BUDGET_DAY,
        Reason.SERVER_BUDGET_MONTH,
        Reason.COOLDOWN,
        Reason.PERSON_QUEUE_FULL,
        Reason.REVIEWS_FULL,
        Reason.PICTURE_NOT_YOURS,
        Reason.PICTURE_REMEMBERED,
    }
)


OF_PICTURE = frozenset({Reason.PICTURE_REMEMBERED, Reason.PICTURE_BANNED})
"""The picture is like one that is on a list."""

HELD_BACK = frozenset({Reason.WORD_REFUSED, Reason.AUTOMOD_REFUSED, Reason.PICTURE_BANNED})
"""Why a result that is made is not posted, and its prompt is for moderators alone."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal: its reason, when it ends (aware UTC) if that is known, and the limit that was reached, if any.

    `missing`: the permissions that the bot lacks, as Discord's settings page spells them. `note`: what the person who
    paused or blocked wrote. `channels`, `roles` and `speeds`: those that the server allows; ids for the first two.
    `left`: the micro-dollars that a budget has left; `fits`: the dearest speed that still fits, and what it needs.
    `remixes`: how many were asked for at once, and how many the quota has left.
    `in_raid`: the cooldown is longer, because the member is new and the server in raid mode.
    `word`: what stands in the prompt and is not allowed there; None: the prompt is too long to be read.
    `listed`: the numbers of the server's listed pictures that the source is like.
    `option`: the option of `/remix` whose number is not between `least` and `limit`.
    """

    reason: Reason
    until: datetime | None = None
    limit: int | None = None
    missing: tuple[str, ...] = ()
    note: str | None = None
    channels: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    speeds: tuple[Speed, ...] = ()
    option: str | None = None
    least: int | None = None
    left: int | None = None
    fits: tuple[Speed, int] | None = None
    remixes: tuple[int, int] = (1, 0)
    in_raid: bool = False
    word: str | None = field(default=None, repr=False)
    listed: tuple[int, ...] = field(default=(), compare=False)

    @property
    def by_rule(self) -> bool:
        """Whether the server's moderators control the rule that refused. Only these refusals appear in their log."""
        return self.reason in _BY_MODERATORS
