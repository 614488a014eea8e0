"""Posts one picture of a set on a card of its own, once. Nothing is paid for it."""

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from weakref import WeakValueDictionary

import structlog

from bot.rules.gate import decide_again
from bot.rules.job_states import JobState
from bot.rules.membership import Membership
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.database import Connection
from bot.storage.remixes import families, jobs, post_changes, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.storage.sets import picks, sets
from bot.use_cases.core import Core
from bot.use_cases.listed_pictures import judging
from bot.use_cases.ports import ChannelClosedError, Delivery, Part, PostFailedError, ResultPoster
from bot.use_cases.remixes.fetch_results import load_delivery
from bot.use_cases.remixes.gate_facts import Asker, read_standing
from bot.use_cases.remixes.submitting.allowed_once import still_allowed
from bot.use_cases.remixes.submitting.pictures_since import refused_picture
from bot.use_cases.surely import transaction_surely

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pick:
    """A click on a number of a grid. `message_id`: the card; `number`: the picture's place on it, from 0."""

    job_id: int
    message_id: int
    number: int
    is_moderator: bool


@dataclass(frozen=True, slots=True)
class Picked:
    """`was_posted`: it had been picked before."""

    post: Post
    guild_id: int
    was_posted: bool


class NotPicked(StrEnum):
    """`LATER`: Discord did not take the post now. `CLOSED`: it will not."""

    LATER = "later"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class _Chosen:
    job: Job
    position: int
    look_first: bool


class PickResult:
    """The author of a set picks, and moderators do.

    The new card mentions the author, stands in their name and takes a place in the channel, so others may not put it
    there. They go on from the grid with Edit.
    """

    def __init__(self, core: Core, poster: ResultPoster, allowed_guild_ids: frozenset[int]) -> None:
        self._core = core
        self._poster = poster
        self._allowed_guild_ids = allowed_guild_ids
        # Two clicks at once wait for each other. The second one finds the post of the first. In two processes they do
        # not wait, and the nonce of the job and picture makes Discord answer both with the same message.
        self._locks: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()

    async def pick(self, asker: Asker, pick: Pick) -> Picked | Refused | NotPicked:
        async with self._locks.setdefault((pick.job_id, pick.number), asyncio.Lock()):
            choose = partial(self._core.database.transaction, self._choose, asker, pick)
            chosen = await judging(choose, self._core.prepare_picture)
            if isinstance(chosen, Picked | Refused):
                return chosen
            return await self._post(chosen)

    def _choose(self, connection: Connection, asker: Asker, pick: Pick) -> "_Chosen | Picked | Refused":
        found = _find(connection, asker.guild_id, pick)
        if isinstance(found, Refused):
            return found
        job, position = found
        if job.user_id != asker.user_id and not pick.is_moderator:
            return Refused(Reason.PICK_NOT_YOURS)
        if refused := self._refused(connection, asker, job, position):
            return refused
        post = picks.post_of(connection, job.id, position)
        if post is not None and post.deleted_at is None:
            return Picked(post, job.guild_id, was_posted=True)
        # On record before the post leaves: after a crash the next click looks for it first.
        is_new = picks.begin(connection, job.id, position, self._core.clock())
        return _Chosen(job, position, look_first=not is_new)

    def _refused(self, connection: Connection, asker: Asker, job: Job, position: int) -> Refused | None:
        """A post is no remix, so no limit is asked. Blocks, pauses, locks and roles hold for it too.

        Raises PictureUnknownError.
        """
        if asker.missing_permissions:
            return Refused(Reason.CHANNEL_FORBIDDEN, missing=asker.missing_permissions)
        standing = read_standing(connection, asker.guild_id, asker.user_id, asker.channel_ids, self._allowed_guild_ids)
        found = self._core.words.judge_again(connection, job)
        standing = replace(standing, words=still_allowed(connection, job, found))
        shown = results.of_job(connection, job.id)
        hashes = [each.hash for each in shown if each.position == position or job.set_id is not None]
        if refused := refused_picture(self._core, connection, job, hashes):
            return refused
        member = Membership(asker.role_ids, asker.joined_at, asker.timed_out_until, asker.manages_server)
        return decide_again(standing, self._core.clock(), member)

    async def _post(self, chosen: _Chosen) -> Picked | Refused | NotPicked:
        delivery = await self._load(chosen)
        if not delivery.pictures:
            return Refused(Reason.PICTURE_GONE)
        part = Part(picks.FIRST_PART + chosen.position, delivery.pictures)
        try:
            post = await self._poster.post(delivery, part)
        except PostFailedError as error:
            log.warning("a picked result is not posted", job=chosen.job.id, reason=str(error))
            return NotPicked.LATER
        except ChannelClosedError as error:
            log.warning("a picked result cannot be posted", job=chosen.job.id, reason=str(error))
            return NotPicked.CLOSED
        await transaction_surely(self._core.database, self._record, chosen.job, post)
        self._core.news.post_change_due()
        return Picked(post, chosen.job.guild_id, was_posted=False)

    async def _load(self, chosen: _Chosen) -> Delivery:
        answered = await self._core.database.read(results.of_job, chosen.job.id)
        # Of a ladder all pictures of that call, of several images only that one.
        wanted = [each for each in answered if chosen.job.set_id is not None or each.position == chosen.position]
        loaded = await self._core.blobs.in_thread(load_delivery, self._core.blobs, chosen.job, wanted)
        return replace(loaded, look_first=chosen.look_first)

    def _record(self, connection: Connection, shown: Job, post: Post) -> None:
        now = self._core.clock()
        results.add_post(connection, shown.id, post, now)
        current = jobs.get(connection, shown.id)
        if current.removed_at is not None or current.hidden != shown.hidden:
            post_changes.mark_due(connection, shown.id, now)


def _find(connection: Connection, guild_id: int, pick: Pick) -> tuple[Job, int] | Refused:
    """The job and the position of the picture with that number, if that message shows it."""
    shows = jobs.find(connection, pick.job_id)
    if shows is None or shows.guild_id != guild_id or shows.state is not JobState.DELIVERED:
        return Refused(Reason.PICTURE_GONE)
    grid = [post for post in results.posts_of(connection, shows.id) if not picks.is_pick(post)]
    if pick.number not in {n for post in grid if post.message_id == pick.message_id for n in post.positions}:
        return Refused(Reason.PICTURE_GONE)
    is_in_set = shows.set_id is not None
    job = next((each for each in sets.with_siblings(connection, shows) if each.set_position == pick.number), None)
    job, position = (job, 0) if is_in_set else (shows, pick.number)
    # Of a picture that was made late, the only one on its card, the number is that of the first one of the set.
    if job is None or job.removed_at is not None or job.state is not JobState.DELIVERED:
        return Refused(Reason.PICTURE_GONE)
    if families.stopped_by(connection, job):
        return Refused(Reason.PICTURE_OWNER_OPTED_OUT)
    return Refused(Reason.RESULT_HIDDEN) if job.hidden else (job, position)
