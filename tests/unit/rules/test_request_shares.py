"""How the processes of a bot divide Discord's limit of requests."""

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.request_shares import PER_SECOND, share


def test_a_process_alone_has_all():
    assert share(0, []) == share(200, []) == PER_SECOND


def test_one_that_is_idle_keeps_little_and_one_that_waits_gets_the_most():
    assert [share(40, [0, 0]), share(0, [40, 0])] == [40, 5]
    assert [share(300, [20, 0]), share(20, [300, 0]), share(0, [300, 20])] == [37, 7, 5]


def test_without_requests_all_have_the_same():
    assert {share(0, [0] * others) for others in (1,)} == {25}
    assert share(0, [0, 0, 0]) == 12


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=50))
def test_together_they_never_have_more_than_discord_allows_and_each_can_begin(wanted):
    shares = [share(own, [*wanted[:n], *wanted[n + 1 :]]) for n, own in enumerate(wanted)]
    assert sum(shares) <= PER_SECOND
    assert min(shares) >= 1
