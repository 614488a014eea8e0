"""One line in the log for each remix that has ended or was parked, and never a prompt or a link in it."""

import asyncio
import threading

import pytest
from structlog.testing import capture_logs

from bot.demo.ideogram_stand_in import Fault
from bot.rules.generations import IdeogramApi
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.remixes import jobs
from bot.use_cases.operator.log_remixes import LogRemixes
from bot.use_cases.remixes.endings import try_cancel
from tests.integration.operator.test_deciding_parked import decide, delivered, parked


@pytest.fixture
async def remix_log(bot):
    watch = LogRemixes(bot.core, IdeogramApi.V1)
    await watch.begin()
    return watch


async def lines(remix_log):
    with capture_logs() as logged:
        assert await remix_log.look()
    return logged


async def test_who_takes_the_log_over_writes_what_a_dead_process_may_not_have_written_and_nothing_older(bot, remix_log):
    written, unwritten = await bot.remix(1), await bot.remix(2)
    await bot.do(lambda connection: try_cancel(connection, written.id, "by its author", bot.clock()))
    bot.clock.move(minutes=5)
    await bot.do(lambda connection: try_cancel(connection, unwritten.id, "by its author", bot.clock()))
    remix_log.take_over()
    assert [line["job"] for line in await lines(remix_log)] == [unwritten.id]
    assert await lines(remix_log) == []


async def test_a_delivered_remix_has_one_line_with_its_times_and_its_cost(bot, remix_log):
    job = await bot.remix()
    bot.clock.move(seconds=7)
    await delivered(bot, job)
    (line,) = await lines(remix_log)
    assert line == {
        "event": "a remix has ended",
        "log_level": "info",
        "job": job.id,
        "guild": 11,
        "outcome": "delivered",
        "cause": "posted",
        "speed": "TURBO",
        "api": "v1",
        "waited_s": 7.0,
        "made_s": 0.0,
        "total_s": 7.0,
        "cost_usd": 0.03,
        "unresolved_usd": 0.0,
    }
    assert await lines(remix_log) == []


async def test_cancelled_failed_and_parked_ones_have_one_too(bot, remix_log):
    cancelled = await bot.remix(1)
    bot.clock.move(seconds=3)
    await bot.do(lambda c: try_cancel(c, cancelled.id, "author", bot.clock()))
    bot.stand_in.dials.fail = [Fault.PROMPT_UNSAFE]
    refused = await bot.remix(2)
    await bot.work(refused.id)
    unknown = await parked(bot, 3)
    first, second, third = await lines(remix_log)
    assert [(each["job"], each["outcome"]) for each in (first, second, third)] == [
        (cancelled.id, "cancelled"),
        (refused.id, "failed"),
        (unknown.id, "parked"),
    ]
    assert (first["waited_s"], first["made_s"], first["cost_usd"]) == (3.0, None, 0.0)
    assert (second["cause"], second["cost_usd"]) == ("prompt_unsafe", 0.0)
    assert (third["event"], third["cost_usd"], third["unresolved_usd"]) == ("a remix is parked", 0.0, 0.03)
    await decide(bot, unknown.id, ParkedDecision.WRITTEN_OFF)
    (written_off,) = await lines(remix_log)
    assert (written_off["outcome"], written_off["cost_usd"], written_off["unresolved_usd"]) == ("failed", 0.03, 0.0)


async def test_what_ended_before_the_start_has_no_second_line_and_what_the_start_parks_has_one(bot):
    await delivered(bot, await bot.remix())
    watch = LogRemixes(bot.core, IdeogramApi.V1)
    await watch.begin()
    job = await parked(bot)
    assert [line["job"] for line in await lines(watch)] == [job.id]


async def test_no_line_has_a_word_of_a_person_and_the_writer_thread_writes_none(bot, remix_log, monkeypatch):
    threads = []
    real = remix_log._log
    monkeypatch.setattr(remix_log, "_log", lambda remix: (threads.append(threading.current_thread()), real(remix)))
    await delivered(bot, await bot.remix(prompt="a secret wish of mine"))
    text = repr(await lines(remix_log))
    assert "wish" not in text
    assert "http" not in text
    assert threads == [threading.main_thread()]


async def test_events_whose_numbers_are_given_again_are_not_passed_over(bot, remix_log):
    """SQLite numbers new rows from the highest one that is left, and a person who is erased takes theirs away."""
    await delivered(bot, await bot.remix())
    await lines(remix_log)
    await bot.do(lambda c: c.exec_driver_sql("DELETE FROM job_events"))
    assert await lines(remix_log) == []
    job = await bot.remix()
    await bot.do(lambda c: try_cancel(c, job.id, "author", bot.clock()))
    assert [line["job"] for line in await lines(remix_log)] == [job.id]


async def test_two_looks_at_once_write_one_line(bot, remix_log):
    await delivered(bot, await bot.remix())
    with capture_logs() as logged:
        await asyncio.gather(remix_log.look(), remix_log.look())
    assert len(logged) == 1


async def test_what_happens_to_a_job_that_stays_as_it_is_is_no_end(bot, remix_log):
    job = await bot.remix()
    await delivered(bot, job)
    await lines(remix_log)
    await bot.do(lambda c: jobs.record_event(c, jobs.get(c, job.id), "looked_at", bot.clock()))
    assert await lines(remix_log) == []
