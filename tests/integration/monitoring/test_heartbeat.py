"""The heartbeat says in health.json and to systemd how the bot is, and stops for what a restart mends."""

import asyncio
import socket
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from bot.monitoring import heartbeat as module
from bot.monitoring.health_file import Phase, read_health
from bot.monitoring.heartbeat import Heartbeat, Signs
from bot.monitoring.judgement import Sickness, find_sickness
from bot.monitoring.systemd import Systemd
from bot.monitoring.writer_probe import DEADLINE_S, WriterProbe
from bot.rules.failures import ProviderProblem
from bot.rules.job_states import JobState
from bot.storage.engine.database import Database, DatabaseAwayError, DatabaseUnavailableError
from bot.storage.remixes import holds
from bot.use_cases.operator.operating_facts import read_operating_facts
from tests.integration.made_storage import START, Clock, add_job, walk

UP = Signs(START, None, 0.05, worker_alive=True, slots_in_use=1, slots=10)
AWAY = replace(UP, gateway_since=None, gateway_away_since=START)


class Ticking:
    """The machine's clock, which a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Patient:
    """A heartbeat with a real database and a real socket of systemd's."""

    def __init__(self, folder, migrated, watchdog_s=90.0):
        (folder / "remix.db").write_bytes(migrated)
        self.database = Database(f"sqlite:///{(folder / 'remix.db').as_posix()}")
        self.file, self.signs, self.ticking, self.clock = folder / "health.json", UP, Ticking(), Clock()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.manager.setblocking(False)
        self.heartbeat = Heartbeat(
            self.file,
            lambda: START,
            self.clock,
            systemd=Systemd(str(folder / "notify"), watchdog_s),
            monotonic=self.ticking,
        )
        self.probe = WriterProbe(
            lambda: self.database.transaction(read_operating_facts),
            lambda: self.database.is_compacting,
            self.ticking,
            wait_s=0.2,
        )
        self.heartbeat.attach(lambda: self.signs, self.probe)

    async def beat(self):
        """Returns what is in the file then, and the lines that systemd gets."""
        await self.heartbeat.beat()
        return read_health(self.file), self.told()

    def told(self):
        lines = []
        while True:
            try:
                lines += self.manager.recv(1_000).decode().splitlines()
            except BlockingIOError:
                return lines

    def close(self):
        self.manager.close()
        self.database.close()


@pytest.fixture
def patient(tmp_path, migrated):
    with closing(Patient(tmp_path, migrated)) as made:
        yield made


async def test_a_healthy_bot_says_all_that_others_ask(patient):
    await patient.database.transaction(add_job)
    delivered = await patient.database.transaction(add_job, 2)
    path = (JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)
    await patient.database.transaction(walk, delivered, *path)
    await patient.database.transaction(holds.place, ProviderProblem.OUT_OF_CREDIT, START)
    health, told = await patient.beat()
    assert find_sickness(health, patient.ticking()) is None
    assert (health.phase, health.gateway_since, health.gateway_latency_s) == (Phase.RUNNING, START, 0.05)
    assert (health.jobs, health.oldest_queued_at, health.held) == ({"queued": 1}, START, "out_of_credit")
    assert (health.last_delivery_at, health.last_backup_at) == (START, START)
    assert (health.slots_in_use, health.slots, health.paused) == (1, 10, False)
    assert {"READY=1", "WATCHDOG=1"} <= set(told)
    assert any(line.startswith("STATUS=Connected to Discord") for line in told)


async def test_systemd_waits_for_the_first_connection_and_not_for_later_ones(patient):
    patient.signs = replace(AWAY, gateway_away_since=None)
    health, told = await patient.beat()
    assert health.phase is Phase.STARTING
    assert "READY=1" not in told
    assert "EXTEND_TIMEOUT_USEC=60000000" in told
    patient.signs = UP
    assert "READY=1" in (await patient.beat())[1]
    patient.signs = AWAY
    health, told = await patient.beat()
    assert (health.phase, find_sickness(health, patient.ticking())) == (Phase.RUNNING, None)
    assert "WATCHDOG=1" in told
    assert any("Not connected to Discord since" in line for line in told)


async def test_a_worker_is_up_once_it_works_and_has_no_gateway_to_wait_for(patient):
    patient.heartbeat.health = replace(patient.heartbeat.health, role="worker")
    patient.signs = replace(AWAY, gateway_away_since=None, worker_alive=None)
    assert (await patient.beat())[0].phase is Phase.STARTING
    patient.signs = replace(patient.signs, worker_alive=True)
    health, told = await patient.beat()
    assert (health.phase, health.role) == (Phase.RUNNING, "worker")
    assert "READY=1" in told


