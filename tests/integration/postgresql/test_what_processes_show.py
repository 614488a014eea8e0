"""What a process shows of the work of others: trouble at Ideogram, slots in use, counters and alarms of /metrics."""

import asyncio
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from bot.monitoring.exporter import Exporter
from bot.monitoring.heartbeat import Heartbeat, Signs
from bot.monitoring.writer_probe import WriterProbe
from bot.rules.alarms import Alarm, OpenAlarm
from bot.rules.failures import ProviderFailure, ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process import OnlyProcess
from bot.storage.engine.tables.processes import lost_calls
from bot.storage.engine.tables.remixes import jobs
from bot.storage.operator import alarms
from bot.storage.processes import trouble
from bot.use_cases import share_trouble
from bot.use_cases.operator.operating_facts import read_operating_facts
from bot.use_cases.share_trouble import ShareTrouble
from tests.integration.made_bot import Bot
from tests.integration.made_storage import START, add_job, walk

SOON_S = 20
LIMITED = ProviderFailure(ProviderProblem.RATE_LIMITED, "429")
LONG_FROM_NOW, LONG_AGO = datetime(3000, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)
"""By the server's clock, which no test moves."""


@dataclass
class Process(OnlyProcess):
    leads: bool = True
    workers: int = 1


@pytest.fixture
def gateway(bot, url):
    """Another process on the same database, which makes no calls."""
    with closing(Database(url)) as database:
        yield Bot(database, bot.blobs, bot.ideogram, bot.stand_in, bot.clock, "gateway")


@asynccontextmanager
async def sharing(bot, monkeypatch):
    monkeypatch.setattr(share_trouble, "_PAUSE_S", 0.01)
    task = asyncio.create_task(ShareTrouble(bot.core, bot.remixes.trouble).run())
    try:
        yield bot.remixes.trouble
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_trouble(bot, job, problem):
    async with asyncio.timeout(SOON_S):
        while (await bot.statuses.of(job.id)).trouble is not problem:
            pass


async def test_a_gateway_shows_the_trouble_that_a_worker_has_also_if_it_starts_in_the_middle_of_it(
    bot, gateway, monkeypatch
):
    job = await gateway.remix()
    async with sharing(bot, monkeypatch) as known:
        known.note(LIMITED, others=0)
        await until_trouble(gateway, job, ProviderProblem.RATE_LIMITED)
        later = gateway.restarted()
        assert (await later.statuses.of(job.id)).trouble is ProviderProblem.RATE_LIMITED
        known.end()
        await until_trouble(gateway, job, None)


async def test_the_last_call_counts_whichever_worker_made_it(bot, gateway, monkeypatch):
    job = await gateway.remix()
    for each in (bot, gateway):
        # Alone, it would begin with forgetting what is there.
        each.core = replace(each.core, process=Process(workers=2))
    async with sharing(bot, monkeypatch) as one, sharing(gateway, monkeypatch) as other:
        one.note(LIMITED, others=0)
        await until_trouble(gateway, job, ProviderProblem.RATE_LIMITED)
        # The other one never had trouble of its own.
        other.note("an answer", others=0)
        await until_trouble(bot, job, None)


async def test_a_worker_that_is_alone_forgets_the_trouble_of_an_earlier_start(bot, monkeypatch):
    job = await bot.remix()
    await bot.do(trouble.write, ProviderProblem.UNREACHABLE)
    async with sharing(bot, monkeypatch):
        await until_trouble(bot, job, None)


async def test_slots_in_use_are_those_of_all_processes(bot):
    for images, user in ((2, 1), (1, 2)):
        job = await bot.do(add_job, user)
        await bot.do(lambda connection, job=job: walk(connection, job, JobState.GENERATING))
        await bot.do(lambda connection, job=job, n=images: set_images(connection, job, n))
    for call, until in ((1, LONG_FROM_NOW), (2, LONG_AGO)):
        await bot.do(lambda connection, call=call, until=until: add_lost(connection, call, until))
    facts = await bot.database.transaction(read_operating_facts, shared=True)
    assert facts.slots_in_use == 3 + 4
    async with exported(bot) as exporter:
        assert (await scrape(exporter))["slots_in_use"] == 7


def set_images(connection, job, images):
    connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(images=images))


def add_lost(connection, call, until):
    connection.execute(sa.insert(lost_calls).values(job_id=99, call=call, images=4, until=until))


async def test_one_process_counts_what_all_can_see_and_each_shows_the_alarms_of_the_one_that_leads(bot):
    process = Process(leads=False)
    bot.core = replace(bot.core, process=process)
    alarm = OpenAlarm(Alarm.PARKED, "", {"count": 1}, began_at=START, seen_at=START)
    async with exported(bot) as exporter:
        await bot.do(alarms.write, {alarm.key: alarm})
        await bot.do(lambda connection: walk(connection, add_job(connection), JobState.CANCELLED))
        found = await scrape(exporter)
        assert found["alarms_open{alarm=parked}"] == 1
        assert found["remixes_total{outcome=cancelled,speed=turbo}"] == 0
        process.leads = True
        await bot.do(lambda connection: walk(connection, add_job(connection, 2), JobState.CANCELLED))
        assert (await scrape(exporter))["remixes_total{outcome=cancelled,speed=turbo}"] == 1


@asynccontextmanager
async def exported(bot):
    heartbeat = Heartbeat(Path("never-written.json"), lambda: START, bot.clock)
    signs = Signs(START, None, 0.05, worker_alive=True, slots_in_use=0, slots=10)
    probe = WriterProbe(lambda: bot.database.transaction(read_operating_facts, shared=True), lambda: False)
    heartbeat.attach(lambda: signs, probe)
    exporter = Exporter(heartbeat, IdeogramApi.V1, bot.clock)
    await exporter.watch(bot.core, list)
    yield exporter


async def scrape(exporter):
    families = text_string_to_metric_families((await exporter.read_text()).decode())
    return {
        sample.name.removeprefix("remixbot_")
        + (
            "{" + ",".join(f"{name}={value}" for name, value in sample.labels.items()) + "}" if sample.labels else ""
        ): sample.value
        for family in families
        for sample in family.samples
    }
