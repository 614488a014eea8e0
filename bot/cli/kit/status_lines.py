"""The report of `remix-bot status`: as a table for people, or as one JSON object."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from socket import gethostname
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import __version__
from bot.monitoring.health_file import Health
from bot.monitoring.judgement import Sickness, find_unready
from bot.monitoring.words import HELD, sickness_sentence, state_sentence
from bot.rules.alarms import Alarm, OpenAlarm
from bot.rules.budgets import Ceilings, Period
from bot.rules.job_states import JobState
from bot.rules.prices import dollars
from bot.rules.roles import Role
from bot.storage.engine.last_backup import LastBackup
from bot.storage.processes.rows import Shown
from bot.storage.reports.operator_facts import Spend
from bot.storage.standing.pauses import Pause
from bot.use_cases.operator.operating_facts import OperatingFacts

_GB = 1_000_000_000
_MICROS = 1_000_000
_STATES: Mapping[JobState, str] = {
    JobState.QUEUED: "waiting",
    JobState.GENERATING: "being made",
    JobState.GENERATED: "made, not posted yet",
    JobState.IN_REVIEW: "made, moderators decide about them",
    JobState.OUTCOME_UNKNOWN: "parked: decide with `remix-bot parked`",
}
_ALARMS: Mapping[Alarm, str] = {
    Alarm.PARKED: "remixes are parked",
    Alarm.QUEUE_HELD: "the queue is held",
    Alarm.LINK_HOST: "results are on a host that IDEOGRAM_IMAGE_HOSTS does not list",
    Alarm.DISK_LOW: "the disk is nearly full",
    Alarm.PICTURES_AWAY: "the picture store does not answer",
    Alarm.SECOND_COPY: "a second copy of the bot answers too",
    Alarm.BACKUP_OLD: "the last backup is too old",
    Alarm.TASK_FAILED: "a background task failed",
    Alarm.RESULTS_LATE: "paid results wait to be fetched or posted",
}


@dataclass(frozen=True, slots=True)
class StoredState:
    """What the database says. `processes`: those that share it, on PostgreSQL."""

    facts: OperatingFacts
    spend: Spend
    pause: Pause | None
    alarms: Sequence[OpenAlarm]
    processes: Sequence[Shown] = ()


@dataclass(frozen=True, slots=True)
class StatusReport:
    """`health` None: the bot has never run here. `sickness` None: it is alive. `free_bytes` None: nobody knows.

    `moved`: where the data of the file went, as a sentence without its full stop.
    """

    now: datetime
    health: Health | None
    sickness: Sickness | None
    stored: StoredState
    ceilings: Ceilings
    last_backup: LastBackup | None
    free_bytes: int | None
    is_on_server: bool = False
    moved: str | None = None

    @property
    def alive(self) -> Health | None:
        return self.health if self.sickness is None else None


def as_json(report: StatusReport) -> str:
    """Times are ISO 8601 in UTC, money is in dollars. What is not known is null."""
    return json.dumps(_plain(report), indent=2)


def print_table(report: StatusReport, console: Console) -> None:
    """Two columns. Colours and bold only on a terminal."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value, style in _rows(report):
        table.add_row(name, Text(value, style=style))
    console.print(table)


def _rows(report: StatusReport) -> Iterator[tuple[str, str, str]]:
    """Name, value, colour."""
    if report.moved is not None:
        yield "Moved", f"{report.moved}. What follows is of before", "red"
    yield from _bot_rows(report)
    yield from _work_rows(report)
    yield from _machine_rows(report)


def _bot_rows(report: StatusReport) -> Iterator[tuple[str, str, str]]:
    health, alive, stored = report.health, report.alive, report.stored
    if alive is not None:
        unready = find_unready(alive)
        yield "Bot", f"running since {_when(alive.started_at, report.now)}, process {alive.pid}", "green"
        sentence = state_sentence(alive, unready).partition(". ")[0].rstrip(".")
        yield ("Worker" if alive.role == Role.WORKER else "Discord"), sentence, "yellow" if unready else "green"
        if alive.shards > 1:
            yield "Shards", f"{alive.shards_connected} of {alive.shards} connected", "yellow" if unready else ""
    else:
        yield "Bot", sickness_sentence(report.sickness or Sickness.NOT_STARTED, health).rstrip("."), "red"
    if health is not None:
        newer = "" if health.version == __version__ else f"; installed is {__version__}: restart to use it"
        yield "Version", f"{health.version}{newer}", "yellow" if newer else ""
    if alive is not None and alive.gateway_latency_s is not None:
        yield "Latency", f"{alive.gateway_latency_s * 1000:.0f} ms to Discord's gateway", ""
    yield from (("Process", *_process(each, is_this=_is_this(each, alive))) for each in stored.processes)


def _work_rows(report: StatusReport) -> Iterator[tuple[str, str, str]]:
    alive, stored = report.alive, report.stored
    yield "Queue", _queue(stored.facts.jobs), ""
    if stored.facts.oldest_queued_at is not None:
        yield "Oldest waiting", _when(stored.facts.oldest_queued_at, report.now), ""
    if alive is not None:
        yield "Slots", f"{alive.slots_in_use} of {alive.slots} in use", ""
    if stored.facts.held is not None:
        yield "Held", HELD.get(stored.facts.held, stored.facts.held), "red"
    if stored.pause is not None:
        yield "Paused", f"since {_when(stored.pause.at, report.now)}: {stored.pause.reason}", "yellow"
    yield from _alarm_rows(stored.alarms, report.now)
    for period, words in ((Period.DAY, "Today (UTC)"), (Period.MONTH, "This month")):
        yield words, *_money(_spent(stored.spend, period), report.ceilings.get(period))
    yield "Last delivery", _when(stored.facts.last_delivery_at, report.now), ""


