"""Delivers a paid result: posts it once in the channel, else hands it over privately, else keeps it for its author."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.rules.gate import decide_posting
from bot.rules.job_states import JobState
from bot.rules.log_kinds import LogKind
from bot.rules.membership import Absent, Membership
from bot.rules.origins import Origin
from bot.rules.refusals import HELD_BACK, Reason, Refused
from bot.rules.retries import next_delivery
from bot.rules.reviews import ReviewReason
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.matters.matters import Matter
from bot.storage.remixes import claims, families, jobs, results
from bot.storage.remixes.jobs import Job
from bot.storage.review import held_back
from bot.storage.server_log import log_entries
from bot.storage.standing import words
from bot.use_cases.author_facts import AuthorFacts
from bot.use_cases.core import Core
from bot.use_cases.listed_pictures import judging
from bot.use_cases.ports import ChannelClosedError, Delivery, PostFailedError, ResultPoster
from bot.use_cases.remixes.endings import release_undelivered
from bot.use_cases.remixes.fetch_results import FetchResults, Missing, fail_lost
from bot.use_cases.remixes.gate_facts import ANY_SERVER, read_standing
from bot.use_cases.remixes.reviews.hold import hold
from bot.use_cases.remixes.sets.gather import finish_together, gather, keep_together
from bot.use_cases.remixes.submitting.pictures_since import refused_picture
from bot.use_cases.remixes.submitting.words_since import MemberUnknownError, note_review, with_words_since
from bot.use_cases.surely import transaction_surely

_NO_MEMBER = "the other processes do not count on this one"

log = structlog.get_logger(__name__)


class DeliverResult:
    """A failed delivery is tried again. It never leads to a second paid call."""

    def __init__(self, core: Core, fetch: FetchResults, poster: ResultPoster, authors: AuthorFacts) -> None:
        self._core = core
        self._fetch = fetch
        self._poster = poster
        self._authors = authors
        # What this process was told. What waits in the queue is put off for all processes, in `later`.
        self._limited_until: dict[int, datetime] = {}

    async def run(self, job: Job) -> None:
        """Deliver a claimed job as far as that is possible now. Its lease is released afterwards."""
        if job.removed_at is not None:
            await self._release(job, None)
            return
        delivery = await self._load(job)
        if delivery is None or (delivery := await self._with_its_set(delivery)) is None:
            return
        shown = await self._begin(delivery)
        if isinstance(shown, Matter):
            await self._report_held(delivery, shown)
        elif shown is not None:
            await self._post_or_keep(delivery, shown)

    async def _post_or_keep(self, delivery: Delivery, shown: Job | Refused) -> None:
        job = delivery.job
        if isinstance(shown, Refused):
            log.info("a result is kept for its author and not posted", job=job.id, reason=shown.reason)
        if isinstance(shown, Refused) or shown.removed_at is not None:
            await self._keep(delivery)
            return
        delivery = replace(delivery, job=shown)
        if shown.origin is Origin.RESULT:
            parent = await self._core.database.read(families.parent_of, shown)
            delivery = replace(delivery, parent=parent)
        try:
            await self._post(delivery)
        except PostFailedError as error:
            await self.later(job, str(error), error.retry_after)
        except ChannelClosedError as error:
            await self._privately_or_keep(delivery, str(error))
        else:
            await self._delivered(delivery, "posted")

    async def _begin(self, delivery: Delivery) -> Job | Refused | Matter | None:
        """None: its pictures cannot be compared with the lists now, so it is tried again later."""
        job, prepare = delivery.job, self._core.prepare_picture
        try:
            for picture in delivery.pictures:
                # It is in memory: the store would have to be asked for it once more.
                await prepare(job.guild_id, picture.result.hash or "", picture.data)
            return await judging(partial(self._begin_as, delivery), prepare)
        except OSError as error:
            await self.later(job, f"pictures cannot be read: {error.strerror}")
            return None

    async def _begin_as(self, delivery: Delivery) -> Job | Refused | Matter:
        """Raises PictureUnknownError."""
        begin, job = self._core.database.transaction, delivery.job
        try:
            return await begin(self._begin_posting, delivery, await self._authors.ask(job), was_asked=False)
        except MemberUnknownError:
            member = await self._authors.look_up(job.guild_id, job.user_id)
            return await begin(self._begin_posting, delivery, member, was_asked=True)

    async def _report_held(self, delivery: Delivery, matter: Matter) -> None:
        log.info("a result waits for moderators", job=delivery.job.id, matter=matter.id)
        for each in (delivery.job, *delivery.companions):
            self._core.news.job_changed(each.id)
        self._core.news.post_change_due()

    async def _with_its_set(self, delivery: Delivery) -> Delivery | None:
        """With the pictures that are shown on the same card. None: it waits for them, or one of them shows it."""
        if delivery.job.set_id is None:
            return delivery
        try:
            return await gather(self._core, delivery)
        except OSError as error:
            await self.later(delivery.job, f"results cannot be read: {error.strerror}")
            return None

    async def _load(self, job: Job) -> Delivery | None:
        """None: its pictures cannot be had now, or never, and that is recorded."""
        fetched = await self._fetch.run(job)
        if fetched is Missing.LOST:
            return None
        if fetched is Missing.LATER:
            await self.later(job, "results not fetched yet")
            return None
        try:
            delivery = await self._fetch.load(job, fetched)
        except OSError as error:
            await self.later(job, f"results cannot be read: {error.strerror}")
            return None
        if not delivery.pictures:
            await transaction_surely(self._core.database, fail_lost, job, self._core.clock())
            self._core.news.job_changed(job.id)
            return None
        return delivery

    def _begin_posting(
        self, connection: Connection, delivery: Delivery, member: Membership | Absent | None, was_asked: bool
    ) -> Job | Refused | Matter:
        """Returns the job as it is now: it may have been hidden or removed since it was claimed.

        Refused: its author is gone, timed out or has lost their roles, or a word in its prompt or a picture is not
        allowed. So the result is only kept for them. A matter: moderators decide about it first. Raises
        PictureUnknownError.
        """
        job = delivery.job
        if not self._core.process.is_member(connection):
            raise DatabaseUnavailableError(_NO_MEMBER)
        current, now = jobs.get(connection, job.id), self._core.clock()
        if removal := families.stopped_by(connection, current):
            families.mark_removed(connection, job.id, removal, now)
            return jobs.get(connection, job.id)
        found = self._judge(connection, current, member, was_asked=was_asked)
        if not isinstance(found, Refused):
            found = self._judge_pictures(connection, delivery) or found
        if isinstance(found, Refused):
            if found.reason is Reason.PICTURE_BANNED:
                # Its author and the log must not read that a word was the reason.
                words.note_asked(connection, job.id, current.words_version, None, ReviewReason.PICTURE)
            if found.reason in HELD_BACK:
                held_back.note(connection, [job.id, *(each.id for each in delivery.companions)])
                log_entries.add_job(connection, job.id, LogKind.HELD_BACK, now)
            return found
        # A moderator's decision is not asked for twice.
        if found is not None and current.approved_at is None:
            return hold(connection, job, delivery.companions, found, now)
        # On record before the post leaves: after a crash the next attempt looks for the message before it posts.
        claims.mark_posting(connection, job, now)
        return current

    def _judge(
        self, connection: Connection, job: Job, member: Membership | Absent | None, *, was_asked: bool
    ) -> Refused | ReviewReason | None:
        """Why the result may not be posted, or why moderators look at it first."""
        if member is None and words.version(connection, job.guild_id) == job.words_version:
            # Nothing has changed since it was accepted.
            return job.review
        standing = read_standing(connection, job.guild_id, job.user_id, job.channel_ids, ANY_SERVER)
        standing = with_words_since(self._core, connection, standing, job, member, was_asked=was_asked)
        now = self._core.clock()
        refused = decide_posting(standing, now, member)
        if refused is not None:
            if refused.reason in HELD_BACK:
                word = refused.word or job.review_word or ""
                words.note_asked(connection, job.id, standing.words.version, word, job.review)
            return refused
        if standing.words.version == 0 or _is_begun(job):
            return job.review
        return note_review(connection, job, standing, member, now)

    def _judge_pictures(self, connection: Connection, delivery: Delivery) -> Refused | ReviewReason | None:
        """Its source too may have been listed since it was accepted. No moderator publishes what the operator lists."""
        shown = [picture.result.hash for picture in delivery.pictures]
        listed = refused_picture(self._core, connection, delivery.job, shown)
        if listed is None or listed.reason is Reason.PICTURE_BANNED:
            return listed
        return None if _is_begun(delivery.job) else ReviewReason.PICTURE

    async def _post(self, delivery: Delivery) -> None:
        job = delivery.job
        self._check_rate_limit(job.channel_id)
        posted = await self._core.database.read(results.posts_of, job.id)
        done = {position for post in posted for position in post.positions}
        # The server may have lost a boost level since the first part, and with it half of its file limit or more.
        left = [picture for picture in delivery.pictures if picture.result.position not in done]
        for part in await self._poster.plan(replace(delivery, pictures=left)) if left else ():
            self._require_may_act()
            post = await self._poster.post(delivery, part)
            await transaction_surely(self._core.database, results.add_post, job.id, post, self._core.clock())

    def _require_may_act(self) -> None:
        """Raises PostFailedError: another process may be about to post this."""
        if not self._core.process.may_act:
            raise PostFailedError(_NO_MEMBER)

    def _check_rate_limit(self, channel_id: int) -> None:
        """Raises PostFailedError without asking Discord: this result was made after the others there were put off."""
        until, now = self._limited_until.get(channel_id), self._core.clock()
        if until is not None and now < until:
            raise PostFailedError("the channel is rate limited", (until - now).total_seconds())
        self._limited_until.pop(channel_id, None)

    async def _privately_or_keep(self, delivery: Delivery, reason: str) -> None:
        log.warning("a result cannot be posted in its channel", job=delivery.job.id, reason=reason)
        try:
            self._require_may_act()
            handed_over = await self._poster.post_privately(delivery)
        except PostFailedError as error:
            await self.later(delivery.job, str(error), error.retry_after)
            return
        if handed_over:
            await self._delivered(delivery, "privately")
        else:
            await self._keep(delivery)

    async def _delivered(self, delivery: Delivery, cause: str) -> None:
        now = self._core.clock()
        delivered = await transaction_surely(self._core.database, finish_together, delivery, cause, now)
        self._core.news.job_changed(delivered.id)
        await self._delete_removed_posts(delivered)

    async def _keep(self, delivery: Delivery) -> None:
        """Until its author asks for it."""
        await self._release(delivery.job, None)
        if delivery.together:
            await transaction_surely(self._core.database, keep_together, delivery)
            for each in delivery.companions:
                self._core.news.job_changed(each.id)
        self._core.news.post_change_due()

    async def later(self, job: Job, reason: str, retry_after: float | None = None) -> None:
        """Release the job until the next attempt is due: `retry_after` seconds from now at the earliest."""
        now = self._core.clock()
        since = job.approved_at or job.generated_at or now
        due_at = next_delivery(job.attempts + 1, since, now, self._core.jitter(), retry_after)
        if retry_after is not None and due_at is not None:
            self._limited_until[job.channel_id] = now + timedelta(seconds=retry_after)
            # Discord limits the channel. Each other result there would be refused too, and refusals count:
            # https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
            await transaction_surely(self._core.database, claims.put_off_channel, job.channel_id, due_at)
        if due_at is not None and self._core.blobs.away_reason is not None:
            # The worker claims nothing until the pictures are back, and then at once.
            due_at = now
        log.warning("a result is not delivered yet", job=job.id, reason=reason, attempt=job.attempts + 1, due_at=due_at)
        await self._release(job, due_at)

    async def _release(self, job: Job, due_at: datetime | None) -> None:
        attempts, now = job.attempts + 1, self._core.clock()
        released = await transaction_surely(self._core.database, _release_in, job, due_at, attempts=attempts, now=now)
        self._core.news.job_changed(job.id)
        await self._delete_removed_posts(released)

    async def _delete_removed_posts(self, job: Job) -> None:
        """Delete what reached the channel while it was being removed. If Discord refuses, it is tried again later."""
        if job.removed_at is None:
            return
        for post in await self._core.database.read(results.posts_of, job.id):
            if post.deleted_at is None and await self._poster.take_down(post):
                await self._core.database.transaction(
                    results.mark_message_deleted, job.id, post.message_id, self._core.clock()
                )


def _release_in(connection: Connection, job: Job, due_at: datetime | None, *, attempts: int, now: datetime) -> Job:
    """A moderator who published it reads in the log that it is only kept for its author."""
    released = release_undelivered(connection, job, due_at, attempts=attempts, now=now)
    is_kept = released.state is JobState.GENERATED and released.due_at is None and released.lease is None
    if is_kept and released.approved_at is not None:
        log_entries.add_job(connection, job.id, LogKind.HELD_BACK, now)
    return released


def _is_begun(job: Job) -> bool:
    """What was about to be posted before the server wanted to look at it may be in the channel already."""
    return job.posting_at is not None and job.review is None
