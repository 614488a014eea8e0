"""`remix-bot status`: how the bot is, for its operator, running or stopped."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from socket import gethostname
from time import monotonic

import pytest
from rich.console import Console

from bot.cli.kit.status_lines import as_json, print_table
from bot.cli.status import examine
from bot.monitoring.health_file import Health, Phase, health_path, write_health
from bot.rules.alarms import Alarm, OpenAlarm
from bot.rules.failures import ProviderProblem
from bot.rules.job_states import JobState
from bot.rules.roles import Part, Role, Shards
from bot.settings.settings import load_settings
from bot.storage.engine.copying.moved_mark import mark_moved
from bot.storage.engine.last_backup import LastBackup, write_last_backup
from bot.storage.operator import alarms
from bot.storage.processes import rows as processes
from bot.storage.remixes import holds
from bot.storage.standing import pauses
from bot.storage.standing.pauses import Pause
from tests.integration.made_storage import add_job, walk

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)


def running(*, silent_s=0.0, **changes):
    """Of a bot that was alive that long ago. Not a constant: it would be too old a minute after its import."""
    alive = Health(
        NOW,
        monotonic() - silent_s,
        77,
        "0.1.0",
        Phase.RUNNING,
        NOW - timedelta(hours=3),
        gateway_since=NOW,
        gateway_latency_s=0.042,
        worker_alive=True,
        slots_in_use=2,
        slots=10,
    )
    return replace(alive, **changes)


@pytest.fixture
def settings(tmp_path, url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("BLOB_DIR", str(tmp_path))
    monkeypatch.setenv("DAILY_BUDGET_USD", "1")
    return load_settings(None, needs="storage")


def said(report):
    """Each row's value by its name; several of one name are joined."""
    file = StringIO()
    print_table(report, Console(file=file, width=300))
    rows = {}
    for line in file.getvalue().splitlines():
        name, _, value = line.partition("  ")
        rows[name] = f"{rows[name]}; {value.strip()}" if name in rows else value.strip()
    return rows


def fill(connection):
    add_job(connection, now=NOW - timedelta(minutes=5))
    walk(connection, add_job(connection, 2, now=NOW), JobState.GENERATING, JobState.OUTCOME_UNKNOWN, now=NOW)
    path = (JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)
    walk(connection, add_job(connection, 3, now=NOW), *path, now=NOW - timedelta(days=2))
    holds.place(connection, ProviderProblem.OUT_OF_CREDIT, NOW)
    pauses.put(connection, Pause("Back at six", NOW, 5))
    alarm = OpenAlarm(Alarm.LINK_HOST, "cdn.example", {}, NOW, NOW)
    alarms.write(connection, {alarm.key: alarm})


def test_a_running_bot_with_every_trouble_says_all_of_it(settings, database, tmp_path):
    database.transaction_now(fill)
    write_health(health_path(settings.database_url, settings.blob_dir), running())
    write_last_backup(settings.database_url, LastBackup(NOW - timedelta(days=1), tmp_path / "copy"))
    rows = said(examine(settings, NOW))
    assert "(3 hours ago), process 77" in rows["Bot"]
    assert rows["Discord"].startswith("Connected to Discord since")
    assert rows["Latency"] == "42 ms to Discord's gateway"
    assert rows["Queue"] == "1 waiting, 1 parked: decide with `remix-bot parked`"
    assert "(5 minutes ago)" in rows["Oldest waiting"]
    assert rows["Slots"] == "2 of 10 in use"
    assert rows["Held"] == "there is no credit at Ideogram"
    assert rows["Paused"].endswith("Back at six")
    assert "(cdn.example), since" in rows["Alarm"]
    assert rows["Today (UTC)"].startswith("$0.09 of $1.00 (9%)")
    assert rows["This month"].endswith("no budget is set")
    assert "(2 days ago)" in rows["Last delivery"]
    assert rows["Last backup"].endswith(str(tmp_path / "copy"))
    assert rows["Disk"].endswith("GB free")


def test_a_file_whose_data_was_copied_to_a_server_says_so_first(settings, database):
    database.transaction_now(add_job)
    mark_moved(settings.database_url, "postgresql://db/remix")
    rows = said(examine(settings, NOW))
    assert next(iter(rows)) == "Moved"
    assert "remix.db was copied to postgresql://db/remix" in rows["Moved"]
    assert "was copied" in json.loads(as_json(examine(settings, NOW)))["moved"]


