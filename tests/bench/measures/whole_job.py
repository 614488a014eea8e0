"""A job's three durable commits (accept, claim, finish) beside the barest ones that plain sqlite3 could do instead."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TypeVar

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection, Database
from bot.storage.remixes import claims, jobs, ledger, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post, Result
from bot.use_cases.remixes.endings import finish_delivery
from bot.use_cases.remixes.gate_facts import Asker
from tests.bench.figures import Bench, Figure, Target, spread
from tests.bench.storage import REQUEST, SOURCE_HASH, FreshDatabases, Gate, somebody
from tests.integration.made_storage import LEASE, START, walk

T = TypeVar("T")

_INSERT = (
    "INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, reply_token, state, turn, prompt, weight, speed,"
    " copyright_check, spoiler, source_hash, source_format, accepted_at, due_at, queue_until)"
    " VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, 0, 0, ?, 'png', ?, ?, ?)"
)
_NEXT = "SELECT id FROM jobs WHERE state = 'queued' AND lease IS NULL ORDER BY turn, id LIMIT 1"
_LEASE = "UPDATE jobs SET lease = 'this-start' WHERE id = ?"
_FINISH = "UPDATE jobs SET state = 'delivered', lease = NULL, due_at = NULL, finished_at = ? WHERE id = ?"


async def measure(bench: Bench) -> Sequence[Figure]:
    databases = FreshDatabases(bench.room("whole-job"))
    count = bench.counts.whole_jobs
    ours: list[float] = []
    raw: list[float] = []
    whole: list[float] = []
    for _ in range(bench.counts.whole_job_rounds):
        with databases.open() as database, _durable(databases.path()) as connection:
            mine = _Jobs(database, Gate.on(database, bench.folder))
            mine.all_commits(somebody(-1))
            # One here, one there: what else the disk has to do slows both.
            pairs = [
                (mine.three_commits(somebody(number)), _raw_job(connection, somebody(number)))
                for number in range(count)
            ]
            ours.append(median(pair[0] for pair in pairs) * 1000)
            raw.append(median(pair[1] for pair in pairs) * 1000)
            whole.append(median(mine.all_commits(somebody(number)) for number in range(count, 2 * count)) * 1000)
    ratio = median(a / b for a, b in zip(ours, raw, strict=True))
    return [
        Figure(
            "a job's database work (accept with its gate, claim, finish: three durable commits) beside raw sqlite3",
            ratio,
            "times",
            Target(at_most=2.5),
            [
                f"a job: {spread(ours, digits=2)}, raw {spread(raw, digits=2)}",
                f"with every commit on the way to a posted remix (nine): {spread(whole, digits=2)}",
            ],
        )
    ]


class _Jobs:
    """One after the other, so that each commit is waited for alone: nothing is shared."""

    def __init__(self, database: Database, gate: Gate) -> None:
        self._database = database
        self._gate = gate
        self._seconds = 0.0

    def three_commits(self, who: Asker) -> float:
        """Seconds for these three; what leads a job from the one to the other is not counted."""
        self._seconds = 0.0
        self._timed(lambda connection: self._gate.accept_in(connection, who))
        (job,) = self._timed(_claim)
        self._database.transaction_now(walk, job, JobState.GENERATING, JobState.GENERATED)
        made = self._database.transaction_now(jobs.get, job.id)
        self._timed(lambda connection: finish_delivery(connection, made, "posted", START))
        return self._seconds

    def all_commits(self, who: Asker) -> float:
        self._seconds = 0.0
        self._timed(lambda connection: self._gate.accept_in(connection, who))
        (job,) = self._timed(_claim)
        for step in _STEPS:
            self._timed(lambda connection, step=step: step(connection, job))
        return self._seconds

    def _timed(self, function: Callable[[Connection], T]) -> T:
        began = time.perf_counter()
        result = self._database.transaction_now(function)
        self._seconds += time.perf_counter() - began
        return result


def _claim(connection: Connection) -> list[Job]:
    claimed = claims.claim_queued(connection, LEASE, 1, START)
    claims.next_queued_due(connection)
    return claimed


def _begin(connection: Connection, job: Job) -> None:
    changes = {"lease": LEASE, "attempts": 1, "generating_at": START}
    jobs.move(connection, job.id, (JobState.QUEUED, JobState.GENERATING), cause="slot", now=START, changes=changes)


def _answer(connection: Connection, job: Job) -> None:
    results.add(connection, job.id, [Result(0, safe=True, seed=1, resolution="2048x2048", url="https://example.org/1")])
    ledger.settle(connection, job.id, 60_000, START)
    changes = {"generated_at": START, "due_at": START}
    move = (JobState.GENERATING, JobState.GENERATED)
    jobs.move(connection, job.id, move, cause="answered", now=START, changes=changes)


_STEPS: tuple[Callable[[Connection, Job], object], ...] = (
    _begin,
    _answer,
    lambda connection, _job: claims.claim_generated(connection, LEASE, 1, START),
    lambda connection, job: results.mark_stored(connection, job.id, 0, SOURCE_HASH),
    lambda connection, job: claims.mark_posting(connection, job, START),
    lambda connection, job: results.add_post(connection, job.id, Post(0, job.channel_id, 1, (0,)), START),
    lambda connection, job: finish_delivery(connection, replace(job, state=JobState.GENERATED), "posted", START),
)


@contextmanager
def _durable(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    try:
        yield connection
    finally:
        connection.close()


def _raw_job(connection: sqlite3.Connection, who: Asker) -> float:
    """Seconds: one row, one lease, one end, each its own commit, and nothing asked before."""
    request, run = REQUEST, connection.execute
    asked = (who.interaction_id, who.guild_id, who.channel_id, who.user_id, who.reply_token, who.interaction_id)
    what = (request.prompt, request.weight, request.speed.value, SOURCE_HASH, 1, 1, 10**16)
    began = time.perf_counter()
    run("BEGIN IMMEDIATE")
    run(_INSERT, (*asked, *what))
    run("COMMIT")
    run("BEGIN IMMEDIATE")
    (job_id,) = run(_NEXT).fetchone()
    run(_LEASE, (job_id,))
    run("COMMIT")
    run("BEGIN IMMEDIATE")
    run(_FINISH, (2, job_id))
    run("COMMIT")
    return time.perf_counter() - began
