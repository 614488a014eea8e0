"""Accepts or refuses a remix: asks the gate, prepares the picture, and queues the job in one transaction."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from weakref import WeakValueDictionary

from bot.images.files.plain_header import read_plain_header
from bot.images.pictures import PreparedSource
from bot.rules import gate
from bot.rules.appeals import MOST_TOLD
from bot.rules.broken_pictures import BROKEN, BrokenPictures
from bot.rules.cases import CaseKind
from bot.rules.limits import grants_needed
from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest, check_shape
from bot.rules.reviews import Review
from bot.rules.sets import ONE, Amount, ladder_of
from bot.rules.styles import Style, speed_of
from bot.storage.appeals import appeals
from bot.storage.appeals.appeals import Appeal
from bot.storage.drafts import drafts
from bot.storage.engine.blobs.store import BlobMissingError, name_of
from bot.storage.engine.database import Connection, DatabaseAwayError, DatabaseUnavailableError
from bot.storage.moderation import case_jobs, unread_cases
from bot.storage.moderation.unread_cases import Unread
from bot.storage.remixes import jobs, ledger, quotas
from bot.storage.remixes.jobs import Job, NewJob
from bot.storage.sets.sets import add_together
from bot.storage.standing import styles
from bot.use_cases.core import Core
from bot.use_cases.count_refusals import counts_refusals
from bot.use_cases.listed_pictures import judging
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.read_automod import ReadAutoMod
from bot.use_cases.remixes.gate_facts import (
    Asker,
    Wanted,
    read_cooldown_end,
    read_standing,
    read_submission,
    refused_to_wait,
    refused_unstored,
)
from bot.use_cases.remixes.starting_points import (
    Start,
    StartingPoint,
    asker_of_family,
    find_start,
    hidden_before,
    refused_draft,
    refused_start,
    requests_of,
)
from bot.use_cases.remixes.submitting.allowed_once import judge, use_up
from bot.use_cases.remixes.submitting.new_jobs import NewRemix, StoredSource, new_job, reviewed, uses_up_consent
from bot.use_cases.remixes.submitting.refusals import note_refusal
from bot.use_cases.styles.apply_style import apply_style
from bot.use_cases.surely import until_known


@dataclass(frozen=True, slots=True)
class Look:
    """The gate's answer before the picture is downloaded, so that a refusal is quick.

    `speed`: the one asked for, else the server's default. `warnings`: moderators' warnings not read yet. `for_review`:
    moderators would look at the result before others see it. `ended`: appeals of theirs.
    """

    refused: Refused | None
    speed: Speed
    warnings: Sequence[Unread] = ()
    for_review: bool = False
    ended: Sequence[Appeal] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the gate says. `from_grants`: how many of the remixes use up a grant. `review`: see `find_review`.

    `allowances`: see `allowed_once.Judged`.
    """

    refused: Refused | None
    speed: Speed
    from_grants: int
    review: Review | None
    words_version: int
    allowances: Sequence[int]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The remix is queued and committed. `job` is as it was then. `was_animated`: only its first frame is used."""

    job: Job
    was_animated: bool = False


class SubmitRemix:
    """The only way to queue a remix."""

    automod: ReadAutoMod | None = None
    """What reads a server's AutoMod rules from Discord. None: what is known of them holds."""

    def __init__(self, core: Core, rules: OperatorRules, *, free_bytes: Callable[[], int]) -> None:
        self._core = core
        self._rules = rules
        self._free_bytes = free_bytes
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._broken = BrokenPictures()
        self._stopping = False

    def stop(self) -> None:
        """Refuse every remix from now on, because the bot is shutting down."""
        self._stopping = True

    @counts_refusals
    async def look(
        self,
        asker: Asker,
        speed: Speed | None,
        style_name: str | None = None,
        amount: Amount = ONE,
        prompt: str | None = None,
    ) -> Look:
        """Ask the gate without queueing anything. `speed` None: that of the style, else the server's."""
        if refused := await self._closed():
            return Look(refused, speed or Speed.DEFAULT)
        if self.automod is not None:
            await self.automod.keep_fresh(asker.guild_id)
        try:
            await self._core.words.prepare(self._core.database, asker.guild_id, prompt or "")
            look = await self._core.database.read(self._look, asker, speed, style_name, amount, prompt)
            await self._record(asker, look.refused, prompt)
        except DatabaseUnavailableError as error:
            away = isinstance(error, DatabaseAwayError)
            return Look(Refused(Reason.DATABASE_AWAY if away else Reason.DISK_FULL), speed or Speed.DEFAULT)
        self._report(asker, look.refused)
        return look

    async def _closed(self) -> Refused | None:
        """The refusal that everybody gets at the moment, if there is one."""
        if self._stopping:
            return Refused(Reason.BOT_STOPPING)
        if self._core.blobs.away_reason is not None:
            return Refused(Reason.PICTURES_AWAY)
        free = await asyncio.to_thread(self._free_bytes)
        return Refused(Reason.DISK_FULL) if free < self._rules.min_free_bytes else None

    def _look(
        self,
        connection: Connection,
        asker: Asker,
        speed: Speed | None,
        style_name: str | None,
        amount: Amount,
        prompt: str | None,
    ) -> Look:
        warnings = unread_cases.find_unread(connection, asker.guild_id, asker.user_id)
        ended = appeals.unread(connection, asker.user_id, asker.guild_id, MOST_TOLD)
        if job := jobs.find_by_interaction(connection, asker.interaction_id):
            # Discord delivered the interaction twice, and the first one was accepted.
            return Look(None, job.speed, warnings, ended=ended)
        style = styles.find(connection, asker.guild_id, style_name) if style_name else None
        sent = (
            None if prompt is None else RemixRequest(prompt, style_ending=style.ending if style else None).sent_prompt
        )
        answer = self._ask_gate(connection, asker, speed, self._core.clock(), amount, sent, style)
        refused = answer.refused or (Refused(Reason.STYLE_UNKNOWN) if style_name and style is None else None)
        return Look(refused, answer.speed, warnings, answer.review is not None, ended)

    @counts_refusals
    async def submit(
        self, asker: Asker, request: RemixRequest, picture: bytes, *, spoiler: bool, ladder: bool = False
    ) -> Accepted | Refused:
        """Queue a remix of that uploaded picture, or a ladder of them, all or none. Call `look` before reading it."""
        if refused := await self._closed():
            return refused
        source = await self._core.pictures.prepare(picture, self._rules.source, asker.user_id)
        if isinstance(source, Refused):
            await self._count_broken(asker, source)
            return source
        requests = ladder_of(request) if ladder else (request,)
        # All of a ladder have a weight and the same size.
        if refused := check_shape(requests[0], source.width, source.height):
            return refused
        try:
            outcome = await self._store_and_queue(asker, requests, source, spoiler=spoiler)
        except (OSError, DatabaseUnavailableError) as error:
            return refused_unstored(error)
        return replace(outcome, was_animated=source.was_animated) if isinstance(outcome, Accepted) else outcome

    @asynccontextmanager
    async def turn_of(self, asker: Asker, speed: Speed) -> AsyncIterator[Refused | None]:
        """Hold it while a picture of that person is read and submitted: one at a time.

        The gate lets in twelve commands that come at once, because none of them is accepted yet. So whoever had to wait
        is asked again, before anything of theirs is read or decoded.
        """
        turn = self._turns.setdefault(asker.user_id, asyncio.Lock())
        waits = turn.locked()
        async with turn:
            yield (await self.look(asker, speed)).refused if waits else None

    async def _count_broken(self, asker: Asker, refused: Refused) -> None:
        """A broken picture costs up to seconds of decoding, so from the third on it starts the cooldown."""
        now = self._core.clock()
        if refused.reason in BROKEN and self._broken.add(asker.user_id, now):
            await self._core.database.transaction(ledger.start_cooldown_of, asker.guild_id, asker.user_id, now)

    async def _store_and_queue(
        self, asker: Asker, requests: tuple[RemixRequest, ...], source: PreparedSource, *, spoiler: bool
    ) -> Accepted | Refused:
        await self._core.words.prepare(self._core.database, asker.guild_id, requests[0].prompt)
        await self._core.prepare_picture(asker.guild_id, name_of(source.data), source.data, asker.user_id)
        hash_ = await self._core.blobs.in_thread(self._core.blobs.put, source.data)
        new = NewRemix(requests, spoiler, hash_, source.format.value, size=(source.width, source.height))
        outcome = await self._queue(asker, new)
        self._report(asker, outcome)
        return outcome

    async def _queue(self, asker: Asker, new: NewRemix) -> Accepted | Refused:
        # Tried again while it is unknown whether it was stored: it finds the job by the interaction if it was.
        accept = partial(until_known, partial(self._core.database.transaction, self._accept, asker, new))
        return await judging(accept, self._core.prepare_picture)

    @counts_refusals
    async def submit_from(self, asker: Asker, start: Start) -> Accepted | Refused:
        """Queue a remix that goes on from an earlier one, for the member who asks now."""
        if refused := await self._closed():
            return refused
        if self.automod is not None:
            await self.automod.keep_fresh(asker.guild_id)
        try:
            outcome = await self._prepare_and_queue(asker, start)
        except BlobMissingError:
            return Refused(Reason.PICTURE_GONE)
        except (DatabaseUnavailableError, OSError) as error:
            return refused_unstored(error)
        self._report(asker, outcome)
        return outcome

    async def _prepare_and_queue(self, asker: Asker, start: Start) -> Accepted | Refused:
        prompt = start.request.sent_prompt if start.request is not None else ""
        await self._core.words.prepare(self._core.database, asker.guild_id, prompt)
        found = await self._core.database.read(self._look_at_start, asker, start)
        if isinstance(found, Refused):
            await self._record(asker, found, start=start)
            return found
        source = await self._source_of(asker, start, found)
        if isinstance(source, Refused):
            return source
        new = NewRemix(
            requests=requests_of(start, found.job),
            spoiler=found.job.spoiler,  # what goes on from a remix behind a spoiler is behind one too
            source_hash=source.hash,
            source_format=source.format,
            start=start,
            position=found.position,
            size=(source.width, source.height),
        )
        # Repeating what was accepted before needs no check.
        if start.changes and (refused := check_shape(new.requests[0], source.width, source.height)):
            return refused
        return await self._queue(asker, new)

    def _look_at_start(self, connection: Connection, asker: Asker, start: Start) -> StartingPoint | Refused:
        found = find_start(connection, start, asker.guild_id, asker.user_id)
        if isinstance(found, StartingPoint) and not jobs.find_by_interaction(connection, asker.interaction_id):
            of_family = asker_of_family(connection, asker, found.job)
            if isinstance(of_family, Refused):
                return of_family
            requests = requests_of(start, found.job)
            speed, sent, amount = requests[0].speed, requests[0].sent_prompt, Amount(len(requests))
            return self._ask_gate(connection, of_family, speed, self._core.clock(), amount, sent).refused or found
        return found

    async def _source_of(self, asker: Asker, start: Start, found: StartingPoint) -> StoredSource | Refused:
        """Raises BlobMissingError."""
        data = await self._core.blobs.in_thread(self._core.blobs.get, found.picture_hash)
        if start.origin is not Origin.RESULT:
            header = read_plain_header(data) if start.changes else None
            size = (header.width, header.height) if header else (1, 1)
            return StoredSource(found.picture_hash, found.job.source_format, *size)
        # A result may be larger than a source can be, and in another format.
        prepared = await self._core.pictures.prepare(data, self._rules.source, asker.user_id)
        if isinstance(prepared, Refused):
            return prepared
        hash_ = await self._core.blobs.in_thread(self._core.blobs.put, prepared.data)
        return StoredSource(hash_, prepared.format.value, prepared.width, prepared.height)

    def _report(self, asker: Asker, outcome: Accepted | Refused | None) -> None:
        # After the commit: the private reply must not show a job that is not stored.
        if isinstance(outcome, Accepted):
            self._core.news.job_changed(outcome.job.id)
        elif outcome is not None and outcome.by_rule:
            self._core.news.refused_by_rule(asker.guild_id)

    async def _record(
        self, asker: Asker, refused: Refused | None, prompt: str | None = None, start: Start | None = None
    ) -> None:
        """Raises DatabaseUnavailableError."""
        if refused is not None and refused.by_rule:
            await self._core.database.transaction(
                lambda connection: note_refusal(self._core, connection, asker, refused, prompt, start)
            )

    def _ask_gate(
        self,
        connection: Connection,
        asker: Asker,
        speed: Speed | None,
        now: datetime,
        amount: Amount,
        sent_prompt: str | None,
        style: Style | None = None,
        picture_hash: str | None = None,
    ) -> _Answer:
        """Only reads. Raises PictureUnknownError."""
        rules = self._rules
        standing = read_standing(connection, asker.guild_id, asker.user_id, asker.channel_ids, rules.allowed_guild_ids)
        judged = judge(self._core, connection, asker, sent_prompt, picture_hash, standing.policy)
        standing = replace(standing, words=judged.words, picture=judged.picture)
        speed = speed_of(standing.policy, speed, style)
        wanted = Wanted(rules.price(speed, amount), speed, amount)
        submission = read_submission(connection, asker, standing.policy, rules, wanted, now)
        refused = gate.decide(standing, submission, now)
        from_grants = grants_needed(submission.usage, submission.limits, now, amount.calls)
        review = gate.find_review(standing, submission.member, now)
        return _Answer(refused, speed, from_grants, review, judged.words.version, judged.allowances)

    def _accept(self, connection: Connection, asker: Asker, new: NewRemix) -> Accepted | Refused:
        now = self._core.clock()
        if job := jobs.find_by_interaction(connection, asker.interaction_id):
            return Accepted(job)
        parent = jobs.get(connection, new.start.job_id) if new.start else None
        refused = refused_draft(connection, asker, now) or refused_start(connection, asker, new.start)
        if refused:
            return refused
        requests = self._styled(connection, asker.guild_id, new)
        if isinstance(requests, Refused):
            return requests
        new = replace(new, requests=requests)
        gated = asker_of_family(connection, asker, parent) if parent is not None else asker
        if isinstance(gated, Refused):
            return gated
        starts_at = read_cooldown_end(connection, asker, self._rules, now) if asker.when_ready else None
        speed, sent = new.requests[0].speed, new.requests[0].sent_prompt
        answer = self._ask_gate(connection, gated, speed, now, new.amount, sent, picture_hash=new.source_hash)
        typed = new.requests[0].prompt
        note_refusal(self._core, connection, asker, answer.refused, typed, new.start, new.source_hash)
        refused = (
            answer.refused or refused_to_wait(connection, asker, starts_at, now) or uses_up_consent(connection, asker)
        )
        if refused:
            return refused
        first = new_job(asker, new, parent, starts_at, (starts_at or now) + self._rules.queue_age)
        first = replace(first, words_version=answer.words_version, **reviewed(answer.review))
        added = self._add(connection, replace(first, accepted_by=self._core.lease), new, parent, answer.from_grants)
        use_up(connection, answer.allowances, added[0])
        if starts_at is None:
            ledger.start_cooldown(connection, added[0], now)
        else:
            ledger.start_cooldown_later(connection, added[0], starts_at)
        if asker.draft_id is not None:
            drafts.forget(connection, asker.draft_id)
        return Accepted(added[0])

    def _add(
        self, connection: Connection, first: NewJob, new: NewRemix, parent: Job | None, from_grants: int
    ) -> Sequence[Job]:
        """`parent`: the earlier remix that the member goes on from."""
        now = self._core.clock()
        hidden = hidden_before(connection, parent) if parent is not None else None
        added = add_together(connection, replace(first, hidden=hidden is not None), new.requests, now)
        for number, job in enumerate(added):
            if hidden is not None:
                # What shows the earlier one again shows this one too.
                case_jobs.join_newest(connection, hidden, job, CaseKind.HIDE, now)
            price = self._rules.reservation(job.speed, job.request.images)
            ledger.reserve(connection, job, price, now, self._rules.ceilings)
            # The first ones fit in the quota, and the last ones use up the grants.
            quotas.use(connection, job, now, from_grant=number >= len(added) - from_grants)
        return added

    def _styled(self, connection: Connection, guild_id: int, new: NewRemix) -> tuple[RemixRequest, ...] | Refused:
        styled: list[RemixRequest] = []
        for each in new.requests:
            request = apply_style(connection, guild_id, each, new.size, self._rules.max_prompt_chars)
            if isinstance(request, Refused):
                return request
            styled.append(request)
        return tuple(styled)
