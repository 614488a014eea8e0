"""Several processes work on one database: each keeps a row of its own alive, and the others notice if it does not."""

import asyncio
import os
import signal
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
import structlog.testing
from pydantic import SecretStr

import bot.run
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.roles import Part, Role, Shards
from bot.settings.settings import Settings
from bot.storage.engine.database import Database
from bot.storage.engine.databases.errors import CannotConnectError, CommandLockLostError, DatabaseInUseError
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.databases.server_clock import is_dead, server_now
from bot.storage.engine.migrations import DatabaseTooNewError, migrate
from bot.storage.engine.tables.processes import processes
from bot.storage.processes import joined, rows
from bot.storage.processes.joined import JoinedProcess
from bot.storage.processes.rows import ShardsTakenError
from bot.use_cases.operator.decide_parked import NotDecided, decide_by_command
from tests.integration.made_storage import START, add_job
from tests.integration.processes.made_processes import AN_HOUR_S, SHORT_S, silence, until

WORKER = Part(Role.WORKER)
LONG_S = 60
SOON_S = 20


@pytest.fixture
def run(url):
    with closing(Database(url)) as database:
        yield database.transaction_now


@pytest.fixture
def join(url):
    """Joins a process that ends with the test."""
    made = []

    def join(lease, part=WORKER, lease_s=LONG_S):
        made.append(JoinedProcess(url, lease, part, lease_s))
        return made[-1]

    yield join
    for each in made:
        each.close()


def test_the_first_one_leads_and_each_knows_how_many_there_are(join, run):
    first, second = join("one"), join("two")
    third = join("three", Part(Role.GATEWAY), SHORT_S)
    assert (first.leads, second.leads, third.leads) == (True, False, False)
    assert (third.workers, third.count) == (2, 3)
    assert all(each.may_act and run(each.is_member) for each in (first, second, third))
    first.close()
    run(first.leave)
    assert not first.may_act
    assert not run(first.is_member)
    until(lambda: third.count == 2)
    assert not third.leads
    second.close()
    run(second.leave)
    until(lambda: third.leads)
    assert (third.workers, third.count) == (1, 1)


@pytest.mark.parametrize("shards", [Shards(3, 5, 8), Shards(0, 0, 1), Shards(4, 7, 9)])
def test_living_processes_never_answer_for_the_same_shards(join, shards):
    join("one", Part(Role.GATEWAY, Shards(0, 3, 8)))
    with pytest.raises(ShardsTakenError, match="another remix-bot runs as gateway for shards 0-3 of 8: stop it"):
        join("two", Part(Role.GATEWAY, shards))
    join("three", Part(Role.GATEWAY, Shards(4, 7, 8)))
    join("four")


def test_a_dead_process_is_replaced_by_one_with_its_shards_and_finds_out(join, run):
    first = join("one", Part())
    silence(run, "one")
    second = join("two", Part())
    assert run(second.is_member)
    assert not run(first.is_member)
    with pytest.raises(ShardsTakenError):
        first._beat()
    assert not first.may_act


def test_a_process_that_was_given_up_joins_again_as_the_last_one_and_says_so_once(join, run):
    first, second = join("one"), join("two")
    silence(run, "one")
    assert run(rows.delete_dead) == [first.name]
    assert not run(first.is_member)
    with structlog.testing.capture_logs() as logged:
        first._beat()
        first._beat()
    assert [line["event"] for line in logged] == ["this process was given up by the others, and joins them again"]
    second._beat()
    assert (first.leads, second.leads) == (False, True)
    assert run(first.is_member)
    assert first.may_act


def test_it_ends_when_it_cannot_join_again(join, run):
    first = join("one", Part(), SHORT_S)
    run(lambda connection: rows.leave(connection, "one") or rows.join(connection, "two", Part(), LONG_S))
    with pytest.raises(DatabaseInUseError, match="another remix-bot runs as all"):
        first.taken.result(SOON_S)


def test_after_three_quarters_of_its_lease_without_a_beat_it_does_not_act(join, monkeypatch):
    first = join("one")
    sent_at = first._sent_at
    for part, acts in ((0.74, True), (0.76, False)):
        monkeypatch.setattr(joined, "_elapsed", lambda part=part: sent_at + LONG_S * part)
        assert (first.may_act, first.leads) == (acts, acts)


