"""What people read about remixes that moderators look at before they are posted."""

from collections.abc import Mapping

from bot.discord_app.kit.text import day_and_time, plain, quote
from bot.discord_app.moderation.words import ReasonFormWords
from bot.discord_app.remixes.failure_words import FAILURES
from bot.discord_app.remixes.refusal_words import REFUSALS
from bot.discord_app.remixes.words import options_line
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.refusals import Refused
from bot.rules.reviews import ReviewReason
from bot.storage.remixes.jobs import Job
from bot.use_cases.review.decide_review import GIVES_POINTS, Decided, NotDecided, Outcome

PUBLISH = "Publish"
REFUSE = "Refuse"
REFUSE_FORM = ReasonFormWords("Refuse this remix", "Its author reads it. It stays in the case.")
_LONGEST_PROMPT = 800
NO_REASON = "Please say why: its author reads it. Nothing was changed."
NOTHING_TO_SEE = "It isn't waiting for the moderators any more. `/my-remixes` shows how it stands."
ONLY_YOU = "Only you and the moderators can see this until they've decided:"
NO_PICTURE = "I can't read its picture right now. Please try again in a moment."

_WHY: Mapping[ReviewReason, str] = {
    ReviewReason.CHANNEL: "everything in this channel is reviewed",
    ReviewReason.NEWCOMER: "a new member",
    ReviewReason.WORD: "a word in its prompt",
    ReviewReason.PICTURE: "it looks like a picture that isn't allowed here",
    ReviewReason.RAID: "raid mode",
}
_OUTCOMES: Mapping[str, str] = {Outcome.PUBLISHED: "Published", Outcome.REFUSED: "Refused"}
_NOT_DECIDED: Mapping[NotDecided, str] = {
    NotDecided.OVER: "Somebody has decided it already, or it has ended. Nothing was changed.",
    NotDecided.OWN: "It's your own remix, so other moderators decide about it.",
    NotDecided.STOPPED: "Its picture was removed, or the person whose picture it is wants no remixes of it. So it has "
    "ended, and it isn't posted.",
}


def head(job: Job) -> str:
    """Everybody who reads the log channel may read it."""
    why = _WHY[job.review] if job.review is not None else ""
    # Afterwards it is due for another reason: to be posted.
    ends_at = job.due_at if job.state is JobState.IN_REVIEW else None
    until = f" · until {day_and_time(ends_at)}" if ends_at is not None else ""
    return f"**Review** · remix `{job.id}` · <@{job.user_id}> in <#{job.channel_id}> · {why}{until}"


def details(job: Job) -> str:
    """For moderators alone."""
    word = [f"-# The word: ||{plain(job.review_word, _LONGEST_PROMPT)}||"] if job.review_word else []
    return "\n".join([quote(job.prompt, _LONGEST_PROMPT), f"-# {options_line(job, None)}", *word])


def outcome(code: str | None) -> str:
    if code is None or code in _OUTCOMES:
        return _OUTCOMES.get(code or "", "")
    short = FAILURES[FailureKind(code)].short
    return f"{short[0].upper()}{short[1:]}"


def published(done: Decided) -> str:
    job = done.decided[0]
    return (
        f"**Case {done.case.number}.** Published: I'm posting it in <#{job.channel_id}>, and its author is mentioned "
        "there."
    )


def refused(done: Decided) -> str:
    return (
        f"**Case {done.case.number}.** Refused. Its author reads your reason. It doesn't use one of their remixes"
        f"{', but gives them a point' if done.decided[0].review in GIVES_POINTS else ''}. What it cost stays spent."
    )


def cannot_publish(why: Refused) -> str:
    return f"I can't post it now: {REFUSALS[why.reason].short}. It goes on waiting, and you can refuse it."


def not_decided(why: NotDecided) -> str:
    return _NOT_DECIDED[why]
