"""Every sentence that a person reads: what happened, whether anything was charged, what to do next."""

from bot.discord_app.kit.text import message_link, quote, timestamp
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.prices import dollars
from bot.storage.remixes.jobs import Job
from bot.use_cases.remixes.compare_pictures import NoComparison
from bot.use_cases.remixes.delete_result import CannotDelete
from bot.use_cases.remixes.job_status import JobStatus

_PROMPT_IN_LIST = 80
_LONGEST_REASON = 300
PROMPT_IN_DETAILS = 800
"""Escaping may double it, and a message has 2000 characters."""

_FAILURES = {
    FailureKind.REQUEST_REJECTED: (
        "Ideogram did not accept this request. Nothing was charged and your cooldown is given back; "
        "please try other options or another picture."
    ),
    FailureKind.PROMPT_UNSAFE: (
        "Ideogram's safety check refused the prompt. Nothing was charged; please word it differently."
    ),
    FailureKind.PICTURE_UNSAFE: (
        "Ideogram's safety check refused the picture. Nothing was charged; please use another one."
    ),
    FailureKind.SAFETY_REFUSED: (
        "Ideogram's safety check refused this remix. Nothing was charged; please change the prompt or the picture."
    ),
    FailureKind.PICTURE_TOO_LARGE: (
        "The picture was too large for Ideogram. Nothing was charged and your cooldown is given back; "
        "please try a smaller one."
    ),
    FailureKind.ALL_WITHHELD: (
        "The remix was made, but Ideogram's safety check withheld it. It counts as made; please change the prompt "
        "or the picture."
    ),
    FailureKind.QUEUE_EXPIRED: (
        "Your remix waited too long and was let go. Nothing was charged and your cooldown is given back; "
        "please try again."
    ),
    FailureKind.SERVER_NOT_ALLOWED: (
        "This server is no longer on my operator's list. Nothing was charged and your cooldown is given back; "
        "a moderator can ask the person who runs me."
    ),
    FailureKind.PERSON_BLOCKED: (
        "I am sorry, I cannot make remixes for you any more: the person who runs me has asked me not to. "
        "Nothing was charged and your cooldown is given back; if you think that is a mistake, a moderator can talk "
        "to them."
    ),
    FailureKind.SERVER_BLOCKED: (
        "I am sorry, I cannot make remixes in this server any more: the person who runs me has asked me not to. "
        "Nothing was charged and your cooldown is given back; a moderator can talk to them."
    ),
    FailureKind.MEMBER_BLOCKED: (
        "The moderators of this server have blocked you from making remixes, so this one was let go. "
        "Nothing was charged and your cooldown is given back; `/remix-help` tells you more."
    ),
    FailureKind.CHANNEL_NOT_ALLOWED: (
        "Remixes are no longer made in that channel. Nothing was charged and your cooldown is given back; "
        "`/remix-help` tells you where they are."
    ),
    FailureKind.REMOVED: (
        "The remix was made, but a moderator has removed it before it was shown. It counts as made; "
        "ask the moderators if you think that is a mistake."
    ),
    FailureKind.RESULT_LOST: (
        "The remix was made and paid for, but its picture could not be fetched from Ideogram. I am sorry. "
        "Your cooldown is given back; please try again."
    ),
    FailureKind.RESULT_EXPIRED: (
        "The remix was made, but nobody fetched it in time, and it is no longer kept. It counts as made; "
        "please start a new one with `/remix`."
    ),
    FailureKind.SOURCE_LOST: (
        "I no longer have the picture you attached. Nothing was charged and your cooldown is given back; "
        "please attach it again."
    ),
    FailureKind.OUTCOME_WRITTEN_OFF: (
        "Ideogram did not answer, and the person who runs me has closed this remix. It does not count against you and "
        "your cooldown is given back; please try again."
    ),
    FailureKind.GENERATION_FAILED: (
        "Ideogram began this remix and could not finish it. It does not count against you and your cooldown is given "
        "back; please try again."
    ),
}

