"""The steps of a remix and how far it probably is, under the sentence of the private reply; why it was not posted."""

from bot.rules.job_states import JobState
from bot.use_cases.remixes.job_status import JobStatus

_STEPS = {
    JobState.QUEUED: "-# **\u25b8 Queued** · Making · Posting",
    JobState.GENERATING: "-# \u2713 Queued · **\u25b8 Making** · Posting",
    JobState.GENERATED: "-# \u2713 Queued · \u2713 Made · **\u25b8 Posting**",
}
HELD_BACK = (
    "a word in its prompt is one that the moderators of this server don't allow, or look at first. So I haven't posted "
    "it."
)
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
