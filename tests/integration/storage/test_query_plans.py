"""The questions that are asked all the time stay as cheap with a long history as without one."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules import gate
from bot.rules.budgets import Period
from bot.rules.cases import CaseKind
from bot.rules.delivery_places import MAX_OF_CHANNEL, DeliveryPlaces
from bot.rules.job_states import JobState
from bot.rules.prices import Speed
from bot.rules.refusals import Reason
from bot.storage.appeals import appealable, appeals
from bot.storage.engine.database import Database
from bot.storage.matters import reports
from bot.storage.moderation import case_jobs, cases, evidence, moderated_jobs
from bot.storage.remixes import (
    claims,
    decisions,
    families,
    jobs,
    ledger,
    parked,
    post_changes,
    queue_facts,
    retention,
    spending,
)
from bot.storage.reports import operator_facts, own_remixes, server_usage
from bot.storage.review import in_review
from bot.storage.server_log import log_entries, refusal_log
from bot.storage.server_log.refusal_log import Refusal
from bot.storage.standing import blocks
from bot.storage.standing.blocks import BlockKind
from bot.use_cases.remixes.gate_facts import Asker, Wanted, read_standing, read_submission
from tests.integration.made_bot import RULES
from tests.integration.made_storage import LEASE, START, add_job

pytestmark = pytest.mark.sqlite_only  # it reads the plans of SQLite

HISTORY = 6_000
STEPS = 10
SHORT = {"SCAN queue", "SCAN waiting", "SCAN heads", "SCAN counted"}
"""One row, and one row for each server in which something waits."""


def ask_the_gate(connection: Connection) -> object:
    asker = Asker(interaction_id=1, guild_id=11, channel_id=22, user_id=1, reply_token="t", role_ids=frozenset({5}))
    ceilings = {Period.DAY: 5_000_000}
    rules = replace(RULES, ceilings=ceilings, server_ceilings=ceilings, person_ceilings=ceilings)
    standing = read_standing(connection, 11, 1, asker.channel_ids, frozenset())
    given = read_submission(connection, asker, standing.policy, rules, Wanted(60_000), START)
    return gate.trace(standing, given, START)


def full_places() -> DeliveryPlaces:
    return DeliveryPlaces([(9, 8)] * MAX_OF_CHANNEL)


QUESTIONS: dict[str, Callable[[Connection], object]] = {
    "claim": lambda c: claims.claim_queued(c, LEASE, 3, START),
    "claim submitted": lambda c: claims.claim_submitted(c, LEASE, 3, START),
    "next submitted due": claims.next_submitted_due,
    "claim beside full channels": lambda c: claims.claim_generated(c, LEASE, 3, START, full_places()),
    "next result beside full channels": lambda c: claims.next_generated_due(c, full_places()),
    "put off a channel": lambda c: claims.put_off_channel(c, 22, START),
    "claim results": lambda c: claims.claim_generated(c, LEASE, 3, START),
    "next due": claims.next_queued_due,
    "next result due": claims.next_generated_due,
    "gate": ask_the_gate,
    "place": lambda c: queue_facts.place(c, jobs.get(c, 1), 10, START),
    "measured": lambda c: queue_facts.measured_seconds(c, Speed.TURBO),
    "expired": lambda c: jobs.expired(c, START),
    "in hand": lambda c: jobs.in_state(c, JobState.GENERATING),
    "leases": lambda c: claims.void_leases(c, but=["other"]),
    "interaction": lambda c: jobs.find_by_interaction(c, 5),
    "again": lambda c: jobs.find_active_repeat(c, 1, 5),
    "list": lambda c: (own_remixes.read_page(c, 1, 11, "", None, 6), own_remixes.newest_removed(c, 1, 11, 10**9, 3)),
    "unnotified": lambda c: jobs.find_unnotified(c, START),
    "parked": lambda c: (parked.oldest(c, 5), parked.count(c)),
    "blocked": lambda c: blocks.is_blocked(c, BlockKind.PERSON, 1),
    "warnings": lambda c: cases.find_unread_warnings(c, 11, 1, 5),
    "other unread": lambda c: case_jobs.find_unread(c, 11, 1, 3),
    "appeals": lambda c: (appeals.unread(c, 1, 11, 3), appeals.to_tell(c, 50), appeals.ending(c, START, 50)),
    "own reports": lambda c: (reports.find_unread(c, 11, 1, 3), reports.to_tell(c, 50)),
    "own appeals": lambda c: (appeals.open_of(c, 1), appeals.count_since(c, 11, 1, START)),
    "appealable": lambda c: appealable.cases_of(c, 1, None, START, START, 20),
    "acted on by": lambda c: case_jobs.newest_on(c, 1, (CaseKind.HIDE,)),
    "family": lambda c: families.family_of(c, jobs.get(c, 1)),
    "removed root": lambda c: families.removal_of(c, replace(jobs.get(c, 1), root_id=2)),
    "messages to change": lambda c: (post_changes.due(c, START, 3), post_changes.of_jobs(c, [1, 2])),
    "evidence": lambda c: evidence.hashes_of(c, 1, START, 10),
    "ended by": lambda c: cases.newest_about(c, 1, (CaseKind.CANCEL,)),
    "message": lambda c: moderated_jobs.find_by_message(c, 5),
    "shown of member": lambda c: moderated_jobs.visible_of_member(c, 11, 7, 10, None),
    "server queue": lambda c: moderated_jobs.queued_of_server(c, 11),
    "server running": lambda c: moderated_jobs.running_of_server(c, 11),
    "waiting of member": lambda c: moderated_jobs.count_queued(c, 11, 1),
    "decisions": decisions.find_unnotified,
    "reviews": lambda c: (in_review.everywhere(c), in_review.overdue(c, START, 5), in_review.count_of_member(c, 11, 1)),
    "review": lambda c: (in_review.together_with(c, jobs.get(c, 1)), in_review.matter_of(c, jobs.get(c, 1))),
    "open jobs": lambda c: (operator_facts.open_jobs(c), operator_facts.oldest_queued_at(c)),
    "budget": lambda c: spending.read(c, START),
    "settle": lambda c: ledger.settle(c, 1, 60_000, START),
    "accept": lambda c: add_job(c, 1),
    "log": lambda c: (log_entries.due_servers(c, START, [12], 16), log_entries.take(c, 11, START, 5)),
    "log too old": lambda c: log_entries.forget_before(c, 11, START),
    "refused": lambda c: refusal_log.add(c, 11, 22, 1, Reason.COOLDOWN, START),
    "refused long ago": lambda c: refusal_log.forget_before(c, START - timedelta(days=90)),
    "repeats": lambda c: refusal_log.count_repeats(c, Refusal(1, 11, 22, 1, START, Reason.COOLDOWN)),
    "usage": lambda c: server_usage.of_day(c, 11, START.date()),
    "usage of one": lambda c: server_usage.of_day(c, 11, START.date(), 1),
    "needed": lambda c: retention.unreferenced(c, ["ff" * 32]),
}


MADE_BEFORE = START - timedelta(days=33)


def add_history(connection: Connection) -> None:
    """Delivered jobs of many people, half of them of one, none of them open."""
    row = (
        "INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, turn, prompt, speed, copyright_check,"
        " spoiler, source_hash, source_format, accepted_at, queue_until, generating_at, generated_at, finished_at)"
        " VALUES (:n, 11, 22, CASE :n % 2 WHEN 0 THEN 1 ELSE 100 + :n % 500 END, 'delivered', :n,"
        " 'a fox', 'DEFAULT', 0, 0, :hash, 'png', :at, :at, :at,"
        " :at, :at)"
    )
    at = int(MADE_BEFORE.timestamp() * 1_000_000)
    connection.execute(sa.text(row), [{"n": -n, "hash": f"{n:064x}", "at": at + n} for n in range(1, HISTORY)])
    connection.exec_driver_sql(
        "INSERT INTO reservations (job_id, guild_id, user_id, speed, status, reserved_micros, settled_micros,"
        " opened_at, closed_at) SELECT id, 11, user_id, speed, 'settled', 60000, 60000, accepted_at, accepted_at"
        " FROM jobs WHERE state = 'delivered'"
    )
    connection.exec_driver_sql(
        "INSERT INTO ledger_entries (job_id, at, micros) SELECT job_id, opened_at, 60000 FROM reservations"
        " WHERE status = 'settled'"
    )
    connection.exec_driver_sql(
        "INSERT INTO quota_uses (job_id, guild_id, user_id, at) SELECT id, guild_id, user_id, accepted_at FROM jobs"
        " WHERE state = 'delivered'"
    )
    connection.exec_driver_sql(
        "INSERT INTO cases (guild_id, number, kind, at, actor_id, target_id, read_at)"
        " SELECT 11, id, 'warn', accepted_at, 9, user_id, accepted_at FROM jobs WHERE state = 'delivered'"
    )
    connection.exec_driver_sql(
        "INSERT INTO appeals (guild_id, user_id, appealed, key, made_at, ends_at, outcome, ended_at, told_at)"
        " SELECT 11, user_id, 'case', id, accepted_at, accepted_at, 'kept', accepted_at, accepted_at FROM jobs"
        " WHERE state = 'delivered'"
    )
    connection.exec_driver_sql(
        "INSERT INTO matters (guild_id, kind, subject, job_id, opened_at, closed_at, closed_by, outcome)"
        " SELECT 11, 'report', id, id, accepted_at, accepted_at, 9, 'dismissed' FROM jobs WHERE state = 'delivered'"
    )
    connection.exec_driver_sql(
        "INSERT INTO reports (guild_id, matter_id, job_id, reporter_id, at, reason, counts, read_at)"
        " SELECT 11, id, job_id, 1, opened_at, 'spam', true, opened_at FROM matters"
    )
    connection.exec_driver_sql(
        "INSERT INTO refusals (guild_id, channel_id, user_id, at, reason)"
        " SELECT 11, 22, user_id, accepted_at, 'cooldown' FROM jobs WHERE state = 'delivered'"
    )
    connection.exec_driver_sql(
        "INSERT INTO results (job_id, position, safe, hash) SELECT id, 0, 1, source_hash FROM jobs WHERE id > 20"
    )


def steps_of(question: Callable[[Connection], object]) -> Callable[[Connection], int]:
    """How many steps SQLite's machine takes to answer, counted by itself and exactly repeatable."""

    def count(connection: Connection) -> int:
        counted = []
        driver: sqlite3.Connection = connection.connection.driver_connection
        driver.set_progress_handler(lambda: counted.append(1) and None, STEPS)
        try:
            question(connection)
        finally:
            driver.set_progress_handler(None, STEPS)
        return len(counted) * STEPS

    return count


