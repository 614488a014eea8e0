"""Cooldown, quotas, grants and queue limits, with their boundaries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.limits import (
    Limits,
    MemberUsage,
    check_cooldown,
    check_person_queue,
    check_queue,
    check_quota,
    check_server_queue,
    grants_needed,
)
from bot.rules.refusals import Reason, Refused

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LIMITS = Limits(cooldown=timedelta(seconds=30), waiting_per_person=3, waiting=500)
MICROSECOND = timedelta(microseconds=1)


def decide(usage, limits):
    """In the order in which the gate asks."""
    return check_person_queue(usage, limits) or check_cooldown(usage, limits, NOW) or check_queue(usage, limits)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("usage", "answer"),
    [
        (MemberUsage(None, 0, 0), None),
        (MemberUsage(ago(30), 0, 0), None),
        (MemberUsage(ago(30) + MICROSECOND, 0, 0), Refused(Reason.COOLDOWN, until=NOW + MICROSECOND)),
        (MemberUsage(NOW, 0, 0), Refused(Reason.COOLDOWN, until=NOW + timedelta(seconds=30))),
        (MemberUsage(ago(-5), 0, 0), Refused(Reason.COOLDOWN, until=NOW + timedelta(seconds=35))),
        (MemberUsage(None, 2, 0), None),
        (MemberUsage(None, 3, 0), Refused(Reason.PERSON_QUEUE_FULL, limit=3)),
        (MemberUsage(None, 4, 0), Refused(Reason.PERSON_QUEUE_FULL, limit=3)),
        (MemberUsage(None, 0, 499), None),
        (MemberUsage(None, 0, 500, waiting_of_server=1), Refused(Reason.QUEUE_FULL, limit=500)),
        (MemberUsage(None, 0, 501, waiting_of_server=9), Refused(Reason.QUEUE_FULL, limit=500)),
        (MemberUsage(ago(1), 3, 500), Refused(Reason.PERSON_QUEUE_FULL, limit=3)),
        (MemberUsage(ago(10), 0, 500), Refused(Reason.COOLDOWN, until=NOW + timedelta(seconds=20))),
    ],
)
def test_the_first_limit_that_is_met_is_told_the_persons_own_before_everybodys(usage, answer):
    assert decide(usage, LIMITS) == answer


def test_a_full_queue_still_takes_the_first_remix_of_a_server():
    assert check_queue(MemberUsage(None, 0, 10_000), LIMITS) is None


@pytest.mark.parametrize(
    ("waiting", "of_server", "others", "limit"),
    [
        # Until half of the queue is taken, a server can have all of it.
        (249, 249, 0, None),
        (249, 240, 9, None),
        # Then one alone has half, and each of several has what they all could have if one more came.
        (250, 250, 0, 250),
        (250, 249, 0, None),
        (300, 167, 1, 166),
        (300, 165, 1, None),
        (499, 45, 9, 45),
        (499, 44, 9, None),
        (499, 1, 5_000, 1),
        (499, 0, 5_000, None),
    ],
)
def test_once_half_of_the_queue_is_taken_a_server_has_its_share(waiting, of_server, others, limit):
    usage = MemberUsage(None, 0, waiting, waiting_of_server=of_server, other_servers=others)
    refused = check_server_queue(usage, LIMITS)
    assert refused == (Refused(Reason.SERVER_QUEUE_FULL, limit=limit) if limit else None)
    assert check_server_queue(usage, replace(LIMITS, shared=False)) is None


def test_a_server_has_no_more_than_the_operator_lets_it_have_nor_than_its_share():
    own = replace(LIMITS, waiting_per_server=10)
    assert check_server_queue(MemberUsage(None, 0, 10, waiting_of_server=9), own) is None
    assert check_server_queue(MemberUsage(None, 0, 10, waiting_of_server=10), own).limit == 10
    assert check_server_queue(MemberUsage(None, 0, 499, waiting_of_server=9, other_servers=98), own).limit == 5


def test_a_cooldown_of_nothing_never_refuses():
    none = Limits(timedelta(0), 3, 500)
    assert decide(MemberUsage(NOW, 0, 0), none) is None


TOMORROW = datetime(2026, 5, 2, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("today", "this_month", "granted", "answer"),
    [
        (4, 19, 0, None),
        (5, 19, 0, Refused(Reason.QUOTA_DAY, until=TOMORROW, limit=5)),
        (6, 19, 0, Refused(Reason.QUOTA_DAY, until=TOMORROW, limit=5)),
        (0, 20, 0, Refused(Reason.QUOTA_MONTH, until=NEXT_MONTH, limit=20)),
        (5, 20, 0, Refused(Reason.QUOTA_MONTH, until=NEXT_MONTH, limit=20)),
        (5, 20, 1, None),
    ],
)
def test_a_quota_refuses_until_its_day_or_month_is_over_and_a_grant_goes_on(today, this_month, granted, answer):
    limits = Limits(timedelta(0), 3, 500, daily_quota=5, monthly_quota=20)
    assert check_quota(MemberUsage(None, 0, 0, today, this_month, granted), limits, NOW) == answer


def test_without_quotas_nothing_is_counted():
    assert check_quota(MemberUsage(None, 0, 0, 10**6, 10**6), LIMITS, NOW) is None


@pytest.mark.parametrize(("today", "granted", "needed"), [(4, 1, False), (5, 1, True), (5, 0, False)])
def test_a_grant_is_used_only_where_the_quota_has_ended(today, granted, needed):
    limits = Limits(timedelta(0), 3, 500, daily_quota=5)
    assert grants_needed(MemberUsage(None, 0, 0, today, today, granted), limits, NOW) == needed
