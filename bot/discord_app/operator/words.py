"""The words of `/remix-operator`, of the operator's channel, and of the notices to authors of parked remixes."""

from collections.abc import Sequence

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.text import LONGEST_REASON, day_and_time, plain, quote, timestamp
from bot.discord_app.kit.words import BUDGETS
from bot.discord_app.operator import alarm_words
from bot.ideogram.lifecycle import Lifecycle
from bot.rules.alarms import Alarm, OpenAlarm
from bot.rules.budgets import WARN_AT, BudgetWarning, Period
from bot.rules.durations import spell_seconds
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.points import RungAction
from bot.rules.prices import dollars
from bot.storage.matters.sealed import Evidence
from bot.storage.remixes.holds import Hold
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.parked import Parked
from bot.storage.reports.operator_facts import RecentFailure
from bot.storage.standing.blocks import Block, BlockKind
from bot.use_cases.operator.decide_parked import NotDecided, ParkedJobs
from bot.use_cases.operator.operator_blocks import BlockList
from bot.use_cases.operator.operator_status import BotStatus
from bot.use_cases.operator.pause_queue import Resumed
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.ports import OftenRefused, PersonPointed

LONGEST_NOTE = 100
_NOTE_IN_LIST = 40
_ALARMS_SHOWN = 6
_WITH_A_LINE = frozenset({Alarm.PARKED, Alarm.QUEUE_HELD, Alarm.LINK_HOST})

COMMANDS = {
    "remix-operator": "For the people who run the bot",
    "status": "Show the queue, the slots in use, spending, parked remixes and recent problems",
    "parked": "List remixes whose paid call has an unknown outcome",
    "retry": "Send a parked remix to Ideogram again; you may pay twice",
    "write-off": "End a parked remix without a result",
    "pause": "Accept and begin nothing, in all servers, until you resume",
    "resume": "End the pause; if the queue is held, let one remix try now",
    "block-person": "Refuse a person in all servers",
    "unblock-person": "Let a person make remixes again",
    "block-server": "Refuse everybody in a server",
    "unblock-server": "Let a server make remixes again",
    "blocks": "List the blocked people and servers",
}
OPTIONS = {
    "job": "Its number in /remix-operator parked",
    "charged": "True: the money counts as spent. False: you checked that Ideogram did not charge it",
    "reason": "Shown to everybody who is refused or waiting",
    "person": "A person; an ID works too",
    "server": "The server's ID",
    "note": "A note that only operators see",
}

NOT_AN_OPERATOR = "Only the people who run me can use this command, and you aren't one of them."
NO_REASON = "Please give a reason with visible characters: members see it. Nothing was changed."
NO_SERVER_ID = (
    "That isn't a server ID. To get one, turn on Developer Mode, right-click the server and choose Copy Server ID. "
    "Nothing was changed."
)
NO_LIMIT = (
    "⚠️ **Every server can invite me, and there is no limit on what they spend together.** Set `DAILY_BUDGET_USD`, or "
    "list your servers in `ALLOWED_GUILD_IDS`, and restart me."
)
_RESUMED = "**Resumed.** I accept new remixes again and continue with those that waited."
_TRIES_NOW = (
    "**The queue is held.** I let one remix that waits try now, or else the next one that is asked for. If it works, "
    "the others follow."
)
_NOT_PAUSED = "Nothing was paused."

_SETTINGS = {Period.DAY: "DAILY_BUDGET_USD", Period.MONTH: "MONTHLY_BUDGET_USD"}

