"""The limit that several processes keep together: what is stored is what is read, and nobody waits for ever."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.in_flight import FIRST_WAIT_S, SETTLED_AFTER_S, InFlightLimit
from bot.rules.shared_limit import ASK_AGAIN_S, SharedLimit

NOW = 1_790_000_000.0
EVENTS = st.lists(
    st.tuples(st.sampled_from(["ask", "taken", "refused", "told"]), st.integers(1, 8), st.floats(0, 3)), max_size=40
)


def stored(shared, now, most=10):
    return SharedLimit.from_json(json.loads(json.dumps(shared.as_json(now))), most, now)


@given(EVENTS)
def test_what_is_stored_is_read_again_whatever_has_happened(events):
    shared, in_flight, now = SharedLimit(InFlightLimit(10)), 0, NOW
    for what, images, later in events:
        now += later
        if what == "ask":
            if shared.ask(f"process {images}", images, in_flight, now) is None:
                in_flight += images
                shared.began(f"process {images}", in_flight, now)
        elif what == "taken":
            shared.limit.taken()
        else:
            shared.limit.refused(in_flight, now, images if what == "told" else None)
        in_flight = max(0, in_flight - images % 3)
        assert stored(shared, now) == shared


@given(EVENTS)
def test_after_the_clock_was_set_back_it_asks_again_within_seconds_and_passes_no_limit(events):
    shared, now = SharedLimit(InFlightLimit(10)), NOW
    for what, images, later in events:
        now += later
        if what == "ask":
            shared.ask("other", images, 4, now)
            shared.began("another", 5, now)
        else:
            shared.limit.refused(0, now)
    before = now - 3600.0
    again = SharedLimit.from_json(shared.as_json(now), 10, before)
    assert again.ask("ours", 1, 10, before) is not None
    assert again.ask("ours", 1, 0, before + 10 * FIRST_WAIT_S) is None


def test_a_setting_that_was_raised_forgets_what_was_found_below_it_and_a_lower_one_counts_at_once():
    shared = SharedLimit(InFlightLimit(10))
    shared.limit.refused(4, NOW, told=4)
    assert stored(shared, NOW, most=10).limit.room(4, NOW) == 0
    assert stored(shared, NOW, most=3).limit.limit == 3
    assert stored(shared, NOW, most=20).limit.room(4, NOW) == 16


def test_a_call_with_several_images_is_not_overtaken_by_the_single_ones_of_other_processes():
    shared = SharedLimit(InFlightLimit(10))
    assert shared.ask("large", 8, 9, NOW) is not None
    assert shared.ask("small", 1, 9, NOW) is not None
    assert shared.ask("small", 1, 2, NOW + 1) is not None
    assert shared.ask("large", 8, 2, NOW + 1) is None
    shared.began("large", 10, NOW + 1)
    # Now it is the others' turn, so that large ones do not keep them out either.
    assert shared.ask("large", 8, 9, NOW + 1.5) is not None
    assert shared.ask("small", 1, 9, NOW + 1.5) is None


def test_room_that_is_kept_for_a_process_that_asks_no_more_is_given_away():
    shared = SharedLimit(InFlightLimit(10))
    shared.ask("large", 8, 9, NOW)
    assert shared.ask("small", 1, 5, NOW + 2) is not None
    assert shared.ask("small", 1, 5, NOW + 3) is None


def test_one_that_needs_more_than_ideogram_takes_now_goes_alone():
    shared = SharedLimit(InFlightLimit(4))
    assert shared.ask("large", 8, 1, NOW) is not None
    assert shared.ask("large", 8, 0, NOW + 1) is None


def test_it_is_asked_again_when_a_probe_has_settled_and_at_the_latest_after_a_second():
    shared = SharedLimit(InFlightLimit(10))
    assert shared.ask("ours", 1, 10, NOW) == ASK_AGAIN_S
    shared.limit.refused(4, NOW)
    for _ in range(20):
        shared.limit.taken()
    assert shared.ask("ours", 1, 4, NOW) is None
    shared.began("ours", 5, NOW)
    assert shared.ask("ours", 1, 5, NOW) == SETTLED_AFTER_S