def _machine_rows(report: StatusReport) -> Iterator[tuple[str, str, str]]:
    backup, free = report.last_backup, report.free_bytes
    if report.is_on_server:
        yield "Backups", "are made by your own means, such as pg_dump (docs/scaling.md): the bot does not see them", ""
    else:
        yield "Last backup", f"{_when(backup.at, report.now)} in {backup.folder}" if backup else "never", ""
    if free is not None:
        yield "Disk", f"{free / _GB:.1f} GB free{' for the pictures' if report.is_on_server else ''}", ""
    elif not report.is_on_server:
        yield "Disk", "unknown", ""


def _process(process: Shown, *, is_this: bool) -> tuple[str, str]:
    """The words and their colour."""
    parts = [process.name]
    if process.shards is not None:
        parts.append(f"shards {process.shards}")
    if process.pid is not None:
        parts.append(f"process {process.pid}")
    if process.is_dead:
        return f"{', '.join(parts)}, dead: no sign of it for {process.silent_s:.0f} s", "red"
    parts += [words for words, holds in (("leads", process.leads), ("this one", is_this)) if holds]
    return ", ".join(parts), "green"


def _is_this(process: Shown, alive: Health | None) -> bool:
    """Whether it wrote the health file that this report reads."""
    return alive is not None and process.is_here(alive.pid, gethostname())


def _alarm_rows(alarms: Sequence[OpenAlarm], now: datetime) -> Iterator[tuple[str, str, str]]:
    if not alarms:
        yield "Alarms", "none", "green"
    for each in alarms:
        # The subject of an alarm of one process ends with the process's name in brackets.
        about = each.subject if each.subject.startswith("(") else f"({HELD.get(each.subject, each.subject)})"
        subject = f" {about}" if each.subject else ""
        yield "Alarm", f"{_ALARMS[each.alarm]}{subject}, since {_when(each.began_at, now)}", "red"


def _queue(jobs: Mapping[JobState, int]) -> str:
    parts = [f"{jobs[state]} {words}" for state, words in _STATES.items() if jobs.get(state)]
    return ", ".join(parts) or "empty"


def _spent(spend: Spend, period: Period) -> int:
    return spend.today if period is Period.DAY else spend.this_month


def _money(micros: int, ceiling: int | None) -> tuple[str, str]:
    """The words and their colour."""
    if ceiling is None:
        return f"{dollars(micros)}, no budget is set", ""
    percent = micros * 100 // ceiling
    return f"{dollars(micros)} of {dollars(ceiling)} ({percent}%)", "red" if percent >= 100 else ""  # noqa: PLR2004 - all of it


def _when(moment: datetime | None, now: datetime) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC ({_ago(now - moment)})"


def _ago(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if number := minutes // size:
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return "just now"


def _plain(report: StatusReport) -> dict[str, Any]:
    health, alive, stored = report.health, report.alive, report.stored
    return {
        "time": report.now.isoformat(),
        "moved": report.moved,
        "alive": alive is not None,
        "trouble": report.sickness,
        "phase": health.phase if health else None,
        "started_at": _iso(health.started_at if health else None),
        "last_sign_at": _iso(health.time if health else None),
        "version": health.version if health else None,
        "installed_version": __version__,
        "role": health.role if health else None,
        "shards": alive.shards if alive else None,
        "shards_connected": alive.shards_connected if alive else None,
        "gateway_since": _iso(alive.gateway_since if alive else None),
        "gateway_latency_seconds": alive.gateway_latency_s if alive else None,
        "slots_in_use": alive.slots_in_use if alive else None,
        "slots": alive.slots if alive else None,
        "jobs": {state: stored.facts.jobs.get(state, 0) for state in _STATES},
        "oldest_queued_at": _iso(stored.facts.oldest_queued_at),
        "held": stored.facts.held,
        "paused_since": _iso(stored.pause.at if stored.pause else None),
        "processes": [_plain_process(each, is_this=_is_this(each, alive)) for each in stored.processes],
        "alarms": [
            {"alarm": each.alarm, "subject": each.subject, "since": _iso(each.began_at)} for each in stored.alarms
        ],
        "spent": {period: _dollars_of(_spent(stored.spend, period)) for period in Period},
        "budgets": {period: _dollars_of(report.ceilings.get(period)) for period in Period},
        "last_delivery_at": _iso(stored.facts.last_delivery_at),
        "last_backup_at": _iso(report.last_backup.at if report.last_backup else None),
        "disk_free_bytes": report.free_bytes,
    }


def _plain_process(process: Shown, *, is_this: bool) -> dict[str, Any]:
    return {
        "name": process.name,
        "role": process.role,
        "host": process.host,
        "pid": process.pid,
        "shards": None if process.shards is None else str(process.shards),
        "since": _iso(process.joined_at),
        "this": is_this,
        "leads": process.leads,
        "dead": process.is_dead,
        "silent_seconds": round(process.silent_s, 1),
    }


def _dollars_of(micros: int | None) -> float | None:
    return None if micros is None else micros / _MICROS


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
