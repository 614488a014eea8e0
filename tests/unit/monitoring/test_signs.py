"""What is read from the bot for health.json."""

from types import SimpleNamespace

import pytest

from bot.monitor import _signs_of
from tests.integration.made_storage import START


@pytest.mark.parametrize(
    ("measured", "said"), [(0.05, 0.05), (float("nan"), None), (float("inf"), None), (-1.0, None), (41.3, None)]
)
def test_a_latency_that_nobody_measured_is_unknown(measured, said):
    """41.3 s is what discord.py says if Discord answers before its thread has noted when it asked."""
    gateway = SimpleNamespace(since=START, away_since=None, connected_shards={0})
    app = SimpleNamespace(
        client=SimpleNamespace(gateway=gateway, latency=measured),
        worker_alive=True,
        worker=SimpleNamespace(slots_in_use=1),
        rules=SimpleNamespace(slots=2),
    )
    assert _signs_of(app)().gateway_latency_s == said