# `remix-bot parked` has a table of its own (bot/cli/parked.py): it names other commands, and its notices come later.
_DECIDED = {
    ParkedDecision.RETRIED: (
        "Remix `{job}` is back in the queue, and I'm notifying its author. What the first call may have cost still "
        "counts as spent."
    ),
    ParkedDecision.WRITTEN_OFF: (
        "Remix `{job}` is closed, and the unresolved money counts as spent. I'm telling its author."
    ),
    ParkedDecision.WRITTEN_OFF_UNCHARGED: (
        "Remix `{job}` is closed, and the unresolved money is available again. I'm telling its author."
    ),
}
_NOT_DECIDED = {
    NotDecided.NOT_PARKED: "There is no parked remix `{job}`. `/remix-operator parked` lists them.",
    NotDecided.REPEAT_WAITING: (
        "The author has already requested remix `{job}` again, and that request is in progress. Write `{job}` off, or "
        "wait."
    ),
    NotDecided.SOURCE_DELETED: "The picture of remix `{job}` is gone, so you can only write it off.",
    NotDecided.TAKEN_DOWN: (
        "Remix `{job}` was taken down, or the owner of its picture wants no remixes of it. You can only write it off."
    ),
}
_CLOSED = "It's closed now{cost}. Start a new one with `/remix`."
_AUTHOR_NOTICES = {
    ParkedDecision.RETRIED: "It's back in the queue.",
    ParkedDecision.WRITTEN_OFF: _CLOSED,
    ParkedDecision.WRITTEN_OFF_UNCHARGED: _CLOSED,
}


def decided(job_id: int, decision: ParkedDecision) -> str:
    return _DECIDED[decision].format(job=job_id)


@clickable
def not_decided(job_id: int, reason: NotDecided) -> str:
    return _NOT_DECIDED[reason].format(job=job_id)


@clickable
def author_notice(job: Job, decision: ParkedDecision, *, counted: bool) -> str:
    """For the author, in the channel. `counted`: the remix counts against them."""
    remix = f"your remix from {timestamp(job.accepted_at)}"
    what = _AUTHOR_NOTICES[decision].format(cost="" if counted else " and doesn't count against you")
    return f"<@{job.user_id}>, Ideogram's reply about {remix} never reached me. {what}"


def budget_warning(warning: BudgetWarning) -> str:
    budget, reset = f"your {BUDGETS[warning.period]}", day_and_time(warning.ends_at)
    money = f"{dollars(warning.spent)} of {dollars(warning.ceiling)}"
    if warning.percent < WARN_AT[0]:
        return f"**{warning.percent}% of {budget} is spent**: {money}. It resets on {reset}."
    return (
        f"**{budget.capitalize()} is used up**: {money}. I refuse new remixes until {reset}. To allow more before "
        f"that, raise `{_SETTINGS[warning.period]}` and restart me."
    )


@clickable
def often_refused(refused: OftenRefused) -> str:
    servers = "1 server" if refused.servers == 1 else f"{refused.servers} servers"
    return (
        f"**Safety refusals**: Ideogram's safety check refused {refused.refusals} remixes by <@{refused.user_id}> "
        f"(`{refused.user_id}`) within 24 hours, in {servers}. I've blocked them there for 24 hours. "
        "`/remix-operator block-person` refuses them everywhere."
    )


def reported_as_illegal(evidence: Evidence, *, is_kept: bool) -> str:
    """It quotes nothing and shows nothing: a channel is no place for it."""
    kept = (
        f"It is sealed as evidence {evidence.id} (`remix-bot evidence`)."
        if is_kept
        else "Nothing of it is kept, because `EVIDENCE_PUBLIC_KEY` is not set."
    )
    return (
        f"**Reported as illegal content**: remix `{evidence.job_id}` by `{evidence.author_id}` in server "
        f"`{evidence.server_id}`. It is taken down or hidden. {kept} docs/operators.md says what to do next."
    )


def many_points(pointed: PersonPointed) -> str:
    servers = "1 server" if pointed.servers == 1 else f"{pointed.servers} servers"
    length = pointed.rung.length_s
    until = f"for {spell_seconds(length)}" if length is not None else "until their moderators unblock them"
    done = "warned them there" if pointed.rung.action is RungAction.WARN else f"blocked them there {until}"
    return (
        f"**Points**: <@{pointed.user_id}> (`{pointed.user_id}`) has {pointed.points} points within 30 days, in "
        f"{servers}. By your ladder I've {done}; moderators can undo that. `remix-bot points {pointed.user_id}` shows "
        "what for, and `/remix-operator block-person` refuses them everywhere."
    )


