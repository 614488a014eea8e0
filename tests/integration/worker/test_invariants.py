"""Whatever happens in whatever order: the money, the events and the limits of every job add up."""

import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.demo.ideogram_stand_in import Fault, IdeogramStandIn
from bot.ideogram.client import IdeogramClient
from bot.rules.failures import was_charged
from bot.rules.job_states import FINAL, JobState, is_legal
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Database
from bot.storage.engine.tables.remixes import job_events, reservations
from bot.storage.engine.tables.remixes import jobs as jobs_table
from bot.storage.remixes import claims, jobs
from bot.use_cases.ports import ChannelClosedError, PostFailedError
from bot.use_cases.remixes.cancel_remix import cancel_remix
from bot.use_cases.remixes.expiry import expire_jobs
from bot.use_cases.remixes.recover_jobs import recover_jobs
from bot.use_cases.remixes.submit_remix import Accepted
from tests.integration.made_bot import Bot
from tests.integration.made_storage import Clock

UNPAID = {JobState.CANCELLED: "released", JobState.QUEUED: "reserved", JobState.OUTCOME_UNKNOWN: "unresolved"}
PAID = {JobState.GENERATED, JobState.DELIVERED}
FAULTS = [fault.value for fault in Fault if fault not in {Fault.HANG, Fault.LINK_HANGS_ONCE, Fault.LINK_ENDLESS}]
POSTING = [None, PostFailedError("500 0"), ChannelClosedError("403 50001")]

STEPS = {
    "remix": (6, lambda random: random.randint(1, 4)),
    "fault": (3, lambda random: random.choice(FAULTS)),
    "post": (2, lambda random: random.choice(POSTING)),
    "work": (5, lambda random: random.randint(1, 3)),
    "crash": (1, lambda random: random.randint(0, 3)),
    "cancel": (1, lambda random: random.randrange(100)),
    "collect": (1, lambda random: random.randrange(100)),
    "wait": (3, lambda random: random.choice([1, 300, 4000, 90_000])),
}
"""How often each comes, and what it is told."""


def story_of(seed: int) -> list[tuple[str, object]]:
    random = Random(seed)  # noqa: S311 - a repeatable story, no secret
    names = random.choices(list(STEPS), [weight for weight, _ in STEPS.values()], k=60)
    return [(name, STEPS[name][1](random)) for name in names]


def check(connection: Connection) -> None:
    every = jobs.select_jobs(connection, sa.select(jobs_table))
    held = connection.execute(sa.select(reservations)).mappings().all()
    assert Counter(row["job_id"] for row in held) == Counter(job.id for job in every)
    money = {row["job_id"]: row for row in held}
    for job in every:
        check_money(job, money[job.id])
        check_events(job, connection)


def check_money(job, row) -> None:
    if job.state in UNPAID:
        assert row["status"] == UNPAID[job.state], job
    elif job.state in PAID or (job.state is JobState.FAILED and was_charged(job.failure_kind)):
        assert (row["status"], row["settled_micros"] > 0) == ("settled", True), job
    elif job.state is JobState.FAILED:
        assert row["status"] == "released", job
    assert (row["closed_at"] is not None) >= (job.state in FINAL), job


def check_events(job, connection: Connection) -> None:
    """A chain of legal moves from the acceptance to the state that the job is in."""
    query = sa.select(job_events).where(job_events.c.job_id == job.id).order_by(job_events.c.id)
    moves = [(row["from_state"], row["to_state"]) for row in connection.execute(query).mappings()]
    assert moves[0] == (None, "queued")
    for (_, before), (source, target) in pairwise(moves):
        assert before == source, job
        assert is_legal(JobState(source), JobState(target)), job
    assert moves[-1][1] == job.state


