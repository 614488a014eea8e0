"""Finds what a new remix starts from when a member goes on from an earlier one: its source, or one of its results."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.rules.origins import Origin
from bot.rules.others_pictures import PictureOwner
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.rules.sets import ladder_of
from bot.rules.styles import Style
from bot.storage.drafts import drafts
from bot.storage.engine.database import Connection
from bot.storage.remixes import families, jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Result
from bot.storage.sets import sets
from bot.storage.standing import policies, styles
from bot.use_cases.core import Core
from bot.use_cases.remixes.gate_facts import Asker, TakenPicture

_WITHOUT_FORM = (Origin.AGAIN, Origin.LADDER)


@dataclass(frozen=True, slots=True)
class Start:
    """The earlier remix that a member goes on from, and what they want of it.

    `message_id`: the card that was clicked. `is_private`: the button was on a private reply instead, where authors go
    on from their own remixes. `channel_id`: where that card has to be, if its id came from a custom id: anyone can
    forge those. `request`: the new inputs; None repeats the earlier ones. `position`: which result becomes the source;
    None means the first one on that message. `speed`: of a ladder, whose price was named with it.
    """

    origin: Origin
    job_id: int
    message_id: int | None = None
    is_private: bool = False
    channel_id: int | None = None
    request: RemixRequest | None = None
    position: int | None = None
    speed: Speed | None = None

    @property
    def changes(self) -> bool:
        """Whether the inputs differ from the earlier ones."""
        return self.request is not None or self.origin is Origin.LADDER


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """The picture is the parent's source, or for `Origin.RESULT` its result at `position`."""

    job: Job
    picture_hash: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class FormStart:
    """What the form of Edit and Remix this shows. `positions`: the results to choose from."""

    job: Job
    policy: Policy
    positions: tuple[int, ...]
    styles: Sequence[Style] = ()


async def read_form_start(core: Core, start: Start, guild_id: int, user_id: int) -> FormStart | Refused:
    """One read, because Discord takes a form only as the first response, within 3 seconds."""

    def read(connection: Connection) -> FormStart | Refused:
        found = find_start(connection, start, guild_id, user_id)
        if isinstance(found, Refused):
            return found
        shown = tuple(result.position for result in _shown_results(connection, start))
        offered = list(styles.read(connection, guild_id).values())
        return FormStart(found.job, policies.read(connection, guild_id), shown, offered)

    return await core.database.read(read)


def find_start(connection: Connection, start: Start, guild_id: int, user_id: int) -> StartingPoint | Refused:
    """What the member can start from now, or why not."""
    job = jobs.find(connection, start.job_id)
    if job is None or job.guild_id != guild_id or families.removal_of(connection, job) is not None:
        return Refused(Reason.PICTURE_GONE)
    if not _is_offered(connection, job, start, user_id):
        return Refused(Reason.PICTURE_GONE)
    if start.origin is Origin.RESULT:
        return _find_result(connection, job, start)
    # The form would show the prompt of a hidden remix, and so would the list of whoever repeats it.
    if job.hidden and job.user_id != user_id:
        return Refused(Reason.RESULT_HIDDEN)
    source_hash = job.source_hash
    if source_hash is None and job.user_id == user_id:
        source_hash = drafts.kept_source(connection, job.id)
    # Prompts are deleted too, and without its prompt a remix cannot be repeated, nor at other weights.
    if source_hash is None or (start.origin in _WITHOUT_FORM and not job.prompt):
        return Refused(Reason.PICTURE_GONE)
    return StartingPoint(job, source_hash)


def _is_offered(connection: Connection, job: Job, start: Start, user_id: int) -> bool:
    """Whether the button belongs to that job: a restored backup can give the number of an old card to another job."""
    if start.is_private:
        return job.user_id == user_id
    posts = results.posts_of(connection, job.id)
    seen = {post.message_id for post in posts if start.channel_id in (None, post.channel_id)}
    return start.message_id is None or start.message_id in seen


