"""Jobs and statuses as the database would give them, for what is told of them."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from bot.rules.estimates import Estimate, Readiness
from bot.rules.job_states import JobState
from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.queue_facts import Place
from bot.storage.remixes.results import Post, Result
from bot.use_cases.remixes.job_status import JobStatus

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
QUEUED = Job(
    id=7,
    interaction_id=1_300_000_000_000_000_000,
    guild_id=11,
    channel_id=22,
    parent_channel_id=None,
    user_id=33,
    reply_token="a-token",
    state=JobState.QUEUED,
    turn=1,
    request=RemixRequest("a red fox", weight=60, speed=Speed.TURBO),
    spoiler=False,
    source_hash="ab" * 32,
    source_format="png",
    origin=Origin.UPLOAD,
    parent_id=None,
    parent_position=None,
    root_id=None,
    accepted_at=NOW,
    due_at=NOW,
    queue_until=NOW + timedelta(hours=1),
    attempts=0,
    lease=None,
    generating_at=None,
    generated_at=None,
    posting_at=None,
    finished_at=None,
    failure_kind=None,
    hidden=False,
    removed_at=None,
)


def job(**changes: object) -> Job:
    """A queued job with these changes, to its row or to its request."""
    options = {each.name: changes.pop(each.name) for each in fields(RemixRequest) if each.name in changes}
    return replace(QUEUED, request=replace(QUEUED.request, **options), **changes)


def result(position: int = 0, **changes: object) -> Result:
    made = Result(position, safe=True, seed=1000 + position, resolution="2048x2048", hash="cd" * 32)
    return replace(made, **changes)


def status(of: Job, **changes: object) -> JobStatus:
    return JobStatus(of, **{"read_at": NOW} | changes)


def place(ahead: int) -> Place:
    return Place(ahead, Estimate(Readiness.EXPECTED, NOW + timedelta(minutes=2)))


def post(part: int = 0, *, deleted: bool = False) -> Post:
    return Post(part, channel_id=22, message_id=500 + part, positions=(part,), deleted_at=NOW if deleted else None)
