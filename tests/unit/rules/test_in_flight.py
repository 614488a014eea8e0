"""How many paid calls run at once, under any limit of Ideogram's and beside anybody who uses the same account."""

import heapq
import random
from itertools import count

import pytest

from bot.rules.in_flight import SETTLED_AFTER_S, InFlightLimit

HALF_WAY_S = 0.01
"""From the bot to Ideogram, and back."""


class Organization:
    """A limit over all users, simulated event by event. The other user takes `wants` slots, in turns."""

    def __init__(self, limit, setting, *, call_s, wants=(0,), turn_s=1e9, told=False, seed=1):
        self.limit, self.call_s, self.wants, self.turn_s = limit, call_s, wants, turn_s
        self.told = limit if told else None
        self.rules, self.random = InFlightLimit(setting), random.Random(seed)  # noqa: S311 - the same events in every run
        self.events, self.order = [], count()
        self.sent = self.ours = self.theirs = self.their_share = self.calls = self.refusals = 0
        self.busy_s = self.free_s = self.now = 0.0
        self.most_sent = 0

    def at(self, time, event, *values):
        heapq.heappush(self.events, (time, next(self.order), event, values))

    def run(self, seconds):
        self.at(0.0, self.begin)
        for turn in range(int(seconds / self.turn_s) + 1):
            self.at(turn * self.turn_s, self.take_turn, self.wants[turn % len(self.wants)])
        while self.events and self.events[0][0] <= seconds:
            time, _, event, values = heapq.heappop(self.events)
            self.free_s += (self.limit - self.theirs) * (time - self.now)
            self.busy_s += self.ours * (time - self.now)
            self.now = time
            event(*values)
        return self

    @property
    def used(self):
        return self.busy_s / self.free_s

    @property
    def refused_share(self):
        return self.refusals / max(1, self.calls)

    def begin(self):
        while room := self.rules.room(self.sent, self.now):
            for _ in range(room):
                self.sent += 1
                self.most_sent = max(self.most_sent, self.sent)
                self.rules.began(self.sent, self.now)
                self.at(self.now + HALF_WAY_S, self.arrive)
        if (again := self.rules.look_again_at(self.now)) is not None:
            self.at(max(again, self.now + 1e-6), self.begin)

    def arrive(self):
        if self.ours + self.theirs < self.limit:
            self.ours += 1
            self.at(self.now + self.call_s, self.made)
        else:
            self.at(self.now + HALF_WAY_S, self.refused)

    def made(self):
        self.ours -= 1
        self.at(self.now + HALF_WAY_S, self.answered)
        self.others_take()

    def answered(self):
        self.calls += 1
        self.sent -= 1
        self.rules.taken()
        self.begin()

    def refused(self):
        self.refusals += 1
        self.sent -= 1
        self.rules.refused(self.sent, self.now, self.told)
        self.begin()

    def take_turn(self, wanted):
        self.their_share = wanted
        self.others_take()

    def others_take(self):
        while self.theirs < self.their_share and self.ours + self.theirs < self.limit:
            self.theirs += 1
            self.at(self.now + self.call_s * self.random.uniform(0.8, 1.2), self.other_made)

    def other_made(self):
        self.theirs -= 1
        self.others_take()


@pytest.mark.parametrize("call_s", [1.0, 5.0, 30.0])
@pytest.mark.parametrize("told", [True, False])
def test_a_limit_below_the_setting_is_used_up_and_seldom_passed(call_s, told):
    organization = Organization(8, 10, call_s=call_s, told=told).run(200 * call_s)
    assert organization.used > 0.97
    assert organization.refused_share < 0.1


def test_a_limit_that_was_named_is_never_passed_again():
    organization = Organization(8, 10, call_s=5.0, told=True).run(1_000)
    assert organization.refusals == 2  # both of the first ten


@pytest.mark.parametrize("call_s", [1.0, 5.0])
@pytest.mark.parametrize("seed", range(5))
def test_beside_another_user_what_is_really_free_is_used(call_s, seed):
    wants = (0, 3, 6, 1, 5, 2, 4)
    organization = Organization(10, 10, call_s=call_s, wants=wants, turn_s=20 * call_s, seed=seed).run(400 * call_s)
    assert organization.used > 0.93
    assert organization.refused_share < 0.1


@pytest.mark.parametrize("call_s", [1.0, 5.0])
def test_a_limit_that_fits_the_setting_is_never_refused(call_s):
    organization = Organization(10, 10, call_s=call_s).run(100 * call_s)
    assert (organization.refusals, organization.most_sent) == (0, 10)


def test_where_somebody_else_uses_everything_it_asks_seldom_and_goes_on_when_there_is_room():
    organization = Organization(10, 10, call_s=1.0, wants=(10, 0), turn_s=120.0)
    organization.at(-1.0, organization.take_turn, 10)
    organization.run(240)
    assert organization.refusals < 40
    assert organization.calls > 900


def test_a_probe_counts_as_taken_only_when_it_was_not_refused_for_a_while():
    limit = InFlightLimit(10)
    limit.refused(4, 0.0)
    for _ in range(20):
        limit.taken()
    assert limit.room(4, 1.0) == 1
    limit.began(5, 1.0)
    assert limit.room(5, 1.0 + SETTLED_AFTER_S / 2) == 0
    assert limit.look_again_at(1.0) == 1.0 + SETTLED_AFTER_S
    assert limit.room(5, 1.0 + SETTLED_AFTER_S) == 2
    assert limit.limit == 5