def test_it_beats_as_soon_as_another_one_is_dead_however_long_its_own_lease_is(join, run):
    """Slots wait for what this beat finds."""
    run(rows.join, "dead", WORKER, SHORT_S)
    living = join("living", lease_s=AN_HOUR_S)
    until(lambda: living._seen.some_died)
    assert living._next_beat_s() == AN_HOUR_S / 4


def test_while_the_server_has_not_been_back_for_a_lease_nobody_is_dead(join, run):
    join("one", Part())
    silence(run, "one", 2 * AN_HOUR_S * 24, lease_s=AN_HOUR_S * 24)
    assert run(rows.delete_dead) == []
    with pytest.raises(ShardsTakenError):
        join("two", Part())


async def test_a_stop_ends_a_start_that_waits_for_the_place_of_a_dead_process(run, url, tmp_path, monkeypatch):
    run(rows.join, "dead", Part(), LONG_S)
    secrets = {"discord_token": SecretStr("no-token"), "ideogram_api_key": SecretStr("no-key")}
    settings = Settings(_env_file=None, database_url=url, blob_dir=tmp_path, **secrets)
    stops = []
    monkeypatch.setattr(bot.run, "_listen_to_signals", stops.append)
    with structlog.testing.capture_logs() as logged:
        running = asyncio.create_task(bot.run.run(settings, Part()))
        await asyncio.to_thread(until, lambda: any("waits in case" in line["event"] for line in logged))
        stops[0].set()
        # By itself it would wait for the lease.
        async with asyncio.timeout(SOON_S):
            await running
    assert run(rows.names) == {"all on "}


def test_one_that_was_cut_off_itself_waits_for_a_lease_before_it_calls_others_dead(join, run, monkeypatch):
    first = join("one")
    join("two")
    silence(run, "two")
    start = first._sent_at
    for elapsed, sure in ((20, False), (40, False), (61, True), (200, False), (230, False), (250, False), (261, True)):
        monkeypatch.setattr(joined, "_elapsed", lambda elapsed=elapsed: start + elapsed)
        first._beat()
        assert first.others_died is sure, elapsed
    assert run(first.remove_dead) == 1
    first._beat()
    assert not first.others_died


def test_after_the_servers_clock_was_set_forward_it_calls_nobody_dead_for_a_lease(join, run, monkeypatch):
    first = join("one")
    join("two")
    first._beats_since -= LONG_S
    # The other one has beaten a moment ago, by the clock as it was before.
    silence(run, "two", LONG_S)
    first._seen = replace(first._seen, at=first._seen.at - timedelta(seconds=LONG_S))
    first._beat()
    assert first._seen.some_died
    assert not first.others_died
    start = first._sent_at
    for elapsed, sure in ((30, False), (61, True)):
        monkeypatch.setattr(joined, "_elapsed", lambda elapsed=elapsed: start + elapsed)
        first._beat()
        assert first.others_died is sure, elapsed


def test_it_beats_while_every_transaction_waits(join, url):
    first = join("one", lease_s=SHORT_S)
    with closing(Database(url)) as busy:
        sent_at = first._sent_at
        busy.transaction_now(lambda _: until(lambda: first._sent_at > sent_at))
    assert first.may_act


def test_it_beats_again_after_a_crash_of_the_server(join, postgresql):
    first = join("one", lease_s=SHORT_S)
    postgresql.restart()
    sent_at = first._sent_at
    until(lambda: first._sent_at > sent_at)
    assert first.may_act


def test_after_the_servers_clock_was_set_back_a_dead_process_is_alive_for_a_lease_and_no_longer(join, run, url):
    first = join("one")
    for seen_by in (first._beat, lambda: refused(process_lock(url)), lambda: refused(join, "three", Part())):
        run(rows.join, "dead", Part(), LONG_S)
        silence(run, "dead", -AN_HOUR_S, LONG_S)
        seen_by()
        assert next(each.silent_s for each in run(rows.look) if each.name.startswith("all")) < SOON_S
        silence(run, "dead", 2 * LONG_S, LONG_S)
        assert run(lambda own: own.scalar(sa.select(is_dead(sa.literal(0))).where(processes.c.lease == "dead")))
        run(rows.leave, "dead")