class NotingCursor(sqlite3.Cursor):
    """Notes what is asked: some statements go past SQLAlchemy, to the driver itself."""

    asked: ClassVar[list[tuple[str, object]]] = []

    def execute(self, statement: str, parameters: Any = ()) -> sqlite3.Cursor:
        self.asked.append((statement, parameters))
        return super().execute(statement, parameters)


class NotingConnection(sqlite3.Connection):
    def cursor(self, _factory: object = None) -> sqlite3.Cursor:
        return super().cursor(NotingCursor)


def scans_of(url: str, question: Callable[[Connection], object]) -> list[str]:
    """The plan of every statement that the question runs, where it goes through a whole table."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"factory": NotingConnection})
    with engine.begin() as connection:
        NotingCursor.asked.clear()
        question(connection)
        asked = list(NotingCursor.asked)
        driver: Any = connection.connection.driver_connection
        plans = [row[3] for text, values in asked for row in driver.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    assert asked
    return [plan for plan in plans if plan.startswith("SCAN") and "INDEX" not in plan and plan not in SHORT]


@pytest.fixture
def open_jobs(database: Database) -> Database:
    for user_id in range(10):
        database.transaction_now(add_job, user_id)
    return database


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.usefixtures("open_jobs")
def test_no_question_goes_through_all_jobs(url, name):
    assert scans_of(url, QUESTIONS[name]) == []


def test_every_question_costs_the_same_with_thousands_of_old_jobs(open_jobs):
    def all_costs(connection: Connection) -> dict[str, int]:
        costs = {}
        for name, question in QUESTIONS.items():
            undone = connection.begin_nested()
            costs[name] = steps_of(question)(connection)
            undone.rollback()
        return costs

    before = open_jobs.transaction_now(all_costs)
    open_jobs.transaction_now(add_history)
    after = open_jobs.transaction_now(all_costs)
    dearer = {name: (before[name], after[name]) for name in before if after[name] > before[name] + HISTORY // 10}
    assert dearer == {}
