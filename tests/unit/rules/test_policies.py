"""What a server and its plans set, within the operator's limits."""

from datetime import timedelta

import pytest

from bot.rules.limits import Limits
from bot.rules.policies import NO_POLICY, UNLIMITED, Plan, Policy, limits_for
from bot.rules.prices import Speed

OPERATOR = Limits(cooldown=timedelta(seconds=30), waiting_per_person=3, waiting=500)
SERVER = Policy(cooldown_s=120, daily_quota=5, monthly_quota=50, queue_limit=1)
PLANS = {
    1: Plan(cooldown_s=60, daily_quota=10),
    2: Plan(cooldown_s=90, daily_quota=20, monthly_quota=UNLIMITED, queue_limit=2),
    3: Plan(cooldown_s=0, queue_limit=100),
    4: Plan(cooldown_s=600, daily_quota=1),
}


def of(*roles, policy=SERVER):
    got = limits_for(policy, PLANS, roles, OPERATOR)
    return got.cooldown.total_seconds(), got.daily_quota, got.monthly_quota, got.waiting_per_person


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ((), (120, 5, 50, 1)),
        ((1,), (60, 10, 50, 1)),
        ((1, 2), (60, 20, None, 2)),
        ((3,), (30, 5, 50, 3)),
        ((4,), (120, 5, 50, 1)),
        ((9,), (120, 5, 50, 1)),
    ],
)
def test_a_member_has_the_best_of_their_roles_and_never_more_than_the_operator_allows(roles, expected):
    assert of(*roles) == expected


def test_without_a_policy_the_operators_limits_hold():
    assert limits_for(NO_POLICY, {}, (), OPERATOR) == OPERATOR


def test_where_a_server_sets_no_limit_a_plan_sets_none_either():
    assert of(1, 2, 4, policy=Policy()) == (30, None, None, 3)


@pytest.mark.parametrize(
    ("policy", "speed"),
    [
        (Policy(), Speed.DEFAULT),
        (Policy(default_speed=Speed.TURBO), Speed.TURBO),
        (Policy(speeds=frozenset({Speed.QUALITY})), Speed.QUALITY),
        (Policy(speeds=frozenset({Speed.QUALITY, Speed.TURBO})), Speed.TURBO),
        (Policy(default_speed=Speed.QUALITY, speeds=frozenset({Speed.TURBO})), Speed.TURBO),
    ],
)
def test_the_speed_that_nobody_named_is_one_that_the_server_allows(policy, speed):
    assert policy.speed is speed