@pytest.mark.usefixtures("database")
def test_of_a_server_it_says_nothing_about_backups_and_disks_that_it_does_not_see(settings):
    report = replace(examine(settings, NOW), is_on_server=True, free_bytes=None)
    rows = said(report)
    assert "pg_dump" in rows["Backups"]
    assert not {"Last backup", "Disk"} & set(rows)


def test_of_several_processes_each_is_told_apart(settings, database):
    """By more than the name, which another one has after a crash."""
    database.transaction_now(processes.join, "one", Part(Role.GATEWAY, Shards(0, 3, 8)), 20, gethostname())
    database.transaction_now(processes.join, "two", Part(Role.WORKER), 20, "elsewhere")
    write_health(health_path(settings.database_url, settings.blob_dir), running(pid=os.getpid()))
    report = examine(settings, NOW)
    gateway, worker = said(report)["Process"].split("; ")
    assert gateway.startswith(f"gateway on {gethostname()}, shards 0-3 of 8, process {os.getpid()}, leads, this one")
    assert worker == f"worker on elsewhere, process {os.getpid()}"
    first, second = json.loads(as_json(report))["processes"]
    assert (first["role"], first["shards"], first["this"], first["leads"]) == ("gateway", "0-3 of 8", True, True)
    assert (second["host"], second["shards"], second["this"]) == ("elsewhere", None, False)


def test_it_is_the_same_as_json(settings, database):
    database.transaction_now(fill)
    write_health(health_path(settings.database_url, settings.blob_dir), running())
    report = json.loads(as_json(examine(settings, NOW)))
    assert (report["alive"], report["trouble"], report["phase"]) == (True, None, "running")
    assert report["jobs"] == {"queued": 1, "generating": 0, "generated": 0, "in_review": 0, "outcome_unknown": 1}
    assert report["held"] == "out_of_credit"
    assert [each["alarm"] for each in report["alarms"]] == ["link_host"]
    assert report["spent"]["day"] == 0.09
    assert report["budgets"] == {"day": 1.0, "month": None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phase": Phase.STOPPED}, "The bot was stopped at"),
        ({"silent_s": 3600}, "it hangs, or it was killed"),
        ({"writer_alive": False}, "cannot use its database"),
    ],
)
def test_a_bot_that_is_not_alive_says_so_first_and_the_rest_too(settings, database, changes, words):
    database.transaction_now(add_job)
    write_health(health_path(settings.database_url, settings.blob_dir), running(**changes))
    rows = said(examine(settings, NOW))
    assert words in rows["Bot"]
    assert (rows["Queue"], rows["Alarms"], rows["Last backup"]) == ("1 waiting", "none", "never")
    assert "Slots" not in rows


@pytest.mark.parametrize("alarm", Alarm)
def test_every_alarm_has_words(settings, database, alarm):
    database.transaction_now(alarms.write, {(alarm, ""): OpenAlarm(alarm, "", {}, NOW, NOW)})
    assert "just now" in said(examine(settings, NOW))["Alarm"]


def test_the_trouble_of_a_held_queue_is_in_words(settings, database):
    held = OpenAlarm(Alarm.QUEUE_HELD, "key_rejected", {}, NOW, NOW)
    database.transaction_now(alarms.write, {(Alarm.QUEUE_HELD, held.subject): held})
    assert "(Ideogram rejects the key)" in said(examine(settings, NOW))["Alarm"]


@pytest.mark.usefixtures("database")
def test_another_version_than_the_installed_one_is_pointed_out(settings):
    write_health(health_path(settings.database_url, settings.blob_dir), running(version="0.0.1"))
    assert "restart to use it" in said(examine(settings, NOW))["Version"]


@pytest.mark.usefixtures("database")
def test_as_a_command_it_needs_no_key_and_says_where_it_looked_for_a_database(run, tmp_path):
    there = run("status", DATABASE_URL="sqlite:///remix.db", BLOB_DIR=str(tmp_path))
    assert (there.returncode, there.stderr) == (0, "")
    assert there.stdout.startswith("Bot ")
    nowhere = run("status", "--json")
    assert nowhere.returncode == 2
    assert nowhere.stderr.startswith("Cannot show the status: there is no database at")


@pytest.mark.usefixtures("database")
def test_a_bot_that_was_never_started_here_has_a_status(settings):
    assert said(examine(settings, NOW))["Bot"].startswith("The bot has not started here")