def refused(enter, *arguments):
    with pytest.raises(DatabaseInUseError):
        enter(*arguments) if arguments else enter.__enter__()


def test_a_server_that_started_after_now_by_its_clock_keeps_nobody_alive(join, run):
    join("one")
    silence(run, "one", AN_HOUR_S, LONG_S)
    later = server_now() + 1_000_000 * AN_HOUR_S
    for started, dead in ((server_now(), False), (later, True)):
        assert run(lambda own, at=started: own.scalar(sa.select(is_dead(at)).select_from(processes))) is dead


def test_a_server_process_that_hangs_does_not_keep_it_from_beating(join, url, postgresql):
    first = join("one", lease_s=SHORT_S)
    with psycopg.connect(postgresql.url("postgres")) as looking:
        found = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
        (pid,) = looking.execute(found, [sa.make_url(url).database]).fetchone()
    os.kill(pid, signal.SIGSTOP)
    try:
        sent_at = first._sent_at
        until(lambda: first._sent_at > sent_at)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert first.may_act


def test_it_warns_once_when_its_clock_is_not_the_servers(join, monkeypatch):
    first = join("one")
    monkeypatch.setattr(joined, "_CLOCKS_MAY_DIFFER", timedelta(0))
    with structlog.testing.capture_logs() as logged:
        first._beat()
        first._beat()
    assert len([line for line in logged if "clock differs" in line["event"]]) == 1


def test_a_command_that_needs_the_database_alone_and_a_process_keep_each_other_out(join, url, run):
    with process_lock(url):
        with pytest.raises(DatabaseInUseError, match="a remix-bot command is changing the database"):
            join("one")
        with (
            pytest.raises(DatabaseInUseError, match="another remix-bot command is changing the database"),
            process_lock(url),
        ):
            pytest.fail("let in twice")
    suspended = join("one")
    join("two", Part())
    with (
        pytest.raises(DatabaseInUseError, match=r"stop all bot processes first: 2 run \(all, worker\)"),
        process_lock(url),
    ):
        pytest.fail("let in beside a process")
    for lease in ("one", "two"):
        silence(run, lease)
    with process_lock(url):
        run(add_job)
        with pytest.raises(DatabaseInUseError, match="a remix-bot command is changing the database"):
            suspended._beat()


def test_a_command_that_has_lost_its_lock_stores_nothing_more(url, run):
    """An administrator or a firewall can end its connection. Then processes can join."""
    holders = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 20260432"
    with process_lock(url), psycopg.connect(url, autocommit=True) as administrator:
        run(add_job)
        administrator.execute("SELECT pg_terminate_backend(%s)", administrator.execute(holders).fetchone())
        until(lambda: administrator.execute(holders).fetchone() is None)
        with pytest.raises(CommandLockLostError, match="one may run by now"):
            run(add_job)
    run(add_job)


def test_beside_a_process_a_new_version_does_not_migrate_and_the_operator_can_decide_about_parked_remixes(
    join, url, run, blobs
):
    join("one")
    decision = (ParkedDecision.RETRIED, timedelta(hours=1), START)
    assert decide_by_command(url, blobs, 1, *decision) is NotDecided.NOT_PARKED
    assert migrate(url) is None
    run(lambda connection: connection.execute(sa.text("UPDATE alembic_version SET version_num = '0025'")))
    with pytest.raises(DatabaseInUseError, match=r"stop all bot processes first: 1 run \(worker\)"):
        migrate(url)


def test_a_process_of_another_version_does_not_join(join, run):
    run(lambda connection: connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(DatabaseTooNewError):
        join("one")


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path):
    with pytest.raises(CannotConnectError, match=r"^postgresql:///remix cannot be used"):
        JoinedProcess(f"postgresql://bot:secret@/remix?host={tmp_path}", "one", WORKER, LONG_S)


def test_one_that_sends_nothing_leaves_its_share_of_requests_to_the_others(join):
    busy, idle = join("one", lease_s=SHORT_S), join("two", lease_s=SHORT_S)
    until(lambda: (busy.requests_per_s, idle.requests_per_s) == (25, 25))
    busy.share_requests(lambda: 60)
    until(lambda: (busy.requests_per_s, idle.requests_per_s) == (45, 5))
