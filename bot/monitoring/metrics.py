"""Counts and measures the bot for Prometheus. Import it only if METRICS_LISTEN is set: it needs an extra package.

No label names a person, a server or a job. https://prometheus.io/docs/practices/naming/
"""

import platform
from collections.abc import Sequence
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from bot import __version__
from bot.monitoring.health_file import Health
from bot.rules.alarms import Alarm
from bot.rules.failures import ProviderProblem
from bot.rules.job_states import FINAL, JobState
from bot.rules.prices import Speed
from bot.rules.roles import Role
from bot.storage.reports.progress_counts import Step
from bot.use_cases.core import Counted
from bot.use_cases.operator.operating_facts import HELD_FOR_HOST

_MICROS = 1_000_000
_OPEN = tuple(state for state in JobState if state not in FINAL)
_ENDS = (JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED, JobState.OUTCOME_UNKNOWN)
_RESULTS = ("images", "accepted", *ProviderProblem)
_CAUSES = ("disk", "gone", "link_refused", "not_a_picture", "pictures_away", "too_large", "unavailable")
_HOLDING = (
    ProviderProblem.KEY_REJECTED,
    ProviderProblem.NO_ACCESS,
    ProviderProblem.OUT_OF_CREDIT,
    HELD_FOR_HOST,
)
_CALL_BUCKETS = (2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800)
"""Turbo takes some 5 s, Quality up to a minute; Ideogram ends a `v1` call after 265 s."""
_DELIVERY_BUCKETS = (0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400)

disable_created_metrics()  # type: ignore[no-untyped-call]  # the package has no types for it


class Metrics:
    """One registry with everything. `counted`, `step` and `show` change it, and `text` is what Prometheus reads."""

    def __init__(self, api: str) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("remixbot_build", "The bot's version and the Ideogram API in use.", registry=registry).info(
            {"version": __version__, "api": api, "python": platform.python_version()}
        )
        self._add_gauges(registry)
        self._add_counters(registry)

    def _add_gauges(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, words: str, *labels: str) -> Gauge:
            return Gauge(f"remixbot_{name}", words, labels, registry=registry)

        self._alive = gauge("alive", "1 while the worker and the database's writer thread work.")
        self._database_away = gauge("database_away", "1 while the database's server does not answer.")
        self._connected = gauge(
            "gateway_connected", "1 while the bot is connected to Discord's gateway; a worker has none."
        )
        self._shards = gauge("gateway_shards", "Connections to Discord's gateway that this process should have.")
        self._shards_connected = gauge("gateway_shards_connected", "Connections to Discord's gateway that it has.")
        self._latency = gauge("gateway_latency_seconds", "How long Discord took to answer the last heartbeat.")
        self._jobs = gauge("jobs", "Remixes that have not ended, by state.", "state")
        self._oldest = gauge("oldest_queued_age_seconds", "Age of the oldest waiting remix; 0 if none waits.")
        self._slots_in_use = gauge("slots_in_use", "Paid calls in progress, as Ideogram counts them.")
        self._slots = gauge("slots", "Paid calls that can be in progress at once.")
        self._held = gauge("queue_held", "1 while the queue is held for this reason.", "trouble")
        self._paused = gauge("queue_paused", "1 while an operator has paused the queue.")
        self._last_delivery = gauge("last_delivery_timestamp_seconds", "When a result was last delivered; 0: never.")
        self._last_backup = gauge("last_backup_timestamp_seconds", "When the last backup was made; 0: never.")
        self._alarms = gauge("alarms_open", "How many alarms of each kind are open.", "alarm")

    def _add_counters(self, registry: CollectorRegistry) -> None:
        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"remixbot_{name}", words, labels, registry=registry)

        def histogram(name: str, words: str, buckets: Sequence[float]) -> Histogram:
            return Histogram(f"remixbot_{name}", words, buckets=buckets, registry=registry)

        self._remixes = counter("remixes", "Remixes that ended or were parked.", "outcome", "speed")
        self._refusals = counter("refusals", "Remixes that were refused before they were accepted.", "reason")
        self._calls = counter("provider_calls", "Paid calls, by what came back.", "result")
        self._fetch_failures = counter("fetch_failures", "Downloads of paid results that failed.", "cause")
        self._spent = counter("spent_dollars", "US dollars that were settled.")
        self._took = histogram("provider_call_duration_seconds", "From the paid call to its images.", _CALL_BUCKETS)
        self._delivered_in = histogram("delivery_duration_seconds", "From the images to the post.", _DELIVERY_BUCKETS)
        # Series that begin at 0: Prometheus sees no increase in one that begins at 1.
        for outcome in _ENDS:
            for speed in Speed:
                self._remixes.labels(outcome, speed.lower())
        for result in _RESULTS:
            self._calls.labels(result)
        for cause in _CAUSES:
            self._fetch_failures.labels(cause)

    def counted(self, counted: Counted, kind: str) -> None:
        """For `News.on_count`."""
        match counted:
            case Counted.REFUSAL:
                self._refusals.labels(kind).inc()
            case Counted.PROVIDER_CALL:
                self._calls.labels(kind).inc()
            case Counted.FETCH_FAILURE:
                self._fetch_failures.labels(kind).inc()

    def step(self, step: Step) -> None:
        if step.ended:
            self._remixes.labels(step.to, step.speed.lower()).inc()
        if step.took is not None:
            self._took.observe(step.took.total_seconds())
        if step.delivered_in is not None:
            self._delivered_in.observe(step.delivered_in.total_seconds())
        self._spent.inc(step.spent_micros / _MICROS)

    def show(self, health: Health, alarms: Sequence[Alarm], now: datetime) -> None:
        """Set the gauges."""
        self._alive.set(health.writer_alive and health.worker_alive is not False)
        self._database_away.set(health.database_away)
        # Not a number for a worker: alerts on 0 must not fire for it.
        self._connected.set(float("nan") if health.role == Role.WORKER else health.gateway_since is not None)
        self._shards.set(health.shards)
        self._shards_connected.set(health.shards_connected)
        self._latency.set(health.gateway_latency_s if health.gateway_latency_s is not None else float("nan"))
        for state in _OPEN:
            self._jobs.labels(state).set(health.jobs.get(state, 0))
        oldest = health.oldest_queued_at
        self._oldest.set(max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0)
        self._slots_in_use.set(health.slots_in_use)
        self._slots.set(health.slots)
        for trouble in _HOLDING:
            self._held.labels(trouble).set(health.held == trouble)
        self._paused.set(health.paused)
        self._last_delivery.set(_timestamp(health.last_delivery_at))
        self._last_backup.set(_timestamp(health.last_backup_at))
        for alarm in Alarm:
            self._alarms.labels(alarm).set(sum(each is alarm for each in alarms))

    def text(self) -> bytes:
        return generate_latest(self._registry)


def _timestamp(moment: datetime | None) -> float:
    return 0 if moment is None else moment.timestamp()
