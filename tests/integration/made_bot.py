"""The bot as the product wires it, with a poster that records what is posted instead of a Discord client."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from itertools import count

import sqlalchemy as sa
from PIL import Image
from sqlalchemy.engine import Connection

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.ideogram.client import IdeogramClient
from bot.images.prepare import SourceLimits
from bot.remix_flow import build_remixes
from bot.rules.job_states import FINAL, JobState
from bot.rules.limits import Limits
from bot.rules.membership import Absent, Membership
from bot.rules.origins import Origin
from bot.rules.polling import Pace
from bot.rules.prices import Speed
from bot.rules.refusals import Refused
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process import Process
from bot.storage.engine.tables.remixes import reservations
from bot.storage.remixes import claims, holds, jobs, ledger, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.use_cases.core import Core, News
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.ports import Delivery, Part, PostFailedError, Redrawn
from bot.use_cases.remixes.gate_facts import Asker
from bot.use_cases.remixes.hand_over_kept import HandOverKept
from bot.use_cases.remixes.job_status import JobStatuses
from bot.use_cases.remixes.recover_jobs import recover_jobs
from bot.use_cases.remixes.starting_points import Start
from bot.use_cases.remixes.submit_remix import Accepted, SubmitRemix
from bot.use_cases.removal.change_posts import ChangePosts
from bot.use_cases.shared_calls import SharedCalls
from bot.worker.worker import Worker
from tests.integration.made_storage import Clock, events
from tests.pictures_here import PicturesHere

PRICES = {Speed.TURBO: 30_000, Speed.DEFAULT: 60_000, Speed.QUALITY: 100_000}
RULES = OperatorRules(
    limits=Limits(cooldown=timedelta(0), waiting_per_person=100, waiting=500),
    ceilings={},
    prices=PRICES,
    queue_age=timedelta(hours=1),
    source=SourceLimits(max_upload_bytes=1_000_000, max_file_bytes=1_000_000, max_pixels=1_000_000, max_side=1024),
    min_free_bytes=1,
)
SOON = Pace(1, shortest_s=0.01, longest_s=0.05)
"""Made for one slot, however many a test uses: the wait between two polls grows with the number of slots."""
_interactions = count(1)
_messages = count(9_000)


@cache
def picture(shade: int = 0) -> bytes:
    """A small PNG; each shade gives a different one."""
    file = BytesIO()
    Image.new("RGB", (48, 32), (shade % 256, shade // 256, 99)).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Posted:
    """One message that reached the channel."""

    job_id: int
    post: Post
    pictures: Sequence[bytes]
    delivery: Delivery


@dataclass(slots=True)
class Poster:
    """A channel that keeps each part that is posted once.

    `trouble`: what the next posts raise, in order; None lets one succeed. The next `unheard` posts reach the channel
    and raise nevertheless. Posts wait until `opens` is set. `removes` is called while a post is on its way.

    `redrawn` is what was changed later, with whether it was hidden then; nothing is while it `refuses`. `has_pictures`
    False: the messages have lost theirs. `while_redrawn` is called while a change is on its way.
    """

    in_a_message: int = 10
    trouble: list[Exception | None] = field(default_factory=list)
    unheard: int = 0
    opens: asyncio.Event | None = None
    reply_lives: bool = True
    posted: list[Posted] = field(default_factory=list)
    private: list[Delivery] = field(default_factory=list)
    looked: list[bool] = field(default_factory=list)
    taken_down: list[int] = field(default_factory=list)
    redrawn: list[tuple[int, bool]] = field(default_factory=list)
    refuses: bool = False
    has_pictures: bool = True
    while_redrawn: Callable[[], Awaitable[object]] | None = None
    removes: Callable[[], Awaitable[object]] | None = None

    async def plan(self, delivery: Delivery) -> Sequence[Part]:
        pictures, size = delivery.pictures, self.in_a_message
        groups = [pictures[start : start + size] for start in range(0, len(pictures), size)]
        return [Part(group[0].result.position, group) for group in groups]

    async def post(self, delivery: Delivery, part: Part) -> Post:
        self.looked.append(delivery.look_first)
        if self.opens is not None:
            await self.opens.wait()
        if self.removes is not None:
            await self.removes()
        error = self.trouble.pop(0) if self.trouble else None
        if error is not None:
            raise error
        known = [made.post for made in self.posted if (made.job_id, made.post.part) == (delivery.job.id, part.number)]
        post = known[0] if known else Post(part.number, delivery.job.channel_id, next(_messages), part.positions)
        if not known:
            self.posted.append(Posted(delivery.job.id, post, [each.data for each in part.pictures], delivery))
        if self.unheard:
            self.unheard -= 1
            raise PostFailedError("TimeoutError")
        return post

    async def take_down(self, post: Post) -> bool:
        """Also Discord's own answer, for the messages that are changed after a commit."""
        if self.refuses:
            return False
        self.taken_down.append(post.message_id)
        return True

    async def redraw(self, job: Job, post: Post) -> Redrawn:
        if self.while_redrawn is not None:
            await self.while_redrawn()
        if self.refuses:
            return Redrawn.FAILED
        self.redrawn.append((post.message_id, job.hidden))
        return Redrawn.DONE if self.has_pictures else Redrawn.NO_PICTURES

    async def redraw_with(self, delivery: Delivery, post: Post) -> Redrawn:
        self.redrawn.append((post.message_id, delivery.job.hidden))
        return Redrawn.DONE

    async def post_privately(self, delivery: Delivery) -> bool:
        if self.reply_lives:
            self.private.append(delivery)
        return self.reply_lives


