"""What makes a bot unhealthy is what a restart mends: a hang, a writer or a worker that is gone. Discord is not."""

from dataclasses import replace

import pytest

from bot.monitoring.health_file import Health, Phase
from bot.monitoring.judgement import STALE_S, Sickness, Unready, find_sickness, find_unready
from bot.monitoring.words import sickness_sentence, state_sentence
from bot.rules.failures import ProviderProblem
from tests.integration.made_storage import START

HEALTHY = Health(
    START, 1_000.0, 1, "1", Phase.RUNNING, START, gateway_since=START, worker_alive=True, jobs={"queued": 3}
)


@pytest.mark.parametrize(
    ("changes", "after_s", "sickness"),
    [
        ({}, 0, None),
        ({}, STALE_S - 1, None),
        ({}, STALE_S, Sickness.HUNG),
        # Written before the machine was restarted.
        ({}, -1, Sickness.HUNG),
        ({"phase": Phase.STARTING, "worker_alive": None, "gateway_since": None}, 0, None),
        ({"phase": Phase.STARTING}, STALE_S, Sickness.HUNG),
        ({"writer_alive": False}, 0, Sickness.WRITER_HUNG),
        ({"worker_alive": False}, 0, Sickness.WORKER_ENDED),
        # It is over because it was told to end.
        ({"worker_alive": False, "phase": Phase.STOPPING}, 0, None),
        ({"writer_alive": False, "phase": Phase.STOPPING}, 0, Sickness.WRITER_HUNG),
        ({"phase": Phase.STOPPED}, 0, Sickness.STOPPED),
        ({"gateway_since": None, "gateway_away_since": START}, 0, None),
        ({"held": ProviderProblem.KEY_REJECTED, "paused": True}, 0, None),
    ],
)
def test_alive_is_what_a_restart_would_not_mend(changes, after_s, sickness):
    assert find_sickness(replace(HEALTHY, **changes), HEALTHY.monotonic_s + after_s) is sickness


def test_a_hang_is_seen_within_90_seconds():
    """A hang right after a write, and a check every 30 s that just came too early."""
    check_every_s = 30
    assert STALE_S + check_every_s <= 90


def test_without_a_file_it_has_not_started():
    assert find_sickness(None, 0) is Sickness.NOT_STARTED
    assert sickness_sentence(Sickness.NOT_STARTED, None).startswith("The bot has not started here")


@pytest.mark.parametrize(
    ("changes", "unready", "words"),
    [
        ({}, None, "Connected to Discord since 2026-05-01 12:00:00 UTC. Waiting: 3."),
        ({"held": ProviderProblem.KEY_REJECTED}, None, "The queue is held: Ideogram rejects the key."),
        ({"paused": True}, None, "paused by an operator"),
        (
            {"gateway_since": None, "gateway_away_since": START},
            Unready.GATEWAY_AWAY,
            "Not connected to Discord",
        ),
        (
            {"gateway_since": None, "gateway_away_since": START, "shards": 4, "shards_connected": 3},
            Unready.SHARDS_AWAY,
            "Not all shards are connected to Discord since 2026-05-01 12:00:00 UTC. Shards: 3 of 4.",
        ),
        ({"role": "gateway", "worker_alive": None}, None, "as a gateway that makes no remixes"),
        ({"shards": 4, "shards_connected": 4}, None, "Shards: 4 of 4."),
        ({"role": "worker", "gateway_since": None, "shards": 0}, None, "Making remixes as a worker since 2026-05-01"),
        ({"phase": Phase.STARTING}, Unready.STARTING, "Starting"),
        ({"phase": Phase.STOPPING}, Unready.STOPPING, "Stopping"),
    ],
)
def test_a_living_bot_says_how_it_is(changes, unready, words):
    health = replace(HEALTHY, **changes)
    assert find_unready(health) is unready
    assert words in state_sentence(health, unready)


@pytest.mark.parametrize("sickness", Sickness)
def test_each_sickness_is_one_sentence(sickness):
    assert sickness_sentence(sickness, HEALTHY).endswith(".")
    assert "{" not in sickness_sentence(sickness, HEALTHY)
