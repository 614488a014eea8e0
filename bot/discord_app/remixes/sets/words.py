"""What people read about weight ladders and other sets of pictures."""

from collections import Counter
from collections.abc import Sequence

from bot.discord_app.kit.text import message_link
from bot.discord_app.remixes import words
from bot.discord_app.remixes.failure_words import failure
from bot.rules.failures import Executed, executed, is_uncounted
from bot.rules.job_states import JobState
from bot.rules.prices import Speed, dollars
from bot.rules.sets import LADDER_WEIGHTS
from bot.storage.remixes.jobs import Job
from bot.use_cases.ports import Delivery
from bot.use_cases.remixes.job_status import JobStatus
from bot.use_cases.remixes.sets.pick import NotPicked, Picked

LADDER_OPTION = f"Four pictures at weights {', '.join(map(str, LADDER_WEIGHTS))}, for four times the price"
COUNT_OPTION = "How many pictures to make, each at the full price. Default: 1"

_NOT_PICKED = {
    NotPicked.LATER: "Discord didn't take the post just now. Please press it again in a moment.",
    NotPicked.CLOSED: "I can't post in that channel.",
}
_COST = {
    Executed.NO: "and cost nothing",
    Executed.YES: "and was charged",
    Executed.UNKNOWN: "and may have been charged",
}


def ladder_button(speed: Speed, micros: int) -> str:
    return f"Weight ladder ({dollars(micros)}, {speed.label})"


def captions(delivery: Delivery) -> Sequence[str]:
    """What each picture of the delivery is; empty if they are not shown as a grid."""
    if not delivery.is_grid:
        return ()
    weights = {job.set_position: job.request.weight for job in delivery.together}
    positions = [picture.result.position for picture in delivery.pictures]
    return [f"Weight {weights[each]}" if weights else f"Picture {each + 1}" for each in positions]


def captions_line(numbers: Sequence[int], texts: Sequence[str]) -> str:
    return " · ".join(f"**{number + 1}** {text}" for number, text in zip(numbers, texts, strict=True))


def options_line(job: Job, sizes: str) -> str:
    """Of a ladder, whose weights are in the captions."""
    line = words.options_line(job, sizes)
    return line if job.set_id is None else line.replace(f"Weight {job.request.weight}", "Weight ladder", 1)


def missing_notes(delivery: Delivery) -> Sequence[str]:
    """Lines on the card about the pictures that it does not have. Why is for the author alone."""
    shown = {delivery.job.id, *(job.id for job in delivery.companions)}
    lines = [_missing(job) for job in delivery.together if job.id not in shown]
    return [line for line in lines if line]


def _missing(job: Job) -> str:
    weight = f"Weight {job.request.weight}"
    match job.state:
        case JobState.FAILED:
            cost = executed(job.failure_kind) if job.failure_kind else Executed.UNKNOWN
            return f"{weight} didn't work out {_COST[cost]}."
        case JobState.CANCELLED:
            return f"{weight} was cancelled {_COST[Executed.NO]}."
        case JobState.OUTCOME_UNKNOWN:
            return f"{weight} got no answer {_COST[Executed.UNKNOWN]}."
        case JobState.QUEUED | JobState.GENERATING | JobState.GENERATED | JobState.IN_REVIEW:
            return f"{weight} takes longer and gets a post of its own."
    return ""


def status_text(status: JobStatus) -> str:
    """How a remix or a whole set stands, for its author alone."""
    text = words.status_text(status)
    if status.together:
        return "\n".join([_heading(status), text, *_what_failed(status)])
    if status.job.request.images > 1 and status.price is not None and status.job.state is not JobState.FAILED:
        return f"{status.job.request.images} pictures for {dollars(status.price)} in all.\n{text}"
    return text


def last_status_text(status: JobStatus) -> str:
    text = words.last_status_text(status)
    return f"{_heading(status)}\n{text}" if status.together else text


def list_entry(status: JobStatus) -> str:
    """In /my-remixes: one entry for a whole set."""
    entry = words.list_entry(status)
    return f"{_heading(status)}\n{entry}" if status.together else entry


_COUNTED = {
    JobState.DELIVERED: "made",
    JobState.GENERATED: "made",
    JobState.IN_REVIEW: "in review",
    JobState.GENERATING: "being made",
    JobState.QUEUED: "waiting",
    JobState.OUTCOME_UNKNOWN: "unanswered",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


def _heading(status: JobStatus) -> str:
    """`**Weight ladder**, 4 pictures for $0.12 in all: 2 made, 2 waiting.`"""
    counted = Counter(_COUNTED[job.state] for job in status.together)
    stand = ", ".join(f"{counted[word]} {word}" for word in dict.fromkeys(_COUNTED.values()) if counted[word])
    price = f" for {dollars(status.price)} in all" if status.price is not None else ""
    return f"**Weight ladder**, {len(status.together)} pictures{price}: {stand}."


def _what_failed(status: JobStatus) -> Sequence[str]:
    others = [job for job in status.together if job.state is JobState.FAILED and job.id != status.job.id]
    return [
        f"-# Weight {job.request.weight}: {failure(job.failure_kind, counted=not is_uncounted(job.failure_kind))}"
        for job in others
        if job.failure_kind is not None
    ]


def picked(outcome: Picked | NotPicked) -> str:
    if isinstance(outcome, NotPicked):
        return _NOT_PICKED[outcome]
    link = message_link(outcome.guild_id, outcome.post.channel_id, outcome.post.message_id)
    return f"It's posted already: {link}" if outcome.was_posted else f"Posted: {link}"
