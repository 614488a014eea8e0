"""No sequence of what moderators and members do lets a member who is blocked spend money.

What the blocks are is kept here a second time, in the plainest way, and compared with each move to `generating` that
the real storage has committed.
"""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.ideogram.wire import RemixResponse, ResponseImage
from bot.rules.failures import ProviderFailure, ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.database import Database
from bot.storage.engine.tables.remixes import job_events, jobs
from bot.storage.remixes import claims
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.block_member import block_member, unblock_member
from bot.use_cases.moderation.pause_server import pause_server, resume_server
from bot.use_cases.moderation.remove_result import Purge, remove_result
from bot.use_cases.moderation.server_queue import cancel_waiting
from bot.use_cases.moderation.undo_case import Undone, undo_case
from bot.use_cases.operator.decide_parked import decide_parked
from bot.use_cases.purges.second_moderator import purge_or_ask
from bot.use_cases.remixes import generate_image
from bot.use_cases.remixes.expiry import expire_jobs
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import Bot, asker, click_again
from tests.integration.made_storage import Clock

SERVER, ROSA = 11, 900
MEMBERS = (1, 2)
SURELY_NOT_MADE = ProviderFailure(ProviderProblem.RATE_LIMITED, retry_after=1.0)
NOBODY_KNOWS = ProviderFailure(ProviderProblem.OUTCOME_UNKNOWN)
ANSWERED = RemixResponse([ResponseImage(safe=True, seed=1, resolution="1x1", url="https://127.0.0.1/1.png")])

who = st.sampled_from(MEMBERS)
nth = st.integers(0, 7)
VALUES = {
    "submit": (5, st.tuples(who)),
    "again": (1, st.tuples(who, nth)),
    "claim": (5, st.tuples(st.integers(1, 3))),
    "begin": (6, st.tuples(nth)),
    "answer": (3, st.tuples(nth, st.sampled_from([ANSWERED, SURELY_NOT_MADE, NOBODY_KNOWS]))),
    "crash": (1, st.just(())),
    "retry": (2, st.tuples(nth)),
    "cancel": (1, st.tuples(nth)),
    "block": (2, st.tuples(who, st.sampled_from([None, 60, 3600]))),
    "unblock": (2, st.tuples(who)),
    "undo": (2, st.tuples(nth)),
    "pause": (1, st.just(())),
    "resume": (2, st.just(())),
    "remove": (1, st.tuples(nth)),
    "purge": (1, st.tuples(who)),
    "wait": (3, st.tuples(st.sampled_from([1, 59, 60, 61, 3_600]))),
}
"""How often each comes, and what it is told."""

NAMES = [name for name, (times, _) in VALUES.items() for _ in range(times)]
STEPS = st.sampled_from(NAMES).flatmap(lambda name: VALUES[name][1].map(lambda values: (name, *values)))


@dataclass
class Blocks:
    """Who is blocked, as a child would write it down: the end of each block by its case, until it is taken away."""

    ends: dict[int, dict[int, datetime | None]] = field(default_factory=lambda: {each: {} for each in MEMBERS})

    def hold(self, user_id: int, now: datetime) -> bool:
        return any(until is None or until > now for until in self.ends[user_id].values())

    def undo(self, case: int) -> None:
        for ends in self.ends.values():
            ends.pop(case, None)


class ListedHosts:
    """Nothing is fetched here."""

    api = IdeogramApi.V1

    def refused_host(self, _urls):
        return None