def deprecation(api: IdeogramApi, lifecycle: Lifecycle) -> str:
    since = f" since {day_and_time(lifecycle.deprecated_since)}" if lifecycle.deprecated_since else ""
    page = f" Its successor: <{lifecycle.successor}>." if lifecycle.successor else ""
    return (
        f"**Ideogram has deprecated the API that I use** (`{api}`){since}.{page} It still works. Set `IDEOGRAM_API` to "
        "a newer one and restart me before it ends."
    )


@clickable
def paused(reason: str) -> str:
    return (
        "**Paused.** Until `/remix-operator resume` I refuse new remixes and begin no paid calls. Calls that have "
        f"begun continue. Members see:\n{quote(reason, LONGEST_REASON)}"
    )


def resumed(found: Resumed) -> str:
    lines = [_RESUMED] if found.paused else []
    return "\n".join([*lines, *([_TRIES_NOW] if found.held else [])]) or _NOT_PAUSED


@clickable
def status(bot: BotStatus) -> str:
    """About 1,500 characters at most."""
    lines = [*_running(bot), *_alarms(bot.alarms), _queue(bot), _money(bot)]
    return "\n".join([*lines, *_limits(bot.rules), *_failures(bot.failures)])


def _alarms(alarms: Sequence[OpenAlarm]) -> list[str]:
    """Without those that have a line anyway, and only the oldest of very many, so that all fits into a message."""
    others = [each for each in alarms if each.alarm not in _WITH_A_LINE]
    lines = [alarm_words.status_line(each) for each in others[:_ALARMS_SHOWN]]
    return [*lines, *([f"-# and {len(others) - _ALARMS_SHOWN} more alarms"] if len(others) > _ALARMS_SHOWN else [])]


def _running(bot: BotStatus) -> list[str]:
    lines = []
    if bot.pause is not None:
        head = f"**Paused** by <@{bot.pause.by}> {timestamp(bot.pause.at)}. Members see:"
        lines += [head, quote(bot.pause.reason, LONGEST_REASON)]
    if bot.hold is not None:
        lines.append(_hold(bot.hold))
    return lines or ["**Running.**"]


def _hold(hold: Hold) -> str:
    trial = f" I'll try again with one remix {timestamp(hold.next_trial_at)}." if hold.next_trial_at else ""
    if hold.problem is not None:
        return f"**Ideogram isn't accepting requests** ({hold.problem.replace('_', ' ')}).{trial}"
    return (
        f"**The queue is held**: paid results lie on `{hold.host}`. To fetch them, add it to `IDEOGRAM_IMAGE_HOSTS` "
        f"and restart me. `/remix-operator resume` lets one remix try.{trial}"
    )


def _queue(bot: BotStatus) -> str:
    jobs = bot.open_jobs
    oldest = f" (the oldest was requested {timestamp(bot.oldest_queued_at)})" if bot.oldest_queued_at else ""
    return (
        f"**Queue:** {jobs.get(JobState.QUEUED, 0)} waiting{oldest} · "
        f"{jobs.get(JobState.GENERATING, 0)} of {bot.rules.slots} slots in use · "
        f"{jobs.get(JobState.GENERATED, 0)} to deliver · "
        f"{jobs.get(JobState.IN_REVIEW, 0)} in review · "
        f"{jobs.get(JobState.OUTCOME_UNKNOWN, 0)} parked · {bot.blocks} blocked"
    )


