"""/metrics: each series moves with what it counts, names nobody, and costs a bot in work next to nothing."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.demo.ideogram_stand_in.dials import Fault
from bot.monitoring.exporter import Exporter
from bot.monitoring.health_file import health_path
from bot.monitoring.heartbeat import Heartbeat, Signs
from bot.monitoring.writer_probe import WriterProbe
from bot.rules.alarms import Alarm, OpenAlarm
from bot.rules.failures import ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.remixes import holds, jobs
from bot.storage.reports import progress_counts
from bot.use_cases.operator.operating_facts import read_operating_facts
from tests.integration.made_storage import START

NAMES = {
    "build_info",
    "gateway_connected",
    "gateway_latency_seconds",
    "gateway_shards",
    "gateway_shards_connected",
    "jobs",
    "oldest_queued_age_seconds",
    "slots_in_use",
    "remixes_total",
    "refusals_total",
    "provider_calls_total",
    "provider_call_duration_seconds",
    "delivery_duration_seconds",
    "fetch_failures_total",
    "spent_dollars_total",
    "queue_held",
    "last_backup_timestamp_seconds",
    "alarms_open",
}
LABELS = {"version", "api", "python", "state", "outcome", "speed", "reason", "result", "le", "cause", "trouble"}
LABELS.add("alarm")
PERSON = 123456789012345678
UP = Signs(START, None, 0.05, worker_alive=True, slots_in_use=3, slots=10)


@asynccontextmanager
async def exported(bot, *, cache_s=0.0):
    """The exporter of a bot, which serves on a free port. `asked` counts how often the database was asked for facts."""
    heartbeat = Heartbeat(health_path(bot.database.url, Path()), lambda: START, bot.clock)
    asked = []

    async def read():
        asked.append(1)
        return await bot.database.transaction(read_operating_facts)

    heartbeat.attach(lambda: UP, WriterProbe(read, lambda: False))
    exporter = Exporter(heartbeat, IdeogramApi.V1, bot.clock, cache_s=cache_s)
    exporter.asked = asked
    await heartbeat.begin()
    await exporter.serve("127.0.0.1", 0)
    try:
        await exporter.watch(bot.core, list)
        yield exporter
    finally:
        await exporter.close()


async def get(exporter, path):
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{exporter.port}{path}") as response:
        return response.status, await response.text()


async def scrape(exporter):
    """By name without `remixbot_` and labels: `remixes_total{outcome=delivered,speed=turbo}`."""
    status, text = await get(exporter, "/metrics")
    assert status == 200
    return {
        written(sample): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("remixbot_")
    }


def written(sample):
    name = sample.name.removeprefix("remixbot_")
    labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
    return f"{name}{{{labels}}}" if labels else name


async def test_each_series_is_there_from_the_first_scrape_and_no_label_names_anybody(bot):
    async with exported(bot) as exporter:
        job = await bot.remix(user_id=PERSON, shade=1)
        await bot.work(job.id)
        _, text = await get(exporter, "/metrics")
    families = list(text_string_to_metric_families(text))
    names = {sample.name for family in families for sample in family.samples}
    missing = {name for name in NAMES if not any(found.startswith(f"remixbot_{name}") for found in names)}
    # Without a refusal there is no reason to name.
    assert missing == {"refusals_total"}
    labels = {label for family in families for sample in family.samples for label in sample.labels}
    assert labels <= LABELS
    assert "123456789012345678" not in text
    assert str(job.guild_id) not in {
        value for family in families for s in family.samples for value in s.labels.values()
    }


async def test_a_delivered_remix_counts_with_its_call_its_times_and_its_money(bot):
    async with exported(bot) as exporter:
        before = await scrape(exporter)
        job = await bot.remix()
        await bot.work(job.id)
        after = await scrape(exporter)
    moved = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert moved["remixes_total{outcome=delivered,speed=turbo}"] == 1
    assert moved["provider_calls_total{result=images}"] == 1
    assert moved["spent_dollars_total"] == pytest.approx(0.03)
    assert moved["provider_call_duration_seconds_count"] == 1
    assert moved["delivery_duration_seconds_count"] == 1
    assert {name.partition("{")[0] for name in moved if "bucket" not in name} == {
        "remixes_total",
        "provider_calls_total",
        "spent_dollars_total",
        "provider_call_duration_seconds_count",
        "delivery_duration_seconds_count",
        "last_delivery_timestamp_seconds",
    }


@pytest.mark.parametrize(
    ("fault", "outcome", "result"),
    [
        (Fault.PROMPT_UNSAFE, "failed", "refused"),
        (Fault.INTERNAL, "outcome_unknown", "outcome_unknown"),
        (Fault.UNSAFE, "failed", "images"),
    ],
)
async def test_a_remix_without_a_picture_counts_as_what_it_became(bot, fault, outcome, result):
    bot.stand_in.dials.fail = [fault]
    async with exported(bot) as exporter:
        job = await bot.remix()
        await bot.work(job.id)
        found = await scrape(exporter)
    assert found[f"remixes_total{{outcome={outcome},speed=turbo}}"] == 1
    assert found["remixes_total{outcome=delivered,speed=turbo}"] == 0
    assert found[f"provider_calls_total{{result={result}}}"] == 1
    assert found["spent_dollars_total"] == pytest.approx(0.03 if fault is Fault.UNSAFE else 0)
    assert found["jobs{state=outcome_unknown}"] == (1 if outcome == "outcome_unknown" else 0)


async def test_a_download_that_fails_counts_with_its_cause(bot):
    bot.stand_in.dials.fail = [Fault.LINK_500_ONCE]
    async with exported(bot) as exporter:
        job = await bot.remix()
        await bot.work(job.id)
        assert (await scrape(exporter))["fetch_failures_total{cause=unavailable}"] == 1


async def test_each_refusal_counts_with_its_reason(bot):
    bot.free_bytes = 0
    async with exported(bot) as exporter:
        assert isinstance(await bot.ask(), Refused)
        assert (await scrape(exporter))[f"refusals_total{{reason={Reason.DISK_FULL}}}"] == 1


async def test_what_waits_and_what_is_wrong_shows(bot):
    async with exported(bot) as exporter:
        await bot.remix()
        await bot.do(holds.place, ProviderProblem.OUT_OF_CREDIT, START)
        bot.clock.move(seconds=90)
        open_alarm = OpenAlarm(Alarm.LINK_HOST, "", {}, START, START)
        exporter._open_alarms = lambda: [open_alarm]
        found = await scrape(exporter)
    assert found["jobs{state=queued}"] == 1
    assert found["oldest_queued_age_seconds"] == 90
    assert found["queue_held{trouble=out_of_credit}"] == 1
    assert found["queue_held{trouble=key_rejected}"] == 0
    assert found["alarms_open{alarm=link_host}"] == 1
    assert (found["gateway_connected"], found["gateway_latency_seconds"], found["slots_in_use"]) == (1, 0.05, 3)
    assert found["last_backup_timestamp_seconds"] == START.timestamp()


async def test_a_queue_that_is_held_for_a_host_shows_as_held(bot):
    await bot.do(holds.place_for_host, 1, "cdn.example")
    async with exported(bot) as exporter:
        assert (await scrape(exporter))["queue_held{trouble=link_host}"] == 1


async def test_what_happened_before_the_start_is_not_counted(bot):
    job = await bot.remix()
    await bot.work(job.id)
    async with exported(bot) as exporter:
        assert (await scrape(exporter))["remixes_total{outcome=delivered,speed=turbo}"] == 0


async def test_more_events_than_one_reading_takes_are_all_counted_once(bot, monkeypatch):
    ids = [(await bot.remix(user_id, shade=1)).id for user_id in range(1, 4)]
    async with exported(bot) as exporter:
        await bot.work(*ids)
        monkeypatch.setattr(progress_counts, "BATCH", 1)
        for _ in range(2):
            assert (await scrape(exporter))["remixes_total{outcome=delivered,speed=turbo}"] == 3


async def test_a_cancelled_remix_counts_and_costs_nothing(bot):
    async with exported(bot) as exporter:
        job = await bot.remix()
        cancel = (JobState.QUEUED, JobState.CANCELLED)
        await bot.database.transaction(jobs.move, job.id, cancel, cause="test", now=START)
        found = await scrape(exporter)
    assert found["remixes_total{outcome=cancelled,speed=turbo}"] == 1
    assert found["spent_dollars_total"] == 0


async def test_a_storm_of_scrapes_asks_the_database_once(bot):
    async with exported(bot, cache_s=60) as exporter:
        answers = await asyncio.gather(*(get(exporter, "/metrics") for _ in range(50)))
        assert len(set(answers)) == 1
        assert len(exporter.asked) == 1


async def test_liveness_and_readiness_are_told_apart(bot):
    async with exported(bot) as exporter:
        status, _ = await get(exporter, "/readyz")
        assert status == 503
        await scrape(exporter)
        assert (await get(exporter, "/readyz"))[0] == 200
        exporter._heartbeat.attach(lambda: Signs(None, START, None, True, 0, 10), exporter._heartbeat._probe)
        await scrape(exporter)
        assert (await get(exporter, "/readyz"))[0] == 503
        status, text = await get(exporter, "/healthz")
        assert (status, "Not connected to Discord" in text) == (200, True)
        exporter._heartbeat.attach(lambda: Signs(START, None, None, False, 0, 10), exporter._heartbeat._probe)
        await scrape(exporter)
        assert (await get(exporter, "/healthz"))[0] == 503
        assert (await get(exporter, "/readyz"))[0] == 503


async def test_a_database_that_hangs_leaves_metrics_readable(bot):
    """The counts come with a later scrape."""
    opened = asyncio.Event()
    async with exported(bot) as exporter:
        job = await bot.remix()
        await bot.work(job.id)
        real = bot.core.database.read

        async def hang(function, *arguments):
            if function is progress_counts.steps_since and not opened.is_set():
                raise TimeoutError
            return await real(function, *arguments)

        bot.core.database.read_long = hang
        assert (await scrape(exporter))["remixes_total{outcome=delivered,speed=turbo}"] == 0
        opened.set()
        assert (await scrape(exporter))["remixes_total{outcome=delivered,speed=turbo}"] == 1
