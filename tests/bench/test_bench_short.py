"""The bench itself works: each measurement, with counts of next to nothing, yields figures that are numbers."""

import math
from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.__main__ import FAMILIES
from tests.bench.counts import TINY
from tests.bench.figures import Bench, Figure, Target, percentile

RIVALS = ("aiosqlite", "huey", "persistqueue")
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="memory is read from /proc, and the probes listen to signals"
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory, postgresql):
    """One for all, so that the bot's modules are compiled once."""
    return Bench(tmp_path_factory.mktemp("bench"), TINY, server=postgresql)


@pytest.mark.parametrize("name", FAMILIES)
async def test_a_measurement_yields_finite_figures(name, bench):
    if name == "acceptance":
        for rival in RIVALS:
            pytest.importorskip(rival, reason="is in requirements/bench.txt alone")
    figures = await FAMILIES[name](bench)
    assert figures
    for figure in figures:
        assert math.isfinite(figure.value)
        assert figure.broken == ""


def test_a_missed_target_is_marked():
    slow = Figure("acceptance", 7.9, "times", Target(at_least=8))
    assert slow.verdict == "missed"
    assert Figure("start", 1.2, "times", Target(at_most=2)).verdict == "met"
    assert Figure("slots", 99.9, "%", Target(at_least=98.5), broken="1 call above the limit").verdict.startswith(
        "missed"
    )
    assert "| **7.90 times** | at least 8 | missed |" in report.table([slow], ["a machine"], 60.0)


def test_a_percentile_is_a_value_that_was_measured():
    values = list(range(1, 201))
    assert percentile(values, 99) == 198
    assert percentile([5.0], 99) == 5.0
