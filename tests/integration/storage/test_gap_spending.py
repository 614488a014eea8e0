"""What was spent between a backup and its restore: it counts, it is reported, and no number is given twice."""

from datetime import timedelta

from bot.rules.audit import Finding
from bot.rules.budgets import Period
from bot.rules.usage_days import Days, Grouping
from bot.storage.remixes import jobs, spending
from bot.storage.reports import usage
from bot.storage.restores import restores
from bot.storage.restores.restores import NewRestore
from bot.use_cases.operator.audit_ledger import audit
from tests.integration.made_storage import START, add_job, new_job

LAST = 250
TODAY = Days(START.date(), START.date())


def restore(connection, *gaps):
    number = restores.add(connection, NewRestore(START, START - timedelta(hours=3), None, LAST))
    for spent_at, micros, guild_id in gaps:
        restores.add_gap(connection, number, spent_at, micros, guild_id)


def test_it_counts_against_the_budgets_of_its_day_and_server_and_the_audit_knows_it(database):
    database.transaction_now(add_job)
    yesterday = START - timedelta(days=1)
    database.transaction_now(restore, (START, 500_000, 11), (START, 20_000, None), (yesterday, 7, 12))
    of_all = database.transaction_now(spending.read, START)
    of_server = database.transaction_now(spending.read_server, 11, START)
    assert of_all[Period.DAY].micros == 30_000 + 520_000
    assert of_server[Period.DAY].micros == 30_000 + 500_000
    assert database.transaction_now(audit).violations == []


def test_the_audit_finds_a_gap_that_the_totals_do_not_count(database):
    database.transaction_now(restore, (START, 500_000, 11))
    database.transaction_now(lambda connection: spending.add(connection, 11, START, -1))
    found = {violation.finding for violation in database.transaction_now(audit).violations}
    assert found == {Finding.OTHER_TOTAL}


def test_it_is_reported_as_spent_without_a_remix(database):
    database.transaction_now(add_job)
    database.transaction_now(restore, (START, 500_000, 11), (START, 20_000, None))

    def report(*by):
        found = database.transaction_now(usage.sums, by, TODAY.begin, TODAY.end)
        return {each.group: (each.remixes, each.spent, each.reserved) for each in found}

    assert report(Grouping.DAY) == {("2026-05-01",): (1, 520_000, 30_000)}
    assert report(Grouping.SERVER) == {("11",): (1, 500_000, 30_000), ("gap",): (0, 20_000, 0)}
    assert report(Grouping.SPEED) == {("TURBO",): (1, 0, 30_000), ("gap",): (0, 520_000, 0)}


def test_a_new_remix_gets_a_number_that_no_lost_one_had(database):
    first = database.transaction_now(add_job)
    database.transaction_now(restore)
    following = [database.transaction_now(jobs.add, new_job(), START).id for _ in range(2)]
    assert (first.id, following) == (1, [LAST + 1, LAST + 2])
