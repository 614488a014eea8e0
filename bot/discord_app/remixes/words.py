"""What people read about their remixes: replies, buttons, cards, and how a remix stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.discord_app.kit.command_mentions import clickable
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.text import LONGEST_REASON, clock_time, day_and_time, message_link, plain, quote, timestamp
from bot.discord_app.remixes import waiting_words
from bot.discord_app.remixes.failure_words import COUNTS_THIS_TIME, cost_to_author, failure
from bot.rules.failures import Executed, FailureKind
from bot.rules.gate import ChannelLock
from bot.rules.job_states import WAITING, JobState
from bot.rules.origins import Origin
from bot.rules.prices import Speed, dollars
from bot.rules.removals import Removal
from bot.rules.retries import MAX_DELIVERY_TIME
from bot.rules.styles import LONGEST_NAME
from bot.rules.visible_text import one_line, shorten
from bot.storage.remixes.jobs import Job
from bot.storage.standing.member_blocks import BlockedMember
from bot.use_cases.remixes.cancel_remix import CancelOutcome
from bot.use_cases.remixes.compare_pictures import NoComparison
from bot.use_cases.remixes.job_status import JobStatus

_PROMPT_IN_LIST = 80
_REASON_IN_LIST = 150
_PROMPT_ON_CARD = 160
LONGEST_ALT_TEXT = 1024
PROMPT_IN_DETAILS = 800
"""Escaping may double it, and a message has 2000 characters."""

BUTTONS: Mapping[Action, str] = {
    Action.CANCEL: "Cancel",
    Action.AGAIN: "Again",
    Action.EDIT: "Edit",
    Action.REMIX: "Remix this",
    Action.MORE: "More",
    Action.COMPARE: "Compare",
    Action.DETAILS: "Details",
    Action.REPORT: "Report",
    Action.DELETE: "Delete",
    Action.COLLECT: "Get it again",
    Action.SEE: "See it",
}

_NOT_CANCELLED: Mapping[CancelOutcome, str | None] = {
    **dict.fromkeys((CancelOutcome.CANCELLED, CancelOutcome.COOLDOWN_KEPT)),
    CancelOutcome.PARTLY: "What hadn't begun is cancelled and costs nothing. The rest is being made, so you'll get it.",
    CancelOutcome.TOO_LATE: "Too late to cancel: it's already being made or finished.",
    CancelOutcome.NOT_YOURS: "Only the person who started a remix can cancel it.",
}
_NO_COMPARISON: Mapping[NoComparison, str] = {
    NoComparison.NOT_YOURS: (
        "Only the person who sent the picture can compare: nobody else gets to see it. "
        f"**{BUTTONS[Action.DETAILS]}** shows what the remix was made with."
    ),
    NoComparison.GONE: "I no longer have the pictures of this remix, so there's nothing to compare.",
}

COOLDOWN_KEPT = (
    "Nothing was charged, and it doesn't use up one of your remixes. You've cancelled several in a few minutes, so "
    "your cooldown stays this time."
)
NOTHING_TO_COLLECT = "There's nothing to get: it was delivered already, or I no longer have its pictures."
YOUR_REMIXES = "**Your remixes in this server**"
NO_REMIXES = "You haven't made a remix in this server yet. Start with `/remix`."
NONE_LEFT = "None of your remixes in this server can be shown. `/remix` makes a new one."
COMPARED = "-# Before and after. Only you can see the picture you sent."
_HIDDEN = "The moderators have hidden this remix and its prompt."
_HIDDEN_FROM_OTHERS = "The moderators have hidden it: its pictures are behind a spoiler, and its prompt is covered."
_HIDDEN_ALT_TEXT = "hidden by the moderators"
SOURCE_ALT_TEXT = "The picture you sent"

_FIRST_FRAME = "-# Your picture is an animation. Only its first frame is remixed."

# Discord allows edits for 15 minutes.
_FOLLOW = "I can't update this message any longer: `/my-remixes` shows how it stands. I'll mention you when it's done."


def not_cancelled(outcome: CancelOutcome) -> str | None:
    """None: it is cancelled, and its status says so."""
    return _NOT_CANCELLED[outcome]


def no_comparison(reason: NoComparison) -> str:
    return _NO_COMPARISON[reason]


def _quoted(job: Job, limit: int) -> str:
    return quote(job.prompt, limit) if job.prompt else "-# Its prompt is no longer kept."


def alt_text(job: Job, number: int = 1, count: int = 1) -> str:
    """Of the picture with that number among so many on its message: a screen reader reads them one after the other."""
    remix = "Remix" if count == 1 else f"Remix {number} of {count}"
    if job.hidden:
        return f"{remix}, {_HIDDEN_ALT_TEXT}"
    source = "of another remix" if job.origin is Origin.RESULT else "of an attached picture"
    return shorten(": ".join(filter(None, [f"{remix} {source}", one_line(job.prompt)])), LONGEST_ALT_TEXT)


def speed_choice(speed: Speed, micros: int) -> str:
    return f"{speed.label} · {dollars(micros)} per image"


@clickable
def status_text(status: JobStatus) -> str:
    """How a job stands, for its author alone."""
    sentence = _STATES[status.job.state].sentence(status)
    if status.job.review is not None and status.job.approved_at is None and status.job.state in WAITING:
        sentence = f"{sentence}\n{waiting_words.REVIEWED_FIRST}"
    is_made = status.job.state in WAITING or status.job.state in {JobState.GENERATED, JobState.DELIVERED}
    return f"{sentence}\n{_FIRST_FRAME}" if status.was_animated and is_made else sentence


@clickable
def last_status_text(status: JobStatus) -> str:
    """Before the reply can no longer be edited: nothing in it becomes false."""
    if status.job.state is JobState.GENERATED and not _is_kept(status.job):
        return f"**Made.** {_FOLLOW}"
    if status.job.state is JobState.IN_REVIEW:
        return f"{waiting_words.WAITS_FOR_MODERATORS} {_FOLLOW}"
    return f"**In progress.** {_FOLLOW}" if status.job.state in WAITING else status_text(status)


@clickable
def ended_badly(job: Job) -> str:
    """In the channel, for an author whose private reply is out of reach. Why it failed is for private replies only."""
    return f"<@{job.user_id}>, your remix from {timestamp(job.accepted_at)} didn't work out. `/my-remixes` shows why."


def _unknown(status: JobStatus) -> str:
    return (
        "Ideogram's reply didn't reach me, so I can't tell if this was made. I won't repeat it on my own. "
        f"{COUNTS_THIS_TIME if status.counted else _TRY_AGAIN} Reference: `{status.job.id}`."
    )


_TRY_AGAIN = "It doesn't use one of your remixes, and you can try again now."


def _failed(status: JobStatus) -> str:
    happened = failure(status.job.failure_kind or FailureKind.REQUEST_REJECTED, counted=status.counted)
    until = f" The block lasts {_block_ends(status.block)}." if status.block is not None else ""
    return f"{happened}{until} Reference: `{status.job.id}`.{_reason_of(status)}"


def _block_ends(block: BlockedMember) -> str:
    return f"until {day_and_time(block.until)}" if block.until else "until a moderator unblocks you"


def _cancelled(status: JobStatus) -> str:
    by = " by a moderator" if status.ended_by is not None else ""
    cost = COOLDOWN_KEPT if status.cooldown_kept else cost_to_author(Executed.NO, uncounted=True)
    return f"**Cancelled{by}.** {cost}{_reason_of(status)}"


def _reason_of(status: JobStatus) -> str:
    """The reason that a moderator gave for ending it, or for blocking its author."""
    because = status.ended_by or status.block
    reason = because.reason if because is not None else None
    return f" The reason:\n{quote(reason, LONGEST_REASON)}" if reason else ""


def _queued(status: JobStatus) -> str:
    if (pause := status.pause or status.server_pause) is not None:
        paused = f"**Waiting.** {_who_paused(status)} paused remixing. {_keeps_its_place(status.job)}"
        return f"{paused} The reason:\n{quote(pause.reason, LONGEST_REASON)}"
    if status.lock is not None:
        return _locked(status.job, status.lock)
    if status.held:
        return f"**Waiting.** I can't get remixes from Ideogram right now. {_keeps_its_place(status.job)}"
    place = _in_line(status)
    if status.trouble is not None:
        return f"{place} {waiting_words.TROUBLES[status.trouble]} {_keeps_its_place(status.job)}"
    if _waits_for_another_try(status):
        keeps = _keeps_its_place(status.job)
        return f"**Waiting.** Ideogram hasn't taken your remix yet, so I'll try again soon. {keeps}"
    return f"{place} {_ready(status)}".rstrip()


def _in_line(status: JobStatus) -> str:
    ahead = status.place.ahead if status.place else 0
    if (starts_at := status.waits_until) is not None:
        starts = f"**It starts {timestamp(starts_at)}**, when your cooldown is over."
        return f"{starts} Position {ahead + 1} in the queue." if ahead else starts
    return "**You are next.**" if ahead == 0 else f"**Position {ahead + 1} in the queue.**"


def _waits_for_another_try(status: JobStatus) -> bool:
    job = status.job
    return job.attempts > 0 and job.due_at is not None and job.due_at > status.read_at


def _locked(job: Job, lock: ChannelLock) -> str:
    until = f"until {day_and_time(lock.until)}" if lock.until else "for now"
    waits = f"**Waiting.** The moderators of this server have locked <#{job.channel_id}> for remixes {until}."
    why = f" The reason:\n{quote(lock.reason, LONGEST_REASON)}" if lock.reason else ""
    return f"{waits} {_keeps_its_place(job)}{why}"


def _who_paused(status: JobStatus) -> str:
    return "The person who runs me has" if status.pause else "The moderators of this server have"


def _keeps_its_place(job: Job) -> str:
    until = clock_time(job.queue_until, job.accepted_at)
    return f"Your remix keeps its place until {until}. Nothing has been charged."


def _generating(status: JobStatus) -> str:
    ready = _ready(status)
    # Ideogram publishes no figures. People report 10 s to 2 minutes.
    return f"**Making it now.** {ready or 'This usually takes less than two minutes.'}"


def _ready(status: JobStatus) -> str:
    """Empty if nothing has been measured yet."""
    estimate = status.place.estimate if status.place else None
    if estimate is None or estimate.at is None:
        return waiting_words.READY[estimate.readiness] if estimate else ""
    # Discord renders the timestamp as "in 29 seconds", so "about" cannot stand before the number.
    return f"Should be ready {timestamp(estimate.at)}."


def _generated(status: JobStatus) -> str:
    job = status.job
    if _is_kept(job):
        why = waiting_words.not_posted(job)
        return f"**Made**, but {why} I've kept it for you: use `/my-remixes` and press **{BUTTONS[Action.COLLECT]}**."
    if job.attempts == 0:
        return f"**Made.** {'I am posting it now.' if status.is_fetched else 'I am downloading it from Ideogram now.'}"
    until = clock_time((job.generated_at or status.read_at) + MAX_DELIVERY_TIME, status.read_at)
    if not status.is_fetched:
        return f"**Made**, but I haven't been able to download it yet. I'll keep trying until {until} at the latest."
    return (
        f"**Made**, but I haven't been able to post it in <#{job.channel_id}> yet. I'll keep trying until {until}. "
        "After that, `/my-remixes` has it for you."
    )


def _is_kept(job: Job) -> bool:
    """Nothing more is done with it until its author asks for it."""
    return job.due_at is None and job.lease is None


_REMOVED = {
    Removal.MODERATOR: "removed by the moderators",
    Removal.AUTHOR: "deleted",
    Removal.OWNER: "deleted by the person whose picture it was made from",
}


def _removed(status: JobStatus) -> str:
    how = _REMOVED[status.job.removal or Removal.MODERATOR]
    return f"**{how.capitalize()}.**{_reason_of(status)}"


def _why_hidden(status: JobStatus) -> str:
    if not status.job.hidden:
        return ""
    reason = status.hidden_by.reason if status.hidden_by is not None else None
    why = f" The reason:\n{quote(reason, LONGEST_REASON)}" if reason else ""
    return f" {_HIDDEN_FROM_OTHERS}{why}"


def _delivered(status: JobStatus) -> str:
    if status.job.removed_at is not None:
        return _removed(status)
    links = [message_link(status.job.guild_id, post.channel_id, post.message_id) for post in status.posts]
    words = ["Go to the result", *(f"part {number}" for number in range(2, len(links) + 1))]
    linked = " · ".join(f"[{word}]({link})" for word, link in zip(words, links, strict=False))
    return f"**Done.** {linked}".rstrip() + _why_hidden(status)


PRIVATELY = "**Done.** I couldn't post it in that channel, so here it is, just for you:"
COLLECTED = "Here it is, just for you:"


def notes(withheld: int, lost: int) -> list[str]:
    """Lines on the card about images that are missing from it."""
    lines = []
    if withheld:
        lines.append(
            f"{'1 image was' if withheld == 1 else f'{withheld} images were'} withheld by Ideogram's safety check."
        )
    if lost:
        lines.append(f"{'1 image' if lost == 1 else f'{lost} images'} couldn't be fetched from Ideogram.")
    return lines


MADE_TO_FIT = "Made smaller to fit this server's upload limit."


def options_line(job: Job, size: str | None, seeds: Sequence[int] = ()) -> str:
    """`Weight 60 · 2048x2048 · Turbo · Seed 12345`. Cards have no seeds, because `/remix` takes none."""
    style = [f"Style: {plain(job.request.style_name, LONGEST_NAME)}"] if job.request.style_name else []
    parts = [*style, f"Weight {job.request.weight}" if job.request.weight is not None else "Weight automatic"]
    if size:
        parts.append(size)
    parts.append(job.speed.label)
    if seeds:
        parts.append(f"{'Seed' if len(seeds) == 1 else 'Seeds'} {', '.join(map(str, seeds))}")
    return " · ".join(parts)


def details(status: JobStatus, *, with_prompt: bool) -> str:
    """What the picture was made with. The prompt comes last: it may be long."""
    job = status.job
    sizes = sorted({result.resolution.replace("x", "×") for result in status.results if result.resolution})
    seeds = [result.seed for result in status.results if result.safe and result.seed is not None]
    lines = [
        f"**Remix {job.id}** by <@{job.user_id}>, {timestamp(job.accepted_at)}",
        options_line(job, ", ".join(sizes) or None, seeds),
    ]
    facts = []
    if job.generating_at and job.generated_at:
        facts.append(f"Made in {(job.generated_at - job.generating_at).total_seconds():.0f} s")
    if status.cost is not None:
        facts.append(f"Cost {dollars(status.cost)}")
    if job.request.copyright_check:
        facts.append("With copyright check")
    lines += [" · ".join(facts)] if facts else []
    return "\n".join([*lines, _quoted(job, PROMPT_IN_DETAILS) if with_prompt else _HIDDEN])


def card_text(job: Job) -> str:
    if job.hidden:
        return f"<@{job.user_id}>\n-# {_HIDDEN}"
    return f"<@{job.user_id}>\n{_quoted(job, _PROMPT_ON_CARD)}"


def list_entry(status: JobStatus) -> str:
    """One remix in /my-remixes."""
    job = status.job
    lines = [f"{timestamp(job.accepted_at)} · {in_list(status)}", _quoted(job, _PROMPT_IN_LIST)]
    if job.state in {JobState.FAILED, JobState.OUTCOME_UNKNOWN}:
        lines.append(f"-# {status_text(status)}")
    elif (case := status.ended_by or status.hidden_by) is not None and case.reason:
        lines.append(f"-# The moderators' reason: {plain(case.reason, _REASON_IN_LIST)}")
    return "\n".join(lines)


def in_list(status: JobStatus) -> str:
    if status.job.removed_at is not None and status.job.state not in {JobState.QUEUED, JobState.CANCELLED}:
        return _REMOVED[status.job.removal or Removal.MODERATOR]
    said = _STATES[status.job.state].in_list
    return said if isinstance(said, str) else said(status)


def _queued_in_list(status: JobStatus) -> str:
    if status.pause is not None:
        return "waiting, paused by the person who runs me"
    if status.server_pause is not None:
        return "waiting, paused by the moderators of this server"
    if status.lock is not None:
        return "waiting, its channel is locked by the moderators"
    if (starts_at := status.waits_until) is not None:
        return f"waiting for your cooldown, starts {timestamp(starts_at)}"
    return f"waiting, position {status.place.ahead + 1 if status.place else 1}"


def _generated_in_list(status: JobStatus) -> str:
    if _is_kept(status.job):
        return "couldn't be posted, kept for you"
    return "being posted" if status.is_fetched else "being downloaded from Ideogram"


def _delivered_in_list(status: JobStatus) -> str:
    if not status.posts:
        return "done"
    post = status.posts[0]
    if post.deleted_at:
        return "deleted"
    hidden = ", hidden by the moderators" if status.job.hidden else ""
    return f"[done]({message_link(status.job.guild_id, post.channel_id, post.message_id)}){hidden}"


@dataclass(frozen=True, slots=True)
class _StateWords:
    """`sentence` is for the author's private reply, `in_list` for their list of remixes."""

    sentence: Callable[[JobStatus], str]
    in_list: str | Callable[[JobStatus], str]


_STATES: Mapping[JobState, _StateWords] = {
    JobState.QUEUED: _StateWords(_queued, _queued_in_list),
    JobState.GENERATING: _StateWords(_generating, "being made"),
    JobState.GENERATED: _StateWords(_generated, _generated_in_list),
    JobState.IN_REVIEW: _StateWords(waiting_words.in_review, "waiting for the moderators"),
    JobState.DELIVERED: _StateWords(_delivered, _delivered_in_list),
    JobState.FAILED: _StateWords(_failed, "didn't work out"),
    JobState.CANCELLED: _StateWords(_cancelled, "cancelled"),
    JobState.OUTCOME_UNKNOWN: _StateWords(_unknown, "outcome unknown"),
}
