"""Checks the running bot by what it writes about itself: its health file and its alarms."""

import time
from collections.abc import Mapping, Sequence

from bot.cli.checks.findings import Finding, Subject, fail, ok, warn
from bot.cli.checks.reading import read_or
from bot.discord_app.account import read_gateway_advice
from bot.monitoring.health_file import Health, health_path, read_health
from bot.monitoring.judgement import Sickness, Unready, find_sickness, find_unready
from bot.monitoring.words import HELD, sickness_sentence, state_sentence
from bot.rules.alarms import Alarm, OpenAlarm
from bot.rules.visible_text import one_line
from bot.storage.operator import alarms
from bot.storage.processes import rows
from bot.storage.processes.rows import Shown

PROCESS, SHARDS, ALARMS = "process", "shards", "alarms"
_NOT_RUNNING = frozenset({Sickness.NOT_STARTED, Sickness.STOPPED})
_LONGEST_SUBJECT = 100

_ALARMS: Mapping[Alarm, tuple[str, str]] = {
    Alarm.PARKED: ("Remixes are parked", "See `parked` in this list."),
    Alarm.QUEUE_HELD: ("The queue is held", "See `queue` in this list."),
    Alarm.LINK_HOST: (
        "Results lie on a host that is not listed",
        "If it is Ideogram's, add it to IDEOGRAM_IMAGE_HOSTS and restart the bot within a day.",
    ),
    Alarm.DISK_LOW: ("The disk is nearly full", "See `disk` in this list."),
    Alarm.PICTURES_AWAY: ("The picture store does not answer", "See `pictures` in this list."),
    Alarm.SECOND_COPY: (
        "A second copy seems to run with the same token",
        "Stop one of the two. If you know no other, reset the token in the Developer Portal.",
    ),
    Alarm.BACKUP_OLD: ("The last backup is too old", "See `backup` in this list."),
    Alarm.RESULTS_LATE: (
        "Paid results wait to be fetched or posted",
        "The bot tries for a day. Search its log for `not fetched` and `not delivered`.",
    ),
    Alarm.TASK_FAILED: ("A background task failed", "The bot starts it again. The log has the error."),
}


def _read_health(subject: Subject) -> Health | None:
    settings = subject.settings
    by_folder = health_path(settings.database_url, settings.picture_folder or settings.blob_dir)
    return read_health(settings.health_file or by_folder)


def process(subject: Subject) -> list[Finding]:
    """Looks at the file and not at the lock: to take the lock could keep a bot that starts now from starting."""
    health = _read_health(subject)
    sickness = find_sickness(health, time.monotonic())
    if health is None or sickness in _NOT_RUNNING:
        return [ok(PROCESS, sickness_sentence(sickness or Sickness.NOT_STARTED, health))]
    if sickness is not None:
        remedy = (
            f"Look at the end of its log. If process {health.pid} is still there, end it with `kill -9 {health.pid}`, "
            "which loses nothing. Then start the bot again."
        )
        return [fail(PROCESS, sickness_sentence(sickness, health), remedy)]
    unready = find_unready(health)
    if unready in {Unready.GATEWAY_AWAY, Unready.SHARDS_AWAY}:
        return [
            warn(PROCESS, state_sentence(health, unready), "See `token` in this list, and https://discordstatus.com.")
        ]
    return [ok(PROCESS, state_sentence(health, unready))]


async def shards(subject: Subject) -> list[Finding]:
    """Compares the shards of the running gateways with those that Discord recommends."""
    none: Sequence[Shown] = ()
    there = read_or(subject.settings.database_url, rows.look, none)
    divided = [each.shards for each in there if each.shards is not None and each.shards.count > 1 and not each.is_dead]
    # All have one count: another gateway with a different one does not start.
    running = divided[0].count if divided else _shards_here(subject)
    if running is None:
        return [ok(SHARDS, "No gateway runs here.")]
    answered = {number for each in divided for number in each.ids}
    if divided and (missing := sorted(set(range(running)) - answered)):
        sentence = f"No process answers in the servers of these shards of {running}: {', '.join(map(str, missing))}."
        return [
            fail(SHARDS, sentence, "Start a gateway for them: `remix-bot run --role gateway --shards FROM-TO --of N`.")
        ]
    token, proxy = subject.settings.discord_token.get_secret_value(), subject.settings.discord_proxy
    advice = (await read_gateway_advice(token, proxy)).shards
    if advice > running:
        sentence = f"Discord recommends {advice} shards, and the bot has {running}."
        more = "Stop all gateways, and start them with a larger --of (docs/scaling.md)."
        return [warn(SHARDS, sentence, more if divided else "Restart the bot: it then asks Discord again.")]
    return [ok(SHARDS, f"The bot has {running} of the {advice} shards that Discord recommends.")]


def _shards_here(subject: Subject) -> int | None:
    """Those of the running process whose health file this is."""
    health = _read_health(subject)
    is_gateway = health is not None and find_sickness(health, time.monotonic()) is None and health.shards > 0
    return health.shards if health is not None and is_gateway else None


def open_alarms(subject: Subject) -> list[Finding]:
    none: Sequence[OpenAlarm] = ()
    found = read_or(subject.settings.database_url, alarms.read_open, none)
    return [_finding(each) for each in found] or [ok(ALARMS, "No alarm is open.")]


def _finding(alarm: OpenAlarm) -> Finding:
    sentence, remedy = _ALARMS[alarm.alarm]
    subject = HELD.get(alarm.subject, alarm.subject)
    about = f": {one_line(subject)[:_LONGEST_SUBJECT]}" if subject else ""
    return fail(ALARMS, f"{sentence}{about} (since {alarm.began_at:%Y-%m-%d %H:%M} UTC).", remedy)
