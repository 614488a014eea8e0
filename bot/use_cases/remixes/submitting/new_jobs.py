"""What a job is made of: the request, its picture, who asks and where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.rules.origins import Origin
from bot.rules.others_pictures import RequestState
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.reviews import Review
from bot.rules.sets import Amount
from bot.storage.consent import picture_requests
from bot.storage.engine.database import Connection
from bot.storage.remixes.jobs import Job, NewJob
from bot.use_cases.remixes.gate_facts import Asker
from bot.use_cases.remixes.starting_points import Start, picture_of


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A stored picture that can be sent to Ideogram; its size in pixels."""

    hash: str
    format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class NewRemix:
    """What the transaction needs to queue a job, or a set of several: one for each request."""

    requests: tuple[RemixRequest, ...]
    spoiler: bool
    source_hash: str
    source_format: str
    start: Start | None = None
    position: int | None = None
    size: tuple[int, int] = (1, 1)

    @property
    def amount(self) -> Amount:
        return Amount(len(self.requests), self.requests[0].images)


def new_job(
    asker: Asker, new: NewRemix, parent: Job | None, starts_at: datetime | None, queue_until: datetime
) -> NewJob:
    """`parent`: the earlier remix that the member goes on from."""
    return NewJob(
        interaction_id=asker.interaction_id,
        guild_id=asker.guild_id,
        channel_id=asker.channel_id,
        parent_channel_id=asker.parent_channel_id,
        user_id=asker.user_id,
        reply_token=asker.reply_token,
        request=new.requests[0],
        spoiler=new.spoiler or asker.in_spoiler_channel,
        source_hash=new.source_hash,
        source_format=new.source_format,
        queue_until=queue_until,
        starts_at=starts_at,
        origin=new.start.origin if new.start else Origin.UPLOAD,
        parent_id=new.start.job_id if new.start else None,
        parent_position=new.position,
        root_id=parent.root if parent is not None else None,
        **picture_of(asker, parent),
    )


def uses_up_consent(connection: Connection, asker: Asker) -> Refused | None:
    """Asked in the transaction that queues: one yes is one remix, and a no or the end of the day comes in time."""
    if asker.taken is None or asker.taken.request_id is None:
        return None
    granted = picture_requests.try_decide(connection, asker.taken.request_id, RequestState.GRANTED)
    return None if granted else Refused(Reason.PICTURE_NEEDS_CONSENT)


def reviewed(review: Review | None) -> dict[str, Any]:
    """Why moderators look at the result first, as the job keeps it."""
    return {} if review is None else {"review": review.reason, "review_word": review.word}
