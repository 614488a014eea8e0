"""Every sentence that the operator reads in Discord. All of it is private."""

from collections.abc import Sequence

from bot.discord_app.kit.text import plain, quote, timestamp
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.prices import dollars
from bot.storage.remixes.parked import Parked
from bot.storage.reports.operator_facts import RecentFailure
from bot.storage.standing.blocks import Block, BlockKind
from bot.use_cases.operator.decide_parked import NotDecided, ParkedJobs
from bot.use_cases.operator.operator_blocks import BlockList
from bot.use_cases.operator.operator_status import BotStatus

LONGEST_REASON = 300
LONGEST_NOTE = 100
_NOTE_IN_LIST = 40

NOT_AN_OPERATOR = "Only my operators can use this, and you are not one of them."
NO_REASON = "Give a reason that people can read: refused and waiting people see it. Nothing was changed."
NO_SERVER_ID = (
    "That is no server's id: it is a long number (Developer Mode, right click, Copy Server ID). Nothing was changed."
)
RESUMED = "**Resumed.** New remixes are accepted, and those that waited go on."
NOT_PAUSED = "Nothing was paused."

_DECIDED = {
    ParkedDecision.RETRIED: (
        "Remix `{job}` is in the queue again, and its author is told. What the first call may have cost stays counted."
    ),
    ParkedDecision.WRITTEN_OFF: (
        "Remix `{job}` is over, the unresolved money counts as spent, and its author is told that it does "
        "not count against them."
    ),
    ParkedDecision.WRITTEN_OFF_UNCHARGED: (
        "Remix `{job}` is over, the unresolved money is free again, and its author is told that it does "
        "not count against them."
    ),
}
_NOT_DECIDED = {
    NotDecided.NOT_PARKED: "There is no parked remix `{job}`. `/remix-operator parked` lists them.",
    NotDecided.REPEAT_WAITING: (
        "Its author has asked for the same again by now, and that one is on its way. Write `{job}` off, or wait."
    ),
    NotDecided.SOURCE_DELETED: "The picture of `{job}` is no longer kept, so it can only be written off.",
}


def decided(job_id: int, decision: ParkedDecision) -> str:
    return _DECIDED[decision].format(job=job_id)


def not_decided(job_id: int, reason: NotDecided) -> str:
    return _NOT_DECIDED[reason].format(job=job_id)


def paused(reason: str) -> str:
    return (
        "**Paused.** No paid call begins, and new remixes are refused, until `/remix-operator resume`; calls that have "
        f"begun go on. People read:\n{quote(reason, LONGEST_REASON)}"
    )


def status(standing: BotStatus) -> str:
    """Everything in one look, at most some 1,500 characters."""
    return "\n".join([*_works(standing), _queue(standing), _money(standing), *_troubles(standing.failures)])


def _works(standing: BotStatus) -> list[str]:
    lines = []
    if standing.pause is not None:
        pause = standing.pause
        lines += [
            f"**Paused** by <@{pause.by}> {timestamp(pause.at)}. People read:",
            quote(pause.reason, LONGEST_REASON),
        ]
    if standing.hold is not None:
        trouble, next_at = standing.hold.trouble.replace("_", " "), timestamp(standing.hold.next_trial_at)
        lines.append(f"**Ideogram takes no work** ({trouble}); one remix tries {next_at}.")
    return lines or ["**Working.**"]


def _queue(standing: BotStatus) -> str:
    open_jobs = standing.open_jobs
    since = f", the oldest from {timestamp(standing.oldest_queued_at)}" if standing.oldest_queued_at else ""
    return (
        f"**Queue:** {open_jobs.get(JobState.QUEUED, 0)} waiting{since} · "
        f"{open_jobs.get(JobState.GENERATING, 0)} of {standing.slots} slots in use · "
        f"{open_jobs.get(JobState.GENERATED, 0)} to be delivered · "
        f"{open_jobs.get(JobState.OUTCOME_UNKNOWN, 0)} parked · {standing.blocks} blocked"
    )


def _money(standing: BotStatus) -> str:
    spend = standing.spend
    return (
        f"**Spend (UTC):** {dollars(spend.today)} today · {dollars(spend.this_month)} this month · "
        f"of all {dollars(spend.set_aside)} set aside or unresolved"
    )


def _troubles(troubles: Sequence[RecentFailure]) -> list[str]:
    if not troubles:
        return ["**Last troubles:** none"]
    return ["**Last troubles:**", *(f"- `{each.job_id}` {_trouble(each)} {timestamp(each.at)}" for each in troubles)]


def _trouble(trouble: RecentFailure) -> str:
    became = {JobState.FAILED: "failed", JobState.QUEUED: "is tried again"}.get(trouble.became, "was parked")
    return f"{became}: {plain(trouble.cause.replace('_', ' '), LONGEST_NOTE)}"


def parked_list(parked: ParkedJobs) -> str:
    if not parked.shown:
        return "Nothing is parked."
    head = (
        f"**Parked: {parked.count}.** Asked, no answer: they may have been made and billed. Ideogram's usage page may "
        "tell. `/remix-operator retry` asks again, `/remix-operator write-off` ends one."
    )
    lines = [head, *(_parked_line(each) for each in parked.shown)]
    if parked.count > len(parked.shown):
        lines.append(f"-# and {parked.count - len(parked.shown)} more, once these are decided")
    return "\n".join(lines)


def _parked_line(parked: Parked) -> str:
    job, cause = parked.job, plain(parked.cause.replace("_", " "), LONGEST_NOTE)
    return (
        f"- `{job.id}` {timestamp(parked.since)} · <@{job.user_id}> in server `{job.guild_id}` · {job.speed.label} · "
        f"{dollars(parked.unresolved_micros)} unresolved · {cause}"
    )


def blocked(kind: BlockKind, subject_id: int, *, changed: bool) -> str:
    if not changed:
        return f"{_subject(kind, subject_id)} is blocked already."
    return (
        f"{_subject(kind, subject_id)} is blocked everywhere: new remixes are refused, and those that wait end "
        "uncharged when their turn comes."
    )


def unblocked(kind: BlockKind, subject_id: int, *, changed: bool) -> str:
    subject = _subject(kind, subject_id)
    return f"{subject} may make remixes again." if changed else f"{subject} is not blocked."


def block_list(blocks: BlockList) -> str:
    if not blocks.shown:
        return "Nobody is blocked."
    lines = [f"**Blocked: {blocks.count}**", *(_block_line(each) for each in blocks.shown)]
    if blocks.count > len(blocks.shown):
        lines.append(f"-# and {blocks.count - len(blocks.shown)} older ones")
    return "\n".join(lines)


def _block_line(block: Block) -> str:
    note = f": {plain(block.note, _NOTE_IN_LIST)}" if block.note else ""
    subject = _subject(block.kind, block.subject_id)
    return f"- {subject} {timestamp(block.blocked_at)}{note}"


def _subject(kind: BlockKind, subject_id: int) -> str:
    return f"<@{subject_id}>" if kind is BlockKind.PERSON else f"Server `{subject_id}`"
