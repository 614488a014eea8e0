"""Submit, claim, begin, answer, post, cancel and crash in any order, on the real storage, beside a model of it.

The long form is `make chaos`.
"""

import asyncio
import tempfile
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.ideogram.wire import RemixResponse, ResponseImage
from bot.rules.failures import FailureKind, ProviderFailure, ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.database import Database
from bot.storage.engine.migrations import migrate
from bot.storage.engine.tables import remixes as tables
from bot.storage.remixes import claims, spending
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.ports import ChannelClosedError, PostFailedError
from bot.use_cases.remixes.cancel_remix import CancelOutcome, cancel_remix
from bot.use_cases.remixes.recover_jobs import recover_jobs
from tests.integration.made_bot import Bot, picture
from tests.integration.made_storage import Clock, sqlite_engine

PRICE = 30_000
ANSWERS = {
    "made": RemixResponse((ResponseImage(safe=True, seed=1, resolution="64x64", url="https://ideogram.ai/x.png"),)),
    "withheld": RemixResponse((ResponseImage(safe=False, seed=1, resolution="64x64", url=None),)),
    "refused": ProviderFailure(ProviderProblem.REFUSED, kind=FailureKind.PROMPT_UNSAFE),
    "busy": ProviderFailure(ProviderProblem.RATE_LIMITED),
    "none": ProviderFailure(ProviderProblem.OUTCOME_UNKNOWN),
}
AFTER = {
    "made": (JobState.GENERATED, PRICE),
    "withheld": (JobState.FAILED, PRICE),
    "refused": (JobState.FAILED, 0),
    "busy": (JobState.QUEUED, PRICE),
    "none": (JobState.OUTCOME_UNKNOWN, PRICE),
}
"""The state, and the micro-dollars that count."""
POSTS = {"posted": None, "failed": PostFailedError("500 0"), "closed": ChannelClosedError("403 50001")}


class NoNetwork:
    """Every link has a picture behind it."""

    api = IdeogramApi.V1

    def refused_host(self, _urls):
        return None

    async def fetch_image(self, _url):
        return picture()


@cache
def migrated():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "remix.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


def sums(connection):
    """What is written down of the money of all jobs, in its four places."""
    counted = dict(connection.execute(sa.select(tables.reservations.c.job_id, spending.COUNTED)).all())
    entries = tables.ledger_entries
    booked = sa.select(entries.c.job_id, sa.func.sum(entries.c.micros)).group_by(entries.c.job_id)
    totals = connection.execute(sa.select(tables.spending.c.period, tables.spending.c.micros)).all()
    return counted, dict(connection.execute(booked).all()), dict(totals)