@dataclass(slots=True)
class Members:
    """What Discord says about people. `said` has it by server and person; None is no answer.

    Anybody else is a member without roles. An answer waits until `opens` is set.
    """

    said: dict[tuple[int, int], Membership | Absent | None] = field(default_factory=dict)
    asked: list[tuple[int, int]] = field(default_factory=list)
    opens: asyncio.Event | None = None

    async def find(self, guild_id: int, user_id: int) -> Membership | Absent | None:
        self.asked.append((guild_id, user_id))
        if self.opens is not None:
            await self.opens.wait()
        return self.said.get((guild_id, user_id), Membership(frozenset({guild_id})))


class Heard:
    """The listener: remembers which jobs have changed, and wakes the worker and `until`."""

    def __init__(self) -> None:
        self.changed: list[int] = []
        self.worker: Worker | None = None
        self._news = asyncio.Event()

    def job_changed(self, job_id: int) -> None:
        self.changed.append(job_id)
        self._news.set()
        if self.worker is not None:
            self.worker.wake()

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        """Waits until `is_so` returns True. It is called after each change."""
        self._news.clear()
        while not await is_so():
            await self._news.wait()
            self._news.clear()


class Bot:
    """One start of the bot on a database. `lease` names the start."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        ideogram: IdeogramClient,
        stand_in: IdeogramStandIn,
        clock: Clock,
        lease: str = "this-start",
        process: Process | None = None,
    ) -> None:
        """`process`: one of several that share the database, and the slots."""
        self.ideogram, self.stand_in, self.poster, self.heard = ideogram, stand_in, Poster(), Heard()
        self.members = Members()
        self.free_bytes = 10**12
        self.core = Core(
            database, blobs, clock, lambda: 0.0, lease, News(on_job=[self.heard.job_changed]), PicturesHere()
        )
        self.shares = process is not None
        if process is not None:
            self.core = replace(self.core, process=process)
        self.database, self.blobs, self.clock, self.lease = database, blobs, clock, lease
        self.use_rules(RULES)

    def use_process(self, process: Process) -> None:
        """Build it as one of several processes."""
        self.core = replace(self.core, process=process)
        self.use_rules(self.rules)

    def use_rules(self, rules: OperatorRules) -> None:
        """Build the remix flow as the product does, with these rules."""
        self.rules = rules
        self.changes = ChangePosts(self.core, self.poster)
        outside, shared = (self.ideogram, self.poster, self.members), SharedCalls(self.core, rules, self.ideogram.api)
        self.remixes = build_remixes(
            self.core,
            rules,
            *outside,
            free_bytes=lambda: self.free_bytes,
            pace=SOON,
            shared=shared if self.shares else None,
        )

    @property
    def submit(self) -> SubmitRemix:
        return self.remixes.submit

    @property
    def hand_over(self) -> HandOverKept:
        return self.remixes.hand_over

    @property
    def statuses(self) -> JobStatuses:
        return self.remixes.statuses

    def restarted(self) -> "Bot":
        """The next start of the bot, on the same files and the same channel."""
        again = Bot(self.database, self.blobs, self.ideogram, self.stand_in, self.clock, lease=f"{self.lease}+")
        again.poster.posted = self.poster.posted
        return again

    async def start_again(self) -> "Bot":
        """Like `restarted`, and what this start left has been taken over."""
        again = self.restarted()
        await recover_jobs(again.core, again.rules)
        return again

    async def ask(self, user_id: int = 1, *, shade: int | None = None, **changes: object) -> Accepted | Refused:
        """Submit a remix like the command `/remix`."""
        options = {"prompt": "a fox", "speed": Speed.TURBO}
        known = {name: changes.pop(name) for name in list(changes) if name in RemixRequest.__dataclass_fields__}
        request = RemixRequest(**{**options, **known})
        bytes_ = picture(user_id if shade is None else shade)
        return await self.submit.submit(asker(user_id, **changes), request, bytes_, spoiler=False)

    async def remix(self, user_id: int = 1, **options: object) -> Job:
        outcome = await self.ask(user_id, **options)
        assert isinstance(outcome, Accepted), outcome
        return outcome.job

    @asynccontextmanager
    async def working(self, slots: int = 10) -> AsyncIterator[Worker]:
        """Runs the worker inside the block. At its end it finishes, and jobs that it only claimed are released."""
        flow, submits = self.remixes, self.ideogram.api.max_concurrent_submits(slots)
        use_cases = (flow.generate, flow.poll, flow.deliver, flow.trouble)
        worker = Worker(self.core, *use_cases, slots=slots, submits=submits, shared=flow.shared)
        self.heard.worker = worker
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await task
            self.heard.worker = None
            await self.do(lambda connection: claims.void_leases(connection, but=["the next worker"]))

    async def work(self, *ids: int, slots: int = 10) -> None:
        """Run the worker until these jobs change no more."""

        async def rested() -> bool:
            return all([_is_at_rest(await self.job(job_id)) for job_id in ids])

        async with self.working(slots):
            await self.heard.until(rested)

    async def do(self, function: Callable[..., object], *args: object) -> object:
        return await self.database.transaction(function, *args)

    async def job(self, job_id: int) -> Job:
        return await self.database.transaction(jobs.get, job_id)

    async def has_delivered(self, *made: Job) -> bool:
        return all([(await self.job(job.id)).state is JobState.DELIVERED for job in made])

    async def events(self, job_id: int) -> list[str]:
        """Each move of the job with its cause: `generating: slot`."""
        return [f"{target}: {cause}" for _, target, cause in await self.database.transaction(events, job_id)]

    async def money(self, job_id: int) -> tuple[str, int | None]:
        """The reservation's status, and the settled micro-dollars."""
        return await self.database.transaction(_money, job_id)

    async def cooldown(self, user_id: int = 1) -> datetime | None:
        return await self.database.transaction(ledger.cooldown_started_at, 11, user_id)

    async def hold(self) -> holds.Hold | None:
        return await self.database.transaction(holds.read)

    async def results(self, job_id: int) -> list[results.Result]:
        return await self.database.transaction(results.of_job, job_id)

    async def posts(self, job_id: int) -> list[Post]:
        return await self.database.transaction(results.posts_of, job_id)

    @property
    def paid_calls(self) -> int:
        return sum(call.billed for call in self.stand_in.calls)

    @property
    def calls(self) -> int:
        return len(self.stand_in.calls)


def click_again(job_id: int) -> Start:
    """A click on Again."""
    return Start(Origin.AGAIN, job_id)


def asker(user_id: int = 1, **changes: object) -> Asker:
    values = {"interaction_id": next(_interactions), "guild_id": 11, "channel_id": 22, "user_id": user_id}
    return Asker(**{**values, "reply_token": "token", **changes})


def _money(connection: Connection, job_id: int) -> tuple[str, int | None]:
    query = sa.select(reservations.c.status, reservations.c.settled_micros).where(reservations.c.job_id == job_id)
    (row,) = connection.execute(query).all()
    return row.status, row.settled_micros


def _is_at_rest(job: Job) -> bool:
    if job.lease is not None or job.state is JobState.GENERATING:
        return False
    return job.state in FINAL | {JobState.OUTCOME_UNKNOWN, JobState.IN_REVIEW} or job.attempts > 0
