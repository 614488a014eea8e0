"""Whether the claim and the gate stay as fast behind a million finished jobs as in an empty table."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

from bot.rules.policies import Plan, Policy
from bot.storage.engine.database import Connection, Database
from bot.storage.remixes import claims
from bot.storage.remixes.jobs import Job
from bot.storage.standing import policies
from tests.bench.figures import Bench, Figure, Target
from tests.bench.storage import FreshDatabases, Gate, somebody
from tests.integration.made_storage import LEASE, START

_PEOPLE = 5_000
_FINISHED = f"""
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, turn, prompt, weight, speed, copyright_check,
  spoiler, source_format, accepted_at, queue_until, generating_at, generated_at, posting_at, finished_at)
SELECT -n, 11, 22, 1000 + n % {_PEOPLE}, 'delivered', n / {_PEOPLE}, 'a fox in the snow, painted with ink', 60,
  'DEFAULT', 0, 0, 'png', n, n, n, n + 9, n + 9, n + 10 FROM number
"""  # noqa: S608 - a number of our own
_COUNTED = """
INSERT INTO quota_uses (job_id, guild_id, user_id, at) SELECT id, guild_id, user_id, :month FROM jobs
"""
_CASES = f"""
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
INSERT INTO cases (guild_id, number, kind, at, actor_id, target_id, reason)
SELECT 11, n, 'warn', n, 9, 1000 + n % {_PEOPLE}, 'be kind' FROM number
"""  # noqa: S608 - a number of our own
_CASES_A_JOB = 10
"""A tenth of the remixes ends in a case: a hundred thousand of a million."""


async def measure(bench: Bench) -> Sequence[Figure]:
    databases, finished = FreshDatabases(bench.room("claim")), bench.counts.finished_jobs
    full = databases.path()
    _fill(full, finished)
    empty_db, full_db = Database(f"sqlite:///{databases.path()}"), Database(f"sqlite:///{full}")
    try:
        empty, behind = _Side(empty_db, bench), _Side(full_db, bench)
        for number in range(bench.counts.claims):
            for side in (empty, behind):
                side.accept_and_claim(number)
    finally:
        empty_db.close()
        full_db.close()
    claim, gate, commit = (
        (median(getattr(behind, name)), median(getattr(empty, name))) for name in ("claims", "accepts", "commits")
    )
    return [
        Figure(
            f"claim behind {finished:,} finished jobs beside an empty table, without the wait for the disk",
            claim[0] / claim[1],
            "times",
            Target(at_most=1.2),
            [
                f"{claim[0]:.0f} µs beside {claim[1]:.0f} µs; with the commit {commit[0] / commit[1]:.2f} times",
            ],
        ),
        Figure(
            f"the whole gate and the acceptance behind it, with {finished:,} jobs, {finished // _CASES_A_JOB:,} cases, "
            "a policy with quotas and budgets, and a plan for each of twenty roles",
            gate[0] / 1000,
            "ms",
            Target(at_most=5),
            [f"{gate[1] / 1000:.2f} ms in an empty database with the same policy"],
        ),
    ]


def _fill(path: Path, finished: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(_FINISHED, (finished,))
        connection.execute(_COUNTED, {"month": int(START.timestamp() * 1_000_000)})
        connection.execute(_CASES, (finished // _CASES_A_JOB,))
        connection.execute("INSERT INTO server_queues VALUES (11, 1, ?)", (finished // _PEOPLE,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Side:
    """One of the two databases, with microseconds of what was done there."""

    def __init__(self, database: Database, bench: Bench) -> None:
        self._database = database
        database.transaction_now(_govern)
        self._gate = Gate.on(database, bench.folder)
        self.claims: list[float] = []
        self.accepts: list[float] = []
        self.commits: list[float] = []

    def accept_and_claim(self, number: int) -> None:
        who = somebody(number)
        self._timed(self.accepts, lambda connection: self._gate.accept_in(connection, who))
        began = time.perf_counter()
        self._timed(self.claims, _claim)
        self.commits.append((time.perf_counter() - began) * 1e6)

    def _timed(self, into: list[float], function: Callable[[Connection], object]) -> None:
        def run(connection: Connection) -> None:
            began = time.perf_counter()
            function(connection)
            into.append((time.perf_counter() - began) * 1e6)

        self._database.transaction_now(run)


def _govern(connection: Connection) -> None:
    """Everything that a server can set is set, so that the gate has to ask for all of it."""
    roles = range(100, 120)
    policy = Policy(
        channels=frozenset({22}),
        ignored_roles=frozenset({5}),
        daily_quota=1_000,
        monthly_quota=10_000,
        daily_budget=10**12,
        monthly_budget=10**12,
        new_member_s=60,
    )
    policies.write(connection, 11, policy)
    for role_id in roles:
        policies.write_plan(connection, 11, role_id, Plan(cooldown_s=60, daily_quota=role_id))


def _claim(connection: Connection) -> list[Job]:
    claimed = claims.claim_queued(connection, LEASE, 1, START)
    if not claimed:
        raise LookupError("nothing to claim")
    claims.next_queued_due(connection)
    return claimed