NOT_YOURS_TO_CANCEL = "Only the person who started a remix can cancel it."
TOO_LATE_TO_CANCEL = "Too late to cancel: it is already being made or done."
CANNOT_DELETE = {
    CannotDelete.NOT_YOURS: (
        "Only the person who started this remix, or somebody who may manage messages here, can delete it."
    ),
    CannotDelete.NOT_YET: "It is still being posted. Please try again in a moment.",
}
DELETED = "Deleted, and the result is no longer kept."
NOT_DELETED = "I could not delete the message just now. Please try again in a moment."
NOTHING_TO_COLLECT = "There is nothing to fetch: it was delivered already, or its pictures are no longer kept."
NO_REMIXES = "You have not made a remix in this server yet. Start with `/remix`."


_NO_COMPARISONS = {
    NoComparison.NOT_YOURS: (
        "Only the person who sent the picture can compare: it is theirs alone. "
        "**Details** shows you what the remix was made with."
    ),
    NoComparison.GONE: "The pictures of this remix are no longer kept, so there is nothing to compare.",
}
COMPARED = "-# Before and after. Only you can see the picture that you sent."
SOURCE_ALT_TEXT = "The picture that was sent"


def no_comparison(reason: NoComparison) -> str:
    return _NO_COMPARISONS[reason]


def status_text(status: JobStatus) -> str:  # noqa: PLR0911 - one sentence for each state
    """How a job stands, for its person alone."""
    job = status.job
    match job.state:
        case JobState.QUEUED:
            return _queued(status)
        case JobState.GENERATING:
            return f"**Making it now.** Done about {_expected(status)}."
        case JobState.GENERATED:
            return "**Made.** Posting it now." if job.due_at or job.lease else _kept(job)
        case JobState.DELIVERED:
            return _delivered(status)
        case JobState.CANCELLED:
            return _cancelled(status)
        case JobState.OUTCOME_UNKNOWN:
            return (
                "Ideogram did not answer, so nobody knows whether this remix was made. It does not count against you "
                f"and it is not repeated by itself; you can try again now. Reference: `{job.id}`."
            )
        case JobState.FAILED:
            failure = _FAILURES[job.failure_kind or FailureKind.REQUEST_REJECTED]
            return f"{failure} Reference: `{job.id}`.{_reason_of(status)}"


def ended_badly(job: Job) -> str:
    """In the channel, for somebody whose private reply is out of reach; why is told in private only."""
    return (
        f"<@{job.user_id}>, your remix from {timestamp(job.accepted_at)} did not work out. `/my-remixes` tells you why."
    )


def _cancelled(status: JobStatus) -> str:
    by = " by a moderator" if status.ended_by is not None else ""
    return f"**Cancelled{by}.** Nothing was charged and your cooldown is given back.{_reason_of(status)}"


def _reason_of(status: JobStatus) -> str:
    """The moderator's, who has ended it."""
    reason = status.ended_by.reason if status.ended_by is not None else None
    return f" Their reason:\n{quote(reason, _LONGEST_REASON)}" if reason else ""


def _queued(status: JobStatus) -> str:
    if (pause := status.pause or status.server_pause) is not None:
        who = "the person who runs me" if status.pause else "the moderators of this server"
        return (
            f"**Waiting.** Remixing is paused by {who}. Your remix keeps its place until "
            f"{timestamp(status.job.queue_until)}; nothing has been charged. Their reason:\n"
            f"{quote(pause.reason, _LONGEST_REASON)}"
        )
    if status.held:
        return (
            "**Waiting.** Ideogram takes no work from me at the moment. Your remix keeps its place until "
            f"{timestamp(status.job.queue_until)}; nothing has been charged."
        )
    ahead = status.place.ahead if status.place else 0
    place = "**You are next.**" if ahead == 0 else f"**Position {ahead + 1} in the queue.**"
    return f"{place} Done about {_expected(status)}."


