"""What a member can still do with a remix that was refused or failed: the buttons of the private reply, in a table."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules.failures import FailureKind
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RawOptions
from bot.rules.retries import LONGEST_WAIT

KEPT_FOR = timedelta(minutes=15)
"""How long what was typed is kept. The private reply with the buttons lives as long."""

START_WITHIN = LONGEST_WAIT
"""The longest cooldown that a remix waits for in the queue."""


class Rescue(StrEnum):
    """`KEEP_SHAPE` keeps the size that was chosen and drops the weight. `WHEN_READY`: when the cooldown is over."""

    TRY_AGAIN = "retry"
    KEEP_WEIGHT = "keep-weight"
    KEEP_SHAPE = "keep-shape"
    CHEAPER = "cheaper"
    WHEN_READY = "when-ready"
    EDIT = "correct"


_CORRECT = (Rescue.EDIT,)
_AGAIN = (Rescue.TRY_AGAIN, Rescue.EDIT)
_CHEAPER = (Rescue.CHEAPER, Rescue.EDIT)

_OF_REFUSAL: Mapping[Reason, tuple[Rescue, ...]] = {
    Reason.PROMPT_EMPTY: _CORRECT,
    Reason.PROMPT_TOO_LONG: _CORRECT,
    Reason.OPTION_OUT_OF_RANGE: _CORRECT,
    Reason.RESOLUTION_UNKNOWN: _CORRECT,
    Reason.SPEED_UNKNOWN: _CORRECT,
    Reason.SPEED_NOT_ALLOWED: _CORRECT,
    Reason.WORD_REFUSED: _CORRECT,
    Reason.AUTOMOD_REFUSED: _CORRECT,
    Reason.WEIGHT_WITH_OTHER_SHAPE: (Rescue.KEEP_WEIGHT, Rescue.KEEP_SHAPE, Rescue.EDIT),
    Reason.PICTURE_NOT_FETCHED: _AGAIN,
    Reason.PICTURE_LINK_ENDED: _AGAIN,
    Reason.COOLDOWN: (Rescue.WHEN_READY, Rescue.EDIT),
    Reason.PERSON_QUEUE_FULL: _AGAIN,
    Reason.REVIEWS_FULL: _AGAIN,
    Reason.QUEUE_FULL: _AGAIN,
    Reason.SERVER_QUEUE_FULL: _AGAIN,
    Reason.AGAIN_ALREADY_OPEN: _AGAIN,
    Reason.START_ALREADY_WAITING: _AGAIN,
    Reason.SERVER_BUDGET_DAY: _CHEAPER,
    Reason.SERVER_BUDGET_MONTH: _CHEAPER,
    Reason.SERVER_CEILING: _CHEAPER,
    Reason.PERSON_CEILING: _CHEAPER,
    Reason.BUDGET_DAY: _CHEAPER,
    Reason.BUDGET_MONTH: _CHEAPER,
    Reason.SERVICE_PAUSED: _AGAIN,
    Reason.BOT_BUSY: _AGAIN,
    Reason.BOT_STOPPING: _AGAIN,
    Reason.DISK_FULL: _AGAIN,
    Reason.DATABASE_AWAY: _AGAIN,
    Reason.PICTURES_AWAY: _AGAIN,
}
"""Where nothing is named, nothing would help: a block, or a picture that cannot be used."""

_OF_FAILURE: Mapping[FailureKind, tuple[Rescue, ...]] = {
    FailureKind.QUEUE_EXPIRED: _AGAIN,
    FailureKind.RESULT_LOST: _AGAIN,
    FailureKind.OUTCOME_WRITTEN_OFF: _AGAIN,
    FailureKind.GENERATION_FAILED: _AGAIN,
    FailureKind.GENERATION_FAILED_OFTEN: _CORRECT,
    FailureKind.REQUEST_REJECTED: _CORRECT,
    FailureKind.WEIGHT_WITH_RESOLUTION: _CORRECT,
    FailureKind.PROMPT_UNSAFE: _CORRECT,
    FailureKind.SAFETY_REFUSED: _CORRECT,
    FailureKind.ALL_WITHHELD: _CORRECT,
    FailureKind.WORD_NOT_ALLOWED: _CORRECT,
}
"""The same picture is used again, so what was wrong with a picture is not here."""

AFTER_UNKNOWN_OUTCOME = _AGAIN


def after_refusal(refused: Refused, now: datetime) -> tuple[Rescue, ...]:
    """The buttons beside that refusal, in their order."""
    offered = _OF_REFUSAL.get(refused.reason, ())
    if Rescue.CHEAPER in offered and refused.fits is None:
        # Another size or weight costs as much, so a form would not help either.
        return ()
    is_far = refused.until is None or refused.until - now > START_WITHIN
    return tuple(each for each in offered if not (each is Rescue.WHEN_READY and is_far))


def after_failure(kind: FailureKind) -> tuple[Rescue, ...]:
    """The buttons on the private reply of a remix that failed that way. None: its picture need not be kept either."""
    return _OF_FAILURE.get(kind, ())


def corrected(options: RawOptions, rescue: Rescue, cheaper_speed: Speed | None) -> RawOptions:
    """What was typed, with the change that the button names."""
    if rescue is Rescue.KEEP_WEIGHT:
        return replace(options, resolution=None)
    if rescue is Rescue.KEEP_SHAPE:
        return replace(options, weight=None)
    if rescue is Rescue.CHEAPER and cheaper_speed is not None:
        return replace(options, speed=cheaper_speed.value)
    return options
