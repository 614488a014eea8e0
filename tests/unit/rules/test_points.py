"""Points and the ladder of what follows from them."""

import pytest

from bot.rules.points import Ladder, Rung, RungAction, reached, read_ladder

WARN, DAY, EVER = Rung(3, RungAction.WARN), Rung(5, RungAction.BLOCK, 86_400), Rung(8, RungAction.BLOCK)
LADDER = Ladder((WARN, DAY, EVER))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 2, None),
        (2, 3, WARN),
        (3, 4, None),
        (2, 5, DAY),
        (4, 6, DAY),
        (6, 7, None),
        (7, 9, EVER),
        (9, 10, EVER),
        # Nothing is new: a ladder that is set later does not punish what was before.
        (9, 9, None),
    ],
)
def test_the_highest_rung_that_is_reached_follows_once(before, after, expected):
    assert reached(LADDER, before, after) is expected


def test_nothing_follows_without_a_ladder():
    assert reached(None, 0, 100) is None


@pytest.mark.parametrize(
    ("text", "rung", "twice"), [("3 warn, 5 kick", "5 kick", False), ("3 warn, 3 block", "3 block", True)]
)
def test_a_wrong_rung_is_named(text, rung, twice):
    wrong = read_ladder(text)
    assert (wrong.rung, wrong.twice) == (rung, twice)