def _expected(status: JobStatus) -> str:
    return timestamp(status.place.expected_at) if status.place else "soon"


def _kept(job: Job) -> str:
    return (
        f"**Made**, but I could not post it in <#{job.channel_id}>. It is paid and kept for you: "
        "use `/my-remixes` and press **Get it again**."
    )


def _delivered(status: JobStatus) -> str:
    links = [message_link(status.job.guild_id, post.channel_id, post.message_id) for post in status.posts]
    words = ["Go to the result", *(f"part {number}" for number in range(2, len(links) + 1))]
    return f"**Done.** {' · '.join(f'[{word}]({link})' for word, link in zip(words, links, strict=False))}".rstrip()


PRIVATELY = "**Done.** I cannot post in that channel any more, so here it is for you alone:"
COLLECTED = "Here it is, for you alone:"


def notes(withheld: int, lost: int) -> list[str]:
    """What the card says of images that are not on it."""
    told = []
    if withheld:
        told.append(f"{_images(withheld)} withheld by Ideogram's safety check.")
    if lost:
        told.append(f"{_images(lost)} could not be fetched.")
    return told


def _images(count: int) -> str:
    return "1 more image" if count == 1 else f"{count} more images"


MADE_TO_FIT = "Made smaller to fit this server's upload limit."


def options_line(job: Job, size: str | None, seeds: list[int]) -> str:
    """`Weight 60 · 2048x2048 · Turbo · Seed 12345`."""
    parts = [f"Weight {job.weight}" if job.weight is not None else "Weight automatic"]
    if size:
        parts.append(size)
    parts.append(job.speed.label)
    if seeds:
        parts.append(f"{'Seed' if len(seeds) == 1 else 'Seeds'} {', '.join(map(str, seeds))}")
    return " · ".join(parts)


def details(status: JobStatus) -> str:
    """What made a picture, for whoever asks. The prompt comes last: it may be long."""
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
    if job.copyright_check:
        facts.append("With copyright check")
    lines += [" · ".join(facts)] if facts else []
    return "\n".join([*lines, quote(job.prompt, PROMPT_IN_DETAILS)])


def list_entry(status: JobStatus) -> str:
    """One remix in /my-remixes."""
    job = status.job
    lines = [f"{timestamp(job.accepted_at)} · {_word(status)}", quote(job.prompt, _PROMPT_IN_LIST)]
    if job.state in {JobState.FAILED, JobState.OUTCOME_UNKNOWN}:
        lines.append(f"-# {status_text(status)}")
    return "\n".join(lines)


_WORDS = {
    JobState.GENERATING: "being made",
    JobState.DELIVERED: "done",
    JobState.FAILED: "did not work out",
    JobState.CANCELLED: "cancelled",
    JobState.OUTCOME_UNKNOWN: "outcome unknown",
}


def _word(status: JobStatus) -> str:
    job = status.job
    if job.state is JobState.QUEUED:
        return _waiting_word(status)
    if job.removed_at is not None:
        return "removed by the moderators"
    if job.state is JobState.GENERATED:
        return "being posted" if job.due_at or job.lease else "could not be posted, kept for you"
    if job.state is JobState.DELIVERED and status.posts:
        return _deleted_or_linked(status)
    return _WORDS[job.state]


def _waiting_word(status: JobStatus) -> str:
    if status.pause is not None:
        return "waiting, paused by the person who runs me"
    if status.server_pause is not None:
        return "waiting, paused by the moderators of this server"
    return f"waiting, position {status.place.ahead + 1 if status.place else 1}"


def _deleted_or_linked(status: JobStatus) -> str:
    post = status.posts[0]
    if post.deleted_at:
        return "deleted"
    return f"[done]({message_link(status.job.guild_id, post.channel_id, post.message_id)})"
