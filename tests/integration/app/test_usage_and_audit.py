"""`remix-bot usage` and `remix-bot audit` as processes: they only read, also while the bot runs."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.rules.job_states import JobState
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate
from bot.storage.engine.tables.remixes import reservations, spending
from bot.storage.remixes import jobs, ledger
from tests.integration.made_storage import add_job, walk

WRONG = [
    ("--days", "none"),
    ("--since", "2026-05-09", "--days", "3"),
    ("--since", "2026-05-09", "--until", "2026-05-08"),
    ("--until", "soon"),
    ("--by", "week"),
]


def add_history(connection, midnight):
    """Cancelled in the last microsecond of one day, waiting and parked in the first of the next."""
    cancelled = add_job(connection, 1, midnight - timedelta(microseconds=1))
    walk(connection, cancelled, JobState.CANCELLED)
    ledger.release(connection, cancelled.id, midnight)
    add_job(connection, 2, midnight, request=RemixRequest("a fox", speed=Speed.QUALITY))
    parked = add_job(connection, 3, midnight, guild_id=12)
    walk(connection, parked, JobState.GENERATING, JobState.OUTCOME_UNKNOWN)
    ledger.mark_unresolved(connection, parked.id)


@pytest.fixture
def midnight():
    """Read anew in each test, because the suite may run past midnight."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def url(default_url, midnight):
    migrate(default_url)
    with closing(Database(default_url)) as database:
        database.transaction_now(add_history, midnight)
    return default_url


def lines(done):
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_sums_of_each_day_and_the_budgets_while_the_bot_is_running(run, url, midnight):
    yesterday, today = (midnight - timedelta(days=1)).date(), midnight.date()
    with process_lock(url):
        shown = lines(run("usage", DAILY_BUDGET_USD="0.12"))
    assert shown[:6] == [
        "DAY         REMIXES  SPENT  RESERVED  UNRESOLVED",
        f"{yesterday}        1  $0.00     $0.00       $0.00",
        f"{today}        2  $0.00     $0.03       $0.03",
        "total             3  $0.00     $0.03       $0.03",
        "",
        "Today (UTC): $0.06  50% of the budget of $0.12",
    ]
    assert shown[6].startswith("This month (UTC): $0.0")
    assert shown[6].endswith("  no budget is set")
    assert shown[7:] == ["Each person: at most $2.00 a day"]


@pytest.mark.usefixtures("url")
def test_csv_has_plain_numbers_and_as_many_groups_as_are_asked_for(run, midnight):
    shown = lines(run("usage", "--csv", "--by", "server", "--by", "speed", "--since", f"{midnight:%Y-%m-%d}"))
    assert shown == [
        "server,speed,remixes,spent_usd,reserved_usd,unresolved_usd",
        "11,QUALITY,1,0.00,0.03,0.00",
        "12,TURBO,1,0.00,0.00,0.03",
    ]


def test_the_dearest_person_stands_first(run, url, midnight):
    with closing(Database(url)) as database:
        database.transaction_now(ledger.settle, 3, 90_000, midnight)
    rows = [line.split() for line in lines(run("usage", "--by", "person"))[1:4]]
    assert rows == [
        ["3", "1", "$0.09", "$0.00", "$0.00"],
        ["2", "1", "$0.00", "$0.03", "$0.00"],
        ["1", "1", "$0.00", "$0.00", "$0.00"],
    ]


def test_where_nothing_was_accepted_it_says_so(run, default_url):
    migrate(default_url)
    none = {"DAILY_BUDGET_USD": "none", "PERSON_DAILY_BUDGET_USD": "none"}
    first, *_, today, month = lines(run("usage", "--since", "2026-05-01", "--until", "2026-05-02", **none))
    assert first == "No remix was accepted from 2026-05-01 to 2026-05-02."
    assert (today, month) == (
        "Today (UTC): $0.00  no budget is set",
        "This month (UTC): $0.00  no budget is set",
    )
    assert lines(run("audit")) == ["0 jobs, 0 violations"]


@pytest.mark.parametrize("options", WRONG, ids=" ".join)
def test_wrong_options_are_told_in_one_line(run, options):
    done = run("usage", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["usage", "audit", "parked", "parked retry 1", "forget --person 1 --yes", "backup"])
def test_without_a_database_they_say_so_and_make_none(run, tmp_path, command):
    done = run(*command.split())
    assert done.returncode == 2
    assert "there is no database at" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_an_audit_is_clean_while_the_bot_is_running_and_changes_nothing(run, url):
    with process_lock(url), closing(Database(url)) as database:
        before = database.transaction_now(jobs.get, 2)
        assert lines(run("audit")) == ["3 jobs, 0 violations"]
        assert database.transaction_now(jobs.get, 2) == before


def test_what_does_not_add_up_has_a_line_each_and_exit_code_1(run, url, midnight):
    with closing(Database(url)) as database:
        database.transaction_now(lambda c: c.execute(sa.update(spending).values(micros=1)))
        database.transaction_now(
            lambda c: c.execute(sa.update(reservations).where(reservations.c.job_id == 3).values(status="reserved"))
        )
    done = run("audit")
    *found, last = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert "job 3  parked-is-unresolved  the job is outcome_unknown, its money is reserved" in found
    assert (
        f"totals  totals-add-up  {midnight:%Y-%m-%d}: the reservations count $0.06, the running total is $0.000001"
        in found
    )
    assert last == f"3 jobs, {len(found)} violations"


@pytest.mark.usefixtures("url")
def test_the_chart_is_drawn_when_asked_for_and_written_as_a_picture(run, tmp_path):
    shown = lines(run("usage", "--chart", "--png", "usage.png"))
    assert any("░" in line or "." * 5 in line for line in shown[:3])
    assert "DAY         REMIXES  SPENT  RESERVED  UNRESOLVED" in shown
    assert (tmp_path / "usage.png").read_bytes().startswith(b"\x89PNG")
    nowhere = run("usage", "--png", "none/usage.png")
    assert (nowhere.returncode, nowhere.stderr.startswith("Cannot write the chart")) == (1, True)
    assert run("usage", "--csv", "--chart").returncode == 2
