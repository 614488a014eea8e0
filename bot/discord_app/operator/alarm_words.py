"""The words of alarms: in the operator's channel, when one begins and when it is over, and in `status`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.discord_app.kit.command_mentions import mention_commands
from bot.discord_app.kit.text import day_and_time, plain, timestamp
from bot.rules.alarms import Alarm, OpenAlarm
from bot.rules.failures import ProviderProblem

_LONGEST_MESSAGE = 1_900
_LONGEST_SUBJECT = 100

_TROUBLES = {
    ProviderProblem.KEY_REJECTED: "Ideogram rejects my key (401)",
    ProviderProblem.OUT_OF_CREDIT: "Ideogram wants money or another plan for the account (402)",
    ProviderProblem.NO_ACCESS: "Ideogram doesn't let my key make this call (403)",
}
_MENDS = {
    ProviderProblem.KEY_REJECTED: "Put a valid one into `IDEOGRAM_API_KEY` and restart me.",
    ProviderProblem.OUT_OF_CREDIT: "Top up the account; I go on without a restart.",
    ProviderProblem.NO_ACCESS: "Check at Ideogram what the key can use, or set another `IDEOGRAM_API` and restart me.",
}


@dataclass(frozen=True, slots=True)
class _Words:
    """`what`: the headline while it holds; `advice`: what follows it; `over`: the headline of its end."""

    what: Callable[[OpenAlarm], str]
    advice: Callable[[OpenAlarm], str]
    over: Callable[[OpenAlarm], str]


def message(alarms: Sequence[OpenAlarm]) -> tuple[str, int]:
    """One message about as many of the alarms as fit into it, and how many those are."""
    text, told = "", 0
    for alarm in alarms:
        added = f"{text}\n{announcement(alarm)}" if text else announcement(alarm)
        if len(added) > _LONGEST_MESSAGE and told:
            break
        text, told = added, told + 1
    return text, told


def announcement(alarm: OpenAlarm) -> str:
    """What is new about it: it has begun, it is over, or both."""
    words, lines = _WORDS[alarm.alarm], []
    if alarm.is_new or alarm.over_at is None:
        lines.append(f"⚠️ **{words.what(alarm)}.** {words.advice(alarm)} · {timestamp(alarm.began_at)}")
    if alarm.over_at is not None:
        lines.append(f"✅ **{words.over(alarm)}.** It began {day_and_time(alarm.began_at)}.")
    return mention_commands("\n".join(lines))


def status_line(alarm: OpenAlarm) -> str:
    return f"⚠️ {_WORDS[alarm.alarm].what(alarm)} · {timestamp(alarm.began_at)}"


def _parked(alarm: OpenAlarm) -> str:
    count = alarm.facts.get("count", 1)
    return "1 remix is parked" if count == 1 else f"{count} remixes are parked"


def _results(alarm: OpenAlarm) -> str:
    count = alarm.facts.get("count", 1)
    return f"{'1 result waits' if count == 1 else f'{count} results wait'} to be fetched or posted"


def _parked_advice(_alarm: OpenAlarm) -> str:
    return (
        "Ideogram never replied, so it may have been made and billed. `/remix-operator parked` lists what is parked, "
        "and you decide with `/remix-operator retry` or `/remix-operator write-off`; while I'm stopped, with "
        "`remix-bot parked`."
    )


def _held(alarm: OpenAlarm) -> str:
    return f"The queue is held: {_trouble(_TROUBLES, alarm, 'Ideogram takes no work')}"


def _held_advice(alarm: OpenAlarm) -> str:
    mend = _trouble(_MENDS, alarm, "")
    return f"{mend} I refuse new remixes, and let one that waits try every five minutes and at each start.".lstrip()


def _trouble(words: Mapping[ProviderProblem, str], alarm: OpenAlarm, otherwise: str) -> str:
    return next((text for problem, text in words.items() if problem == alarm.subject), otherwise)


def _disk(alarm: OpenAlarm) -> str:
    if error := alarm.facts.get("error"):
        return f"I can't write to the disk ({plain(str(error), _LONGEST_SUBJECT)}){_process(alarm)}"
    return f"The disk is nearly full: {alarm.facts.get('free_mb', 0)} MB are free{_process(alarm)}"


def _process(alarm: OpenAlarm) -> str:
    """With several processes: which one has the trouble."""
    return f" {_subject(alarm)}" if alarm.subject else ""


def _disk_advice(alarm: OpenAlarm) -> str:
    needed = alarm.facts.get("needed_mb")
    until = "I can write again" if needed is None else f"{needed} MB are free (`MIN_FREE_DISK_MB`)"
    return f"I refuse new remixes until {until}. What is paid for is kept, and delivered then."


def _backup(alarm: OpenAlarm) -> str:
    made = alarm.facts.get("made_at")
    if made is None:
        return "There is no backup"
    return f"The last backup is old: it was made {timestamp(datetime.fromtimestamp(int(made), UTC))}"


def _subject(alarm: OpenAlarm) -> str:
    return plain(alarm.subject, _LONGEST_SUBJECT)


_WORDS: Mapping[Alarm, _Words] = {
    Alarm.PARKED: _Words(_parked, _parked_advice, lambda _: "No remix is parked any more"),
    Alarm.QUEUE_HELD: _Words(
        _held,
        _held_advice,
        lambda alarm: f"Over: {_trouble(_TROUBLES, alarm, 'Ideogram took no work')}",
    ),
    Alarm.LINK_HOST: _Words(
        lambda alarm: f"The queue is held: I can't fetch results from `{alarm.subject}`",
        lambda _: (
            "A paid result lies there. If that is a host of Ideogram's, add it to `IDEOGRAM_IMAGE_HOSTS` and restart "
            "me within a day. After that the link has ended, and the result is lost. Until then I pay for nothing "
            "more. `/remix-operator resume` lets one remix try."
        ),
        lambda _: "Results can be fetched again, and the queue goes on",
    ),
    Alarm.DISK_LOW: _Words(_disk, _disk_advice, lambda alarm: f"The disk has room again{_process(alarm)}"),
    Alarm.PICTURES_AWAY: _Words(
        lambda alarm: (
            f"The picture store fails: {plain(str(alarm.facts.get('error', '')), _LONGEST_SUBJECT)}{_process(alarm)}"
        ),
        lambda _: (
            "I refuse new remixes until it answers. What is paid for is kept, and delivered then. `remix-bot doctor` "
            "tries the store out."
        ),
        lambda alarm: f"The picture store answers again{_process(alarm)}",
    ),
    Alarm.SECOND_COPY: _Words(
        lambda alarm: f"A second copy of me seems to run with the same token{_process(alarm)}",
        lambda _: (
            "It answered a command or click that I got too, so I did nothing for that one. Stop one of the two: they "
            "know nothing of each other's queue, budgets and blocks."
        ),
        lambda _: "No sign of a second copy for an hour",
    ),
    Alarm.BACKUP_OLD: _Words(
        _backup,
        lambda alarm: f"`BACKUP_MAX_AGE_H` is {alarm.facts.get('max_age_h', '?')}. Run `remix-bot backup`.",
        lambda _: "There is a new backup",
    ),
    Alarm.RESULTS_LATE: _Words(
        lambda alarm: f"{_results(alarm)} for more than 20 minutes",
        lambda _: (
            "They are paid for, and I keep trying until they are a day old. The log says why: search it for "
            "`not fetched` and `not delivered`."
        ),
        lambda _: "No result waits any more",
    ),
    Alarm.TASK_FAILED: _Words(
        lambda alarm: f"A background task failed: {_subject(alarm)}",
        lambda _: "I start it again until it runs. The log has the error.",
        lambda alarm: f"The background task runs again: {_subject(alarm)}",
    ),
}