class JobsInAnyOrder(RuleBasedStateMachine):
    """The model: of each job its state and the money that counts; which are held; how often each was posted."""

    @initialize()
    def open(self):
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        (folder / "remix.db").write_bytes(migrated())
        blobs = FileBlobs(folder / "blobs")
        blobs.prepare()
        self._runner = asyncio.Runner()
        self.clock = Clock()
        database = Database(f"sqlite:///{folder / 'remix.db'}")
        # Waiting for the disk is proved elsewhere, and takes most of the time here.
        sa.event.listen(
            sqlite_engine(database), "connect", lambda driver, _: driver.execute("PRAGMA synchronous=OFF").close()
        )
        self.bot = Bot(database, blobs, NoNetwork(), None, self.clock)
        self.model, self.held = {}, {}

    def teardown(self):
        if hasattr(self, "bot"):
            self.bot.database.close()
            self._runner.close()
            self._folder.cleanup()

    def run(self, coroutine):
        return self._runner.run(coroutine)

    def those(self, state, *, held):
        return [job_id for job_id, (now, _) in self.model.items() if now is state and (job_id in self.held) is held]

    @rule(user=st.integers(1, 3))
    def submit(self, user):
        job = self.run(self.bot.remix(user))
        self.model[job.id] = (JobState.QUEUED, PRICE)

    @rule(limit=st.integers(1, 3), generated=st.booleans())
    def claim(self, limit, generated):
        """A minute later, so that all that was put off is due."""
        self.clock.move(minutes=1)
        state, claiming = JobState.QUEUED, claims.claim_queued
        if generated:
            state, claiming = JobState.GENERATED, claims.claim_generated
        free = [job_id for job_id in self.those(state, held=False) if not self.is_kept(job_id)]
        jobs = self.run(self.bot.do(claiming, self.bot.lease, limit, self.clock()))
        assert len(jobs) == min(limit, len(free))
        assert {job.id for job in jobs} <= set(free)
        self.held |= {job.id: job for job in jobs}

    def is_kept(self, job_id):
        return self.run(self.bot.job(job_id)).due_at is None

    @precondition(lambda self: self.those(JobState.QUEUED, held=True))
    @rule(data=st.data())
    def begin(self, data):
        job_id = data.draw(st.sampled_from(self.those(JobState.QUEUED, held=True)))
        self.held[job_id] = self.run(self.bot.remixes.generate.begin(self.held[job_id]))
        assert self.held[job_id] is not None
        self.model[job_id] = (JobState.GENERATING, PRICE)

    @precondition(lambda self: self.those(JobState.GENERATING, held=True))
    @rule(data=st.data(), answer=st.sampled_from(sorted(ANSWERS)))
    def answer(self, data, answer):
        job_id = data.draw(st.sampled_from(self.those(JobState.GENERATING, held=True)))
        use, given = self.bot.remixes.generate, ANSWERS[answer]
        record = use.record_answer if isinstance(given, RemixResponse) else use.record_failure
        self.run(record(self.held.pop(job_id), given))
        self.model[job_id] = AFTER[answer]

    @precondition(lambda self: self.those(JobState.GENERATED, held=True))
    @rule(data=st.data(), outcome=st.sampled_from(sorted(POSTS)), heard=st.booleans(), reply_lives=st.booleans())
    def post(self, data, outcome, heard, reply_lives):
        job_id = data.draw(st.sampled_from(self.those(JobState.GENERATED, held=True)))
        poster = self.bot.poster
        poster.trouble, poster.reply_lives, poster.unheard = [POSTS[outcome]], reply_lives, 0 if heard else 1
        self.run(self.bot.remixes.deliver.run(self.held.pop(job_id)))
        if (outcome == "posted" and heard) or (outcome == "closed" and reply_lives):
            self.model[job_id] = (JobState.DELIVERED, PRICE)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def cancel(self, data):
        job_id = data.draw(st.sampled_from(sorted(self.model)))
        outcome = self.run(cancel_remix(self.bot.core, job_id, self.run(self.bot.job(job_id)).user_id))
        if self.model[job_id][0] is JobState.QUEUED:
            # The third within ten minutes keeps its cooldown.
            assert outcome in {CancelOutcome.CANCELLED, CancelOutcome.COOLDOWN_KEPT}
            self.model[job_id] = (JobState.CANCELLED, 0)
            if job_id in self.held:
                assert not self.run(self.bot.remixes.generate.begin(self.held.pop(job_id)))

    @rule()
    def crash(self):
        self.bot = self.bot.restarted()
        self.run(recover_jobs(self.bot.core, self.bot.rules))
        self.held.clear()
        for job_id in self.those(JobState.GENERATING, held=False):
            self.model[job_id] = (JobState.OUTCOME_UNKNOWN, PRICE)

    @invariant()
    def every_job_is_where_the_model_says(self):
        if hasattr(self, "bot"):
            assert {job_id: self.run(self.bot.job(job_id)).state for job_id in self.model} == {
                job_id: state for job_id, (state, _) in self.model.items()
            }

    @invariant()
    def the_money_is_the_models_in_every_place_where_it_is_written(self):
        if hasattr(self, "bot"):
            expected = {job_id: micros for job_id, (_, micros) in self.model.items()}
            counted, booked, totals = self.run(self.bot.do(sums))
            assert counted == booked == expected
            assert set(totals.values()) <= {sum(expected.values())}
            assert self.run(self.bot.do(audit)).violations == []

    @invariant()
    def nothing_is_posted_twice_and_nothing_unpaid_at_all(self):
        if hasattr(self, "bot"):
            posted = [made.job_id for made in self.bot.poster.posted]
            assert len(posted) == len(set(posted))
            assert {self.model[job_id][0] for job_id in posted} <= {JobState.GENERATED, JobState.DELIVERED}


TestJobsInAnyOrder = JobsInAnyOrder.TestCase
TestJobsInAnyOrder.settings = settings(
    max_examples=12,
    stateful_step_count=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
