"""Which buttons stand beside a refusal or a failure."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.failures import FailureKind
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RawOptions
from bot.rules.rescues import START_WITHIN, Rescue, after_failure, after_refusal, corrected

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)
TYPED = RawOptions("fog", 40, "2048x2048", "QUALITY")


@pytest.mark.parametrize(
    ("wait", "offered"),
    [(START_WITHIN, (Rescue.WHEN_READY, Rescue.EDIT)), (START_WITHIN + timedelta(seconds=1), (Rescue.EDIT,))],
)
def test_a_remix_waits_only_for_a_cooldown_that_ends_soon(wait, offered):
    assert after_refusal(Refused(Reason.COOLDOWN, until=NOW + wait), NOW) == offered


@pytest.mark.parametrize("reason", [Reason.SERVER_BUDGET_DAY, Reason.PERSON_CEILING, Reason.BUDGET_MONTH])
def test_a_budget_has_a_button_only_if_some_speed_still_fits(reason):
    assert after_refusal(Refused(reason), NOW) == ()
    assert after_refusal(Refused(reason, fits=(Speed.TURBO, 30_000)), NOW)[0] is Rescue.CHEAPER


@pytest.mark.parametrize("reason", Reason)
def test_there_are_at_most_three_buttons(reason):
    assert len(after_refusal(Refused(reason, until=NOW, fits=(Speed.TURBO, 30_000)), NOW)) <= 3


@pytest.mark.parametrize(
    "reason",
    [Reason.MEMBER_BLOCKED, Reason.PERSON_BLOCKED, Reason.SERVER_PAUSED, Reason.ROLE_MISSING, Reason.QUOTA_DAY],
)
def test_where_nothing_helps_there_is_none(reason):
    assert after_refusal(Refused(reason, until=NOW), NOW) == ()


@pytest.mark.parametrize("kind", [FailureKind.PICTURE_UNSAFE, FailureKind.MEMBER_BLOCKED, FailureKind.REMOVED])
def test_a_failure_that_the_same_picture_cannot_mend_has_none(kind):
    assert after_failure(kind) == ()


def test_each_button_changes_what_it_names():
    assert corrected(TYPED, Rescue.KEEP_WEIGHT, None).resolution is None
    assert corrected(TYPED, Rescue.KEEP_SHAPE, None).weight is None
    assert corrected(TYPED, Rescue.CHEAPER, Speed.TURBO).speed == "TURBO"
    assert corrected(TYPED, Rescue.TRY_AGAIN, Speed.TURBO) == TYPED