def asker_of_family(connection: Connection, asker: Asker, parent: Job) -> Asker | Refused:
    """The asker with the picture of the earlier remix. Refused: it was posted in another channel, and stays there.

    That channel may be private or age-restricted, and `/my-remixes` has the buttons everywhere.
    """
    channel_id = parent.source_channel_id
    if channel_id is not None and channel_id != asker.channel_id:
        return Refused(Reason.PICTURE_STAYS, channels=(channel_id,))
    owner_id = families.owner_of(connection, parent)
    if owner_id is None:
        return asker
    return replace(asker, taken=TakenPicture(PictureOwner(owner_id, is_family=True)))


def picture_of(asker: Asker, parent: Job | None) -> dict[str, Any]:
    """Whose picture it is and where it was posted, if it was not sent. Everything made of it keeps that."""
    if parent is not None:
        return {
            "source_author_id": parent.source_author_id,
            "source_channel_id": parent.source_channel_id,
            "source_message_id": parent.source_message_id,
        }
    if (taken := asker.taken) is None:
        return {}
    return {
        "source_author_id": taken.owner.user_id,
        "source_channel_id": taken.channel_id,
        "source_message_id": taken.message_id,
    }


def _find_result(connection: Connection, job: Job, start: Start) -> StartingPoint | Refused:
    if job.hidden:
        return Refused(Reason.RESULT_HIDDEN)
    for result in _shown_results(connection, start):
        if result.hash is not None and start.position in (None, result.position):
            return StartingPoint(job, result.hash, result.position)
    return Refused(Reason.PICTURE_GONE)


def _shown_results(connection: Connection, start: Start) -> list[Result]:
    """The stored results on that message, or all of the job if it was not clicked on a card."""
    posts = results.posts_of(connection, start.job_id)
    shown = {post.message_id: post.positions for post in posts}.get(start.message_id or 0)
    kept = [result for result in results.of_job(connection, start.job_id) if result.hash is not None]
    return [result for result in kept if shown is None or result.position in shown]


def requests_of(start: Start, parent: Job) -> tuple[RemixRequest, ...]:
    """The form does not ask about the copyright check, so that one stays as it was.

    Again on one picture of several makes one: nobody has named another price.
    """
    if start.request is not None:
        return (replace(start.request, copyright_check=parent.request.copyright_check),)
    once = replace(parent.request, images=1)
    return ladder_of(replace(once, speed=start.speed or once.speed)) if start.origin is Origin.LADDER else (once,)


def hidden_before(connection: Connection, parent: Job) -> Job | None:
    """The earlier remix that is hidden: the parent, or the first one with its picture.

    A parent that was handed over privately shows nothing to hide, but its author could post its picture once more.
    """
    if parent.hidden or parent.root_id is None:
        return parent if parent.hidden else None
    root = jobs.find(connection, parent.root_id)
    return root if root is not None and root.hidden and root.removed_at is None else None


def refused_start(connection: Connection, asker: Asker, start: Start | None) -> Refused | None:
    if start is None:
        return None
    # Asked in the transaction that queues: a moderator may have removed or hidden it since its picture was read.
    found = find_start(connection, start, asker.guild_id, asker.user_id)
    if isinstance(found, Refused):
        return found
    if start.origin is Origin.AGAIN and jobs.find_active_repeat(connection, asker.user_id, start.job_id):
        return Refused(Reason.AGAIN_ALREADY_OPEN)
    # A double click would cost eight calls.
    if start.origin is Origin.LADDER and sets.is_ladder_waiting(connection, asker.user_id, start.job_id):
        return Refused(Reason.LADDER_ALREADY_OPEN)
    return None


def refused_draft(connection: Connection, asker: Asker, now: datetime) -> Refused | None:
    """The refusal of a click that goes on from what was typed before, and is no longer kept."""
    # Asked in the transaction that queues, and deleted there: two clicks make one remix.
    if asker.draft_id is None or drafts.find(connection, asker.draft_id, asker.guild_id, asker.user_id, now):
        return None
    return Refused(Reason.DRAFT_GONE)
