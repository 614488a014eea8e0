"""What the operator enters at a restore: what is known of servers and days is not forgotten for it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.cli.restore import _spent

NOW = datetime(2026, 5, 2, 8, tzinfo=UTC)
KNOWN = {("2026-05-01", 11): 600_000, ("2026-05-02", 12): 240_000}
TODAY = ("2026-05-02", None)


@pytest.mark.parametrize(
    ("known", "entered", "counts"),
    [
        (KNOWN, 840_000, KNOWN),
        # More than is known: only the rest belongs to no server. Else those servers' budgets were open again.
        (KNOWN, 1_000_000, {**KNOWN, TODAY: 160_000}),
        ({**KNOWN, TODAY: 10_000}, 1_000_000, {**KNOWN, TODAY: 160_000}),
        ({}, 30_000, {TODAY: 30_000}),
        (None, 30_000, {TODAY: 30_000}),
        # Less: nobody knows whose remixes cost nothing.
        (KNOWN, 30_000, {TODAY: 30_000}),
        (KNOWN, 0, {}),
    ],
)
def test_what_counts(known, entered, counts):
    assert _spent(SimpleNamespace(spent_since=known), entered, NOW) == counts
