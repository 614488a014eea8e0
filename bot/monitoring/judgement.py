"""Decides whether a bot is alive, so that a restart would not help, and whether it is ready for commands."""

from enum import StrEnum

from bot.monitoring.health_file import Health, Phase
from bot.rules.roles import Role

STALE_S = 60.0
"""The event loop writes every 15 s. With a check every 30 s a hang is reported within 90 s."""


class Sickness(StrEnum):
    """What a restart mends."""

    NOT_STARTED = "not_started"
    STOPPED = "stopped"
    HUNG = "hung"
    WRITER_HUNG = "writer_hung"
    WORKER_ENDED = "worker_ended"


class Unready(StrEnum):
    """Why a living bot answers no commands, or makes no remixes yet. A restart does not help."""

    STARTING = "starting"
    STOPPING = "stopping"
    GATEWAY_AWAY = "gateway_away"
    SHARDS_AWAY = "shards_away"
    """In some servers it answers."""


def find_sickness(health: Health | None, monotonic_s: float) -> Sickness | None:
    """None: the bot is alive. `monotonic_s` is `time.monotonic()` of now."""
    if health is None:
        return Sickness.NOT_STARTED
    if health.phase is Phase.STOPPED:
        return Sickness.STOPPED
    # A file from the future was written before the machine was restarted.
    if not 0 <= monotonic_s - health.monotonic_s < STALE_S:
        return Sickness.HUNG
    if not health.writer_alive:
        return Sickness.WRITER_HUNG
    if health.worker_alive is False and health.phase is not Phase.STOPPING:
        return Sickness.WORKER_ENDED
    return None


def find_unready(health: Health) -> Unready | None:
    """None: a bot that is alive does its part of the work."""
    if health.phase is Phase.STARTING:
        return Unready.STARTING
    if health.phase is not Phase.RUNNING:
        return Unready.STOPPING
    if health.role == Role.WORKER or health.gateway_since is not None:
        return None
    return Unready.SHARDS_AWAY if health.shards_connected else Unready.GATEWAY_AWAY
