"""The steps of a remix and how far it probably is, under the sentence of the private reply; why it was not posted."""

from collections.abc import Mapping

from bot.discord_app.kit.text import day_and_time
from bot.rules.estimates import Readiness
from bot.rules.failures import ProviderProblem
from bot.rules.job_states import JobState
from bot.rules.reviews import ReviewReason
from bot.storage.remixes.jobs import Job
from bot.use_cases.remixes.job_status import JobStatus

_STEPS = {
    JobState.QUEUED: "-# **\u25b8 Queued** · Making · Posting",
    JobState.GENERATING: "-# \u2713 Queued · **\u25b8 Making** · Posting",
    JobState.IN_REVIEW: "-# \u2713 Queued · \u2713 Made · **\u25b8 Review** · Posting",
    JobState.GENERATED: "-# \u2713 Queued · \u2713 Made · **\u25b8 Posting**",
}
HELD_BACK = "a word in its prompt is one that the moderators of this server don't allow. So I haven't posted it."
HELD_BACK_PICTURE = "it's like a picture that isn't allowed. So I haven't posted it."
WAITS_FOR_MODERATORS = "**Made.** The moderators of this server look at it before it's posted."
REVIEWED_FIRST = "-# The moderators of this server look at it before it's posted."


def in_review(status: JobStatus) -> str:
    """For its author, while moderators decide."""
    until = f" They have until {day_and_time(status.job.due_at)}." if status.job.due_at else ""
    return f"{WAITS_FOR_MODERATORS} Until then only you and they can see it.{until}"


def not_posted(job: Job) -> str:
    """Why a result that is made is only kept for its author."""
    if job.approved_at is None and job.review_word is not None:
        return HELD_BACK
    if job.approved_at is None and job.review is ReviewReason.PICTURE:
        return HELD_BACK_PICTURE
    return f"I couldn't post it in <#{job.channel_id}>."


READY: Mapping[Readiness, str] = {
    Readiness.UNMEASURED: "",
    Readiness.SOON: "Should be ready any moment now.",
    Readiness.LATE: "Ideogram is taking longer than usual.",
}
TROUBLES: Mapping[ProviderProblem, str] = {
    ProviderProblem.RATE_LIMITED: "Ideogram is busy right now, and I keep trying.",
    ProviderProblem.UNREACHABLE: "I can't reach Ideogram right now, and I keep trying.",
}
_FULL, _EMPTY = "\u25b0", "\u25b1"


def progress(status: JobStatus) -> str:
    """Empty if nothing more happens without its author."""
    job = status.job
    steps = _STEPS.get(job.state)
    if steps is None or (job.state is JobState.GENERATED and job.due_at is None and job.lease is None):
        return ""
    tenths = status.tenths_done
    if tenths is None:
        return steps
    # Ideogram says nothing about how far it is, so this is no measurement of this remix.
    bar = _FULL * tenths + _EMPTY * (10 - tenths)
    return f"{steps}\n{bar} about {tenths * 10}%\n-# An estimate from how long the last remixes took"
