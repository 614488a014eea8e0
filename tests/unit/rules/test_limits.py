"""Cooldown and queue limits, with their boundaries."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.limits import Limits, Usage, decide
from bot.rules.refusals import Reason, Refused

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LIMITS = Limits(cooldown=timedelta(seconds=30), waiting_per_person=3, waiting=500)
MICROSECOND = timedelta(microseconds=1)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("usage", "answer"),
    [
        (Usage(None, 0, 0), None),
        (Usage(ago(30), 0, 0), None),
        (Usage(ago(30) + MICROSECOND, 0, 0), Refused(Reason.COOLDOWN, until=NOW + MICROSECOND)),
        (Usage(NOW, 0, 0), Refused(Reason.COOLDOWN, until=NOW + timedelta(seconds=30))),
        (Usage(ago(-5), 0, 0), Refused(Reason.COOLDOWN, until=NOW + timedelta(seconds=35))),
        (Usage(None, 2, 0), None),
        (Usage(None, 3, 0), Refused(Reason.PERSON_QUEUE_FULL, limit=3)),
        (Usage(None, 4, 0), Refused(Reason.PERSON_QUEUE_FULL, limit=3)),
        (Usage(None, 0, 499), None),
        (Usage(None, 0, 500), Refused(Reason.QUEUE_FULL, limit=500)),
        (Usage(None, 0, 501), Refused(Reason.QUEUE_FULL, limit=500)),
        (Usage(ago(1), 3, 500), Refused(Reason.PERSON_QUEUE_FULL, limit=3)),
        (Usage(ago(10), 0, 500), Refused(Reason.COOLDOWN, until=NOW + timedelta(seconds=20))),
    ],
)
def test_the_first_limit_that_is_met_is_told_the_persons_own_before_everybodys(usage, answer):
    assert decide(usage, LIMITS, NOW) == answer


def test_a_cooldown_of_nothing_never_refuses():
    none = Limits(timedelta(0), 3, 500)
    assert decide(Usage(NOW, 0, 0), none, NOW) is None