class Server:
    """One bot, driven transaction by transaction, with nothing between them but the sequence."""

    def __init__(self, bot: Bot) -> None:
        self.bot, self.blocks, self.seen = bot, Blocks(), 0
        self.begun: list[int] = []
        self.numbers: list[int] = []
        self.core = bot.core
        self.core.news.on_case.append(lambda case: self.numbers.append(case.number))
        self.acting = Acting(SERVER, ROSA, "because")

    async def play(self, steps) -> None:
        for name, *values in steps:
            await getattr(self, name)(*values)
            await self.check()

    async def check(self) -> None:
        """Each move to `generating` was committed while its member was not blocked."""
        for event_id, user_id in await self.bot.database.transaction(_moves_after, self.seen):
            assert not self.blocks.hold(user_id, self.bot.clock()), f"member {user_id} is blocked and spends"
            self.seen = event_id

    async def job_ids(self, *states: JobState) -> list[int]:
        return await self.bot.database.transaction(_ids_in, states)

    async def pick(self, number: int, *states: JobState) -> int | None:
        ids = await self.job_ids(*states)
        return ids[number % len(ids)] if ids else None

    async def submit(self, user_id):
        outcome = await self.bot.ask(user_id)
        blocked = self.blocks.hold(user_id, self.bot.clock())
        assert not (blocked and isinstance(outcome, Accepted)), "a blocked member is let in"

    async def again(self, user_id, number):
        if (job_id := await self.pick(number, *JobState)) is not None:
            outcome = await self.bot.submit.submit_from(asker(user_id), click_again(job_id))
            blocked = self.blocks.hold(user_id, self.bot.clock())
            assert not (blocked and isinstance(outcome, Accepted)), "a blocked member is let in"

    async def claim(self, limit):
        await self.bot.do(claims.claim_queued, self.bot.lease, limit, self.bot.clock())

    async def begin(self, number):
        """One of those that are claimed."""
        queued = [await self.bot.job(job_id) for job_id in await self.job_ids(JobState.QUEUED)]
        claimed = [job for job in queued if job.lease == self.bot.lease]
        if claimed:
            await self.bot.remixes.generate.begin(claimed[number % len(claimed)])

    async def answer(self, number, outcome):
        if (job_id := await self.pick(number, JobState.GENERATING)) is not None:
            job = await self.bot.job(job_id)
            if isinstance(outcome, RemixResponse):
                await self.bot.remixes.generate.record_answer(job, outcome)
            else:
                await self.bot.remixes.generate.record_failure(job, outcome)

    async def crash(self):
        again = await self.bot.start_again()
        self.bot = again

    async def retry(self, number):
        if (job_id := await self.pick(number, JobState.OUTCOME_UNKNOWN)) is not None:
            await decide_parked(self.bot.core, job_id, ParkedDecision.RETRIED, by=1, queue_age=timedelta(hours=1))

    async def cancel(self, number):
        if (job_id := await self.pick(number, JobState.QUEUED)) is not None:
            await cancel_waiting(self.core, self.acting, job_id)

    async def block(self, user_id, seconds):
        length = timedelta(seconds=seconds) if seconds else None
        done = await block_member(self.core, self.acting, user_id, length)
        self.blocks.ends[user_id][done.case.number] = self.bot.clock() + length if length else None

    async def unblock(self, user_id):
        was_blocked = self.blocks.hold(user_id, self.bot.clock())
        assert (await unblock_member(self.core, self.acting, user_id) is not None) == was_blocked
        self.blocks.ends[user_id].clear()

    async def undo(self, number):
        if self.numbers:
            case = self.numbers[-1 - number % len(self.numbers)]
            if isinstance(await undo_case(self.core, self.acting, case, lambda *_: ["no"]), Undone):
                self.blocks.undo(case)

    async def pause(self):
        await pause_server(self.core, self.acting, "a break")

    async def resume(self):
        await resume_server(self.core, self.acting)

    async def remove(self, number):
        if (job_id := await self.pick(number, *JobState)) is not None:
            await remove_result(self.core, self.acting, job_id)

    async def purge(self, user_id):
        await purge_or_ask(self.core, self.acting, Purge(user_id, 3))

    async def wait(self, seconds):
        self.bot.clock.move(seconds=seconds)
        await expire_jobs(self.bot.core)


def _moves_after(connection, seen):
    query = sa.select(job_events.c.id, jobs.c.user_id).join(jobs).where(job_events.c.id > seen)
    moved = (job_events.c.to_state == JobState.GENERATING, job_events.c.from_state != JobState.GENERATING)
    return connection.execute(query.where(*moved).order_by(job_events.c.id)).all()


def _ids_in(connection, states):
    return list(connection.scalars(sa.select(jobs.c.id).where(jobs.c.state.in_(states)).order_by(jobs.c.id)))


async def play(migrated: bytes, steps) -> Server:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "remix.db"
        path.write_bytes(migrated)
        blobs = FileBlobs(Path(folder) / "blobs")
        blobs.prepare()
        database = Database(f"sqlite:///{path}")
        try:
            server = Server(Bot(database, blobs, ListedHosts(), None, Clock()))
            await server.play(steps)
            return server
        finally:
            database.close()


CLAIMED_AND_THEN_BLOCKED = [("submit", 1), ("claim", 1), ("block", 1, None), ("begin", 0)]
RETRIED_WHILE_BLOCKED = [
    ("submit", 1),
    ("claim", 1),
    ("begin", 0),
    ("crash",),
    ("block", 1, 3600),
    ("retry", 0),
    ("claim", 1),
    ("begin", 0),
]
THE_FIRST_BLOCK_HOLDS_AGAIN = [
    ("submit", 1),
    ("block", 1, None),
    ("block", 1, 60),
    ("undo", 0),
    ("claim", 1),
    ("begin", 0),
]
BOTH_BLOCKS_LIFTED = [("block", 2, None), ("block", 2, None), ("undo", 1), ("undo", 1), ("submit", 2)]
LET_IN_AGAIN = [("submit", 1), ("block", 1, 60), ("claim", 1), ("wait", 60), ("begin", 0)]


# Measuring takes as long again as all the rest, and other tests come to the same lines.
@pytest.mark.no_cover
@settings(max_examples=80)
@given(steps=st.lists(STEPS, min_size=15, max_size=50))
@example(steps=CLAIMED_AND_THEN_BLOCKED)
@example(steps=RETRIED_WHILE_BLOCKED)
@example(steps=THE_FIRST_BLOCK_HOLDS_AGAIN)
@example(steps=BOTH_BLOCKS_LIFTED)
@example(steps=LET_IN_AGAIN)
def test_no_sequence_lets_a_blocked_member_spend(migrated, steps):
    asyncio.run(play(migrated, steps))


@pytest.mark.parametrize("steps", [CLAIMED_AND_THEN_BLOCKED, RETRIED_WHILE_BLOCKED, THE_FIRST_BLOCK_HOLDS_AGAIN])
async def test_without_the_second_question_they_would_and_the_test_above_would_see_it(migrated, steps, monkeypatch):
    monkeypatch.setattr(generate_image, "decide_again", lambda *_: None)
    with pytest.raises(AssertionError, match="is blocked and spends"):
        await play(migrated, steps)


async def test_whose_block_is_over_goes_on(migrated):
    server = await play(migrated, LET_IN_AGAIN)
    assert server.seen > 0
