"""The sentences of `remix-bot health`, of `/healthz` and `/readyz`, and of systemd's status line."""

from collections.abc import Mapping
from datetime import datetime

from bot.monitoring.health_file import Health
from bot.monitoring.judgement import Sickness, Unready
from bot.rules.failures import ProviderProblem
from bot.rules.roles import Role

_SICK: Mapping[Sickness, str] = {
    Sickness.NOT_STARTED: "The bot has not started here: there is no readable health.json.",
    Sickness.STOPPED: "The bot was stopped at {time}.",
    Sickness.HUNG: "The bot has not answered since {time}: it hangs, or it was killed.",
    Sickness.WRITER_HUNG: "The bot cannot use its database: nothing was answered for 40 seconds or longer.",
    Sickness.WORKER_ENDED: "The bot accepts remixes but makes none: its worker has ended.",
}
_UNREADY: Mapping[Unready, str] = {
    Unready.STARTING: "Starting: not connected to Discord yet.{shards}",
    Unready.STOPPING: "Stopping: finishing paid remixes.",
    Unready.GATEWAY_AWAY: "Not connected to Discord since {away}. The bot reconnects on its own.",
    Unready.SHARDS_AWAY: "Not all shards are connected to Discord since {away}.{shards} The bot reconnects on its own.",
}
_READY: Mapping[Role, str] = {
    Role.ALL: "Connected to Discord since {since}.{shards}",
    Role.GATEWAY: "Connected to Discord since {since}, as a gateway that makes no remixes.{shards}",
    Role.WORKER: "Making remixes as a worker since {started}.",
}
HELD: Mapping[str, str] = {
    ProviderProblem.KEY_REJECTED: "Ideogram rejects the key",
    ProviderProblem.NO_ACCESS: "Ideogram does not let the key use this call",
    ProviderProblem.OUT_OF_CREDIT: "there is no credit at Ideogram",
    "link_host": "results are on a host that IDEOGRAM_IMAGE_HOSTS does not list",
}


def sickness_sentence(sickness: Sickness, health: Health | None) -> str:
    return _SICK[sickness].format(time=_moment(health.time) if health else "")


def state_sentence(health: Health, unready: Unready | None) -> str:
    """How a living bot is."""
    first = _UNREADY[unready] if unready else _READY[Role(health.role)]
    shards = f" Shards: {health.shards_connected} of {health.shards}." if health.shards > 1 else ""
    away, since, started = map(_moment, (health.gateway_away_since, health.gateway_since, health.started_at))
    sentences = [first.format(away=away, since=since, started=started, shards=shards)]
    if health.database_away:
        sentences.append("The database server does not answer, so people are asked to try again.")
    if health.held:
        sentences.append(f"The queue is held: {HELD.get(health.held, health.held)}.")
    if health.paused:
        sentences.append("The queue is paused by an operator.")
    return " ".join([*sentences, f"Waiting: {health.queued}."])


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "the start"