class Story:
    """Plays the steps on one bot, start after start."""

    def __init__(self, bot):
        self.bot = bot
        self.ids = []

    async def play(self, steps_):
        for name, value in steps_:
            await getattr(self, name)(value)
            await self.bot.do(check)

    async def remix(self, user_id):
        outcome = await self.bot.ask(user_id)
        if isinstance(outcome, Accepted):
            self.ids.append(outcome.job.id)

    async def fault(self, name):
        self.bot.stand_in.dials.fail.append(name)

    async def post(self, error):
        self.bot.poster.trouble.append(error)
        self.bot.poster.reply_lives = len(self.ids) % 2 == 0

    async def work(self, slots):
        """Until nothing more can be done now."""
        async with self.bot.working(slots):
            await self.bot.heard.until(self.is_quiet)

    async def is_quiet(self):
        every = [await self.bot.job(job_id) for job_id in self.ids]
        waits = any(job.state is JobState.QUEUED and self.is_later(job) for job in every)
        held = waits or await self.bot.hold() is not None
        return all(
            job.state in FINAL
            or job.state is JobState.OUTCOME_UNKNOWN
            or self.is_later(job)
            # Claimed, and held back with all others.
            or (job.state is JobState.QUEUED and held)
            for job in every
        )

    def is_later(self, job):
        return job.lease is None and (job.due_at is None or job.due_at > self.bot.clock())

    async def crash(self, begun):
        """Some are claimed and begun, and then the process is gone."""
        held = await self.bot.do(claims.claim_queued, self.bot.lease, begun, self.bot.clock())
        for job in held:
            await self.bot.remixes.generate.begin(job)
        self.bot = self.bot.restarted()
        await recover_jobs(self.bot.core, self.bot.rules)

    async def cancel(self, number):
        if self.ids:
            job = await self.bot.job(self.ids[number % len(self.ids)])
            await cancel_remix(self.bot.core, job.id, job.user_id)

    async def collect(self, number):
        if self.ids:
            job = await self.bot.job(self.ids[number % len(self.ids)])
            delivery = await self.bot.hand_over.take(job.id, job.user_id)
            if delivery is not None:
                await self.bot.hand_over.record_handed_over(delivery.job)

    async def wait(self, seconds):
        self.bot.clock.move(seconds=seconds)
        await expire_jobs(self.bot.core)


def new_files(folder: Path, migrated: bytes) -> tuple[Database, BlobStore]:
    path = folder / "remix.db"
    path.write_bytes(migrated)
    blobs = FileBlobs(folder / "blobs")
    blobs.prepare()
    return Database(f"sqlite:///{path}"), blobs


@asynccontextmanager
async def fresh_bot(migrated: bytes) -> AsyncIterator[Bot]:
    with tempfile.TemporaryDirectory() as folder:
        database, blobs = new_files(Path(folder), migrated)
        async with IdeogramStandIn(api_key="key") as stand_in:
            stand_in.dials.long_side = 16
            client = IdeogramClient(
                api_url=stand_in.url,
                api_key="key",
                timeout_s=30.0,
                image_hosts=[stand_in.image_host],
                max_result_bytes=100_000,
            )
            async with client as ideogram:
                with closing(database):
                    yield Bot(database, blobs, ideogram, stand_in, Clock())


@pytest.mark.parametrize("seed", range(8))
async def test_after_every_step_of_any_story_money_and_events_add_up(migrated, seed):
    async with fresh_bot(migrated) as bot:
        story = Story(bot)
        await story.play(story_of(seed))
        posted = Counter((made.job_id, made.post.part) for made in story.bot.poster.posted)
        assert max(posted.values(), default=1) == 1
        assert bot.paid_calls <= sum([len(await paid_moves(story.bot, job_id)) for job_id in story.ids])
        ended = Counter([(await story.bot.job(job_id)).state for job_id in story.ids])
        assert ended[JobState.DELIVERED] > 0, "the story is about nothing"


async def paid_moves(bot, job_id):
    """No call without a move into `generating` on record."""
    return [event for event in await bot.events(job_id) if event.startswith("generating")]
