"""Every invariant is broken in a real database, in just the way that it is about, and the audit names it."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from bot.cli.kit.audit_lines import violation_line
from bot.rules.audit import Invariant
from bot.rules.budgets import Period
from bot.storage.engine.read_only import read_snapshot
from bot.use_cases.operator.audit_ledger import Audit, audit
from bot.use_cases.remixes.cancel_remix import cancel_remix
from tests.integration.made_bot import RULES

DELIVERED, REFUSED, PARKED, CANCELLED, QUEUED = 1, 2, 3, 4, 5

BREAKS = {
    Invariant.ONE_RESERVATION: {
        "DELETE FROM reservations WHERE job_id = 5": "job 5  one-reservation  the job has no reservation",
        "INSERT INTO reservations (job_id, guild_id, user_id, speed, status, reserved_micros, opened_at)"
        " VALUES (77, 1, 1, 'TURBO', 'reserved', 0, 0)": "job 77  one-reservation  the reservation has no job",
    },
    Invariant.ENTRIES_ADD_UP: {
        "DELETE FROM ledger_entries WHERE job_id = 5": (
            "job 5  entries-add-up  the entries sum to $0.00, the reservation counts $0.03"
        ),
        "UPDATE reservations SET settled_micros = 90000 WHERE job_id = 1": (
            "job 1  entries-add-up  the entries sum to $0.03, the reservation counts $0.09"
        ),
    },
    Invariant.TOTALS_ADD_UP: {
        "UPDATE server_spending SET micros = micros + 1 WHERE period = '2026-05'": (
            "totals  totals-add-up  2026-05 of server 11: the reservations count $0.09, the running total is $0.090001"
        ),
        "UPDATE spending SET micros = micros + 1 WHERE period = '2026-05'": (
            "totals  totals-add-up  2026-05: the reservations count $0.09, the running total is $0.090001"
        ),
        "DELETE FROM spending WHERE period = '2026-05-01'": (
            "totals  totals-add-up  2026-05-01: the reservations count $0.09, the running total is $0.00"
        ),
        "INSERT INTO spending (period, micros) VALUES ('2026-04', 5)": (
            "totals  totals-add-up  2026-04: the reservations count $0.00, the running total is $0.000005"
        ),
    },
    Invariant.WITHIN_BUDGET: {
        "UPDATE ledger_entries SET day_ceiling_micros = 80000 WHERE job_id = 5": (
            "job 5  within-budget  2026-05-01: $0.09 counted when it was accepted, of $0.08"
        ),
        "UPDATE ledger_entries SET month_ceiling_micros = 29999 WHERE job_id = 1 AND micros = 30000": (
            "job 1  within-budget  2026-05: $0.03 counted when it was accepted, of $0.029999"
        ),
    },
    Invariant.FINAL_IS_CLOSED: {
        "UPDATE reservations SET status = 'reserved', closed_at = NULL WHERE job_id = 4": (
            "job 4  final-is-closed  the job is cancelled, its money is reserved"
        ),
        "UPDATE reservations SET status = 'unresolved', closed_at = NULL WHERE job_id = 2": (
            "job 2  final-is-closed  the job is failed, its money is unresolved"
        ),
    },
    Invariant.PARKED_IS_UNRESOLVED: {
        "UPDATE reservations SET status = 'reserved' WHERE job_id = 3": (
            "job 3  parked-is-unresolved  the job is outcome_unknown, its money is reserved"
        ),
        "UPDATE reservations SET status = 'unresolved' WHERE job_id = 5": (
            "job 5  parked-is-unresolved  the job is queued, its money is unresolved"
        ),
    },
    Invariant.OPEN_MONEY: {
        "UPDATE reservations SET status = 'released', closed_at = 1 WHERE job_id = 5": (
            "job 5  open-money  the job is queued, its money is released"
        ),
    },
    Invariant.PAID_CALLS: {
        # The answer's event is gone, and the one after it says that it came from the call.
        "DELETE FROM job_events WHERE job_id = 1 AND to_state = 'generated'": (
            "job 1  paid-calls  1 calls, 0 answered with 1 images, 0 asked again; settled: $0.03 settled,"
            " $0.03 reserved, $0.00 of it unsure"
        ),
        "UPDATE reservations SET status = 'settled', settled_micros = 30000 WHERE job_id = 2": (
            "job 2  paid-calls  1 calls, 0 answered with 0 images, 0 asked again; settled: $0.03 settled,"
            " $0.03 reserved, $0.00 of it unsure"
        ),
        "DELETE FROM results WHERE job_id = 1": (
            "job 1  paid-calls  1 calls, 1 answered with 0 images, 0 asked again; settled: $0.03 settled,"
            " $0.03 reserved, $0.00 of it unsure"
        ),
        "UPDATE reservations SET unsure_micros = 10000 WHERE job_id = 3": (
            "job 3  paid-calls  1 calls, 0 answered with 0 images, 0 asked again; unresolved: nothing settled,"
            " $0.03 reserved, $0.01 of it unsure"
        ),
        "UPDATE reservations SET unsure_micros = 30001 WHERE job_id = 1": (
            "job 1  paid-calls  1 calls, 1 answered with 1 images, 0 asked again; settled: $0.03 settled,"
            " $0.03 reserved, $0.030001 of it unsure"
        ),
    },
    Invariant.LEGAL_PATH: {
        "UPDATE jobs SET state = 'generating' WHERE id = 5": (
            "job 5  legal-path  the job is generating, its last event says queued"
        ),
        "DELETE FROM job_events WHERE job_id = 5": "job 5  legal-path  the job is queued, its last event says nothing",
        "DELETE FROM job_events WHERE job_id = 1 AND to_state = 'generating'": (
            "job 1  legal-path  after queued came a move from generating to generated"
        ),
        "UPDATE job_events SET from_state = 'queued' WHERE job_id = 1 AND to_state = 'queued'": (
            "job 1  legal-path  after nothing came a move from queued to queued"
        ),
        "INSERT INTO job_events (job_id, at, from_state, to_state, cause) VALUES (4, 1, 'cancelled', 'queued', 'x')": (
            "job 4  legal-path  after cancelled came a move from cancelled to queued"
        ),
    },
    Invariant.NO_OLD_LINKS: {
        "UPDATE results SET url = 'https://example/1' WHERE job_id = 1": (
            "job 1  no-old-links  image 0 has a link, the job is delivered"
        ),
    },
    Invariant.NO_OLD_LEASES: {
        "UPDATE jobs SET lease = 'x' WHERE id = 1": (
            "job 1  no-old-leases  the job has a lease, although it is delivered"
        ),
        "UPDATE jobs SET lease = 'x' WHERE id = 3": (
            "job 3  no-old-leases  the job has a lease, although it is outcome_unknown"
        ),
    },
}


@pytest.fixture
async def lived(bot):
    """A bot with a job of every kind of end, under budgets."""
    ceilings = {Period.DAY: 150_000, Period.MONTH: 300_000}
    bot.use_rules(replace(RULES, ceilings=ceilings))
    for user_id, fault in ((DELIVERED, []), (REFUSED, ["422-prompt"]), (PARKED, ["500"])):
        bot.stand_in.dials.fail.extend(fault)
        job = await bot.remix(user_id)
        await bot.work(job.id)
    cancelled = await bot.remix(CANCELLED)
    await cancel_remix(bot.core, cancelled.id, CANCELLED)
    await bot.remix(QUEUED)
    return bot


def break_it(file, sql):
    """By another hand: SQLite looks at foreign keys only for those who ask it to."""
    with closing(sqlite3.connect(file)) as connection, connection:
        assert connection.execute(sql).rowcount > 0


async def test_what_has_really_happened_is_clean(lived):
    assert await lived.do(audit) == Audit(jobs=5, violations=[])


def test_each_invariant_is_broken_at_least_once():
    assert set(BREAKS) == set(Invariant)


async def test_each_broken_invariant_has_its_line(lived, database_file, tmp_path):
    lived.database.close()
    unseen = {}
    for sql, line in (case for cases in BREAKS.values() for case in cases.items()):
        copy = tmp_path / "broken.db"
        copy.write_bytes(database_file.read_bytes())
        break_it(copy, sql)
        lines = [violation_line(violation) for violation in read_snapshot(f"sqlite:///{copy}", audit).violations]
        if line not in lines:
            unseen[sql] = lines
    assert unseen == {}