@pytest.fixture
def stuck():
    """What the writer thread waits for. After `patient` in a test, so that it is set before the database is closed."""
    event = threading.Event()
    yield event
    event.set()


async def test_a_writer_that_answers_no_more_is_told_after_its_deadline(patient, stuck):
    """The rest of the bot, this event loop too, goes on."""
    waiting = patient.database._submit(lambda _connection: stuck.wait())
    health, _ = await patient.beat()
    assert health.writer_alive
    patient.ticking.now += DEADLINE_S
    health, told = await patient.beat()
    assert find_sickness(health, patient.ticking()) is Sickness.WRITER_HUNG
    assert "WATCHDOG=1" not in told
    stuck.set()
    waiting.result()
    await patient.probe._asking
    health, told = await patient.beat()
    assert find_sickness(health, patient.ticking()) is None
    assert "WATCHDOG=1" in told


async def test_compacting_the_file_takes_long_and_is_no_hang(patient):
    patient.database._runner.is_compacting = True
    patient.probe._asked_at = patient.ticking()
    patient.ticking.now += DEADLINE_S
    assert patient.probe.is_alive


async def test_a_database_that_refuses_is_no_hang(patient):
    """As on a full or read-only disk: its thread has answered."""
    await patient.beat()

    async def refuse():
        raise DatabaseUnavailableError("database or disk is full")

    patient.probe._read = refuse
    patient.ticking.now += DEADLINE_S
    health, told = await patient.beat()
    assert find_sickness(health, patient.ticking()) is None
    assert "WATCHDOG=1" in told


async def test_a_database_server_that_is_away_is_named_until_it_answers_again(patient, monkeypatch):
    """No alarm can name it, because alarms are rows there. A restart does not help, so the bot stays alive."""
    real = patient.database.transaction

    async def away(*_):
        raise DatabaseAwayError("no server")

    monkeypatch.setattr(patient.database, "transaction", away)
    health, told = await patient.beat()
    assert (health.database_away, find_sickness(health, patient.ticking())) == (True, None)
    assert "The database server does not answer" in "".join(told)
    monkeypatch.setattr(patient.database, "transaction", real)
    health, told = await patient.beat()
    assert not health.database_away
    assert "does not answer" not in "".join(told)


async def test_facts_that_cannot_be_read_are_logged_and_end_nothing(patient, capsys):
    async def broken():
        raise ZeroDivisionError

    patient.probe._read = broken
    health, _ = await patient.beat()
    assert find_sickness(health, patient.ticking()) is None
    assert "the queue's facts could not be read" in capsys.readouterr().out


async def test_a_worker_that_has_ended_is_told(patient):
    patient.signs = replace(UP, worker_alive=False)
    health, told = await patient.beat()
    assert find_sickness(health, patient.ticking()) is Sickness.WORKER_ENDED
    assert "WATCHDOG=1" not in told


async def test_stopping_is_told_and_takes_its_time(patient):
    await patient.beat()
    patient.heartbeat.stopping()
    assert "STOPPING=1" in patient.told()
    patient.signs = replace(UP, worker_alive=False)
    health, told = await patient.beat()
    assert (health.phase, find_sickness(health, patient.ticking())) == (Phase.STOPPING, None)
    assert "WATCHDOG=1" in told
    await patient.heartbeat.end()
    assert find_sickness(read_health(patient.file), patient.ticking()) is Sickness.STOPPED


async def test_a_disk_that_takes_nothing_is_logged_once_and_the_heart_goes_on(patient, monkeypatch, capsys):
    def refuse(_path, _health):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(module, "write_health", refuse)
    await patient.beat()
    _, told = await patient.beat()
    assert "WATCHDOG=1" in told
    assert capsys.readouterr().out.count("health.json cannot be written") == 1


@pytest.mark.parametrize(("watchdog_s", "interval_s"), [(None, 15), (90.0, 15), (30.0, 10)])
def test_it_beats_three_times_within_systemds_patience(tmp_path, migrated, watchdog_s, interval_s):
    with closing(Patient(tmp_path, migrated, watchdog_s)) as made:
        assert made.heartbeat.interval_s == interval_s


async def test_an_error_in_a_beat_does_not_end_the_heartbeat(patient, capsys):
    answers = iter([ZeroDivisionError(), UP])
    beaten = asyncio.Event()

    def read():
        answer = next(answers)
        if isinstance(answer, Exception):
            patient.heartbeat.wake()
            raise answer
        beaten.set()
        return answer

    patient.heartbeat.attach(read, patient.probe)
    patient.heartbeat.wake()
    running = asyncio.create_task(patient.heartbeat.run())
    await asyncio.wait_for(beaten.wait(), 10)
    running.cancel()
    assert "a heartbeat failed" in capsys.readouterr().out