def _money(bot: BotStatus) -> str:
    spend = bot.spend
    return (
        f"**Spent (UTC):** {dollars(spend.today)} today · {dollars(spend.this_month)} this month · "
        f"{dollars(spend.set_aside)} reserved or unresolved"
    )


def _limits(rules: OperatorRules) -> list[str]:
    day, month = rules.ceilings.get(Period.DAY), rules.ceilings.get(Period.MONTH)
    of_server, of_person = rules.server_ceilings.get(Period.DAY), rules.person_ceilings.get(Period.DAY)
    waiting, each_server = rules.limits.waiting, rules.limits.waiting_per_server or "no limit"
    money = (
        f"**Budgets:** {_limit(day)} a day · {_limit(month)} a month · {_limit(of_server)} a day for each server · "
        f"{_limit(of_person)} a day for each person"
    )
    queue = (
        f"**In progress at most:** {waiting} · {each_server} for each server · {rules.limits.waiting_per_person} for "
        "each person"
    )
    return [money, queue, *([NO_LIMIT] if rules.anybody_spends_without_limit else [])]


def _limit(micros: int | None) -> str:
    return "no limit" if micros is None else dollars(micros)


def _failures(failures: Sequence[RecentFailure]) -> list[str]:
    if not failures:
        return ["**Recent problems:** none"]
    return ["**Recent problems:**", *map(_failure, failures)]


def _failure(failure: RecentFailure) -> str:
    became = {JobState.FAILED: "failed", JobState.QUEUED: "is retried"}.get(failure.became, "was parked")
    cause = plain(failure.cause.replace("_", " "), LONGEST_NOTE)
    return f"- `{failure.job_id}` {became}: {cause} · {timestamp(failure.at)}"


@clickable
def parked_list(parked: ParkedJobs) -> str:
    if not parked.shown:
        return "Nothing is parked."
    head = (
        f"**Parked: {parked.count}.** Ideogram never replied, so these may have been made and billed; its usage page "
        "may show which. `/remix-operator retry` sends one again, `/remix-operator write-off` ends it."
    )
    lines = [head, *(_parked_line(each) for each in parked.shown)]
    if parked.count > len(parked.shown):
        lines.append(f"-# {parked.count - len(parked.shown)} more appear once you have decided about these")
    return "\n".join(lines)


def _parked_line(parked: Parked) -> str:
    job, cause = parked.job, plain(parked.cause.replace("_", " "), LONGEST_NOTE)
    return (
        f"- `{job.id}` {timestamp(parked.since)} · <@{job.user_id}> in server `{job.guild_id}` · {job.speed.label} · "
        f"{dollars(parked.unresolved_micros)} unresolved · {cause}"
    )


def blocked(kind: BlockKind, subject_id: int, *, changed: bool) -> str:
    subject = _subject(kind, subject_id)
    if not changed:
        return f"{subject} is already blocked."
    return (
        f"{subject} is blocked everywhere. I refuse new remixes, and those that wait end when their turn comes, "
        "without being charged."
    )


def unblocked(kind: BlockKind, subject_id: int, *, changed: bool) -> str:
    subject = _subject(kind, subject_id)
    return f"{subject} can make remixes again." if changed else f"{subject} is not blocked."


def block_list(blocks: BlockList) -> str:
    if not blocks.shown:
        return "Nobody is blocked."
    lines = [f"**Blocked: {blocks.count}**", *(_block_line(each) for each in blocks.shown)]
    if blocks.count > len(blocks.shown):
        lines.append(f"-# and {blocks.count - len(blocks.shown)} older ones")
    return "\n".join(lines)


def _block_line(block: Block) -> str:
    note = f": {plain(block.note, _NOTE_IN_LIST)}" if block.note else ""
    return f"- {_subject(block.kind, block.subject_id)} {timestamp(block.blocked_at)}{note}"


def _subject(kind: BlockKind, subject_id: int) -> str:
    return f"<@{subject_id}>" if kind is BlockKind.PERSON else f"Server `{subject_id}`"
