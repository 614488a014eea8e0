"""Migrations go up and down, on an empty and on a filled database, and lead to the tables that the code knows."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.rules.budgets import Period, Spending
from bot.rules.cases import CaseKind
from bot.rules.job_states import JobState
from bot.rules.limits import Limits
from bot.rules.log_problems import LogProblem
from bot.rules.policies import NO_POLICY, UNLIMITED, Plan
from bot.rules.policy_fields import Bounds, change
from bot.rules.removals import Removal
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.engine.databases.sqlite import make_engine
from bot.storage.engine.migrations import (
    DatabaseTooNewError,
    back_up_before,
    migrate,
    run,
    scripts_folder,
)
from bot.storage.engine.tables import metadata
from bot.storage.engine.tables.remixes import ledger_entries
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.remixes import jobs, ledger, spending
from bot.storage.standing import policies, servers
from bot.storage.standing.pauses import Pause
from bot.use_cases.server_policy.change_policy import undo_policy_change
from tests.integration.made_storage import START, add_job, add_result, walk

pytestmark = pytest.mark.sqlite_only  # each version of a file that somebody may have

LATER = START + timedelta(hours=1)
BOUNDS = Bounds(Limits(timedelta(), 3, 500), {}, 30, 30_000)
NEWEST = ScriptDirectory(str(scripts_folder())).get_current_head()


def schema(path: Path) -> dict[str, str]:
    """Every table and index as SQLite wrote it down, blanks aside."""
    with closing(sqlite3.connect(path)) as reader:
        rows = reader.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        return {name: " ".join(sql.split()) for name, sql in rows}


def go(url: str, direction: str, revision: str) -> None:
    engine = make_engine(url)
    with engine.connect() as connection:
        run(connection, direction, revision)
    engine.dispose()


def fill(url: str) -> int:
    with closing(Database(url)) as database:
        job = database.transaction_now(add_job)
        database.transaction_now(add_result, job, "ab" * 32)
        database.transaction_now(walk, job, JobState.GENERATING, JobState.GENERATED)
        return job.id


def test_a_new_database_is_made_with_its_folder_and_a_second_time_nothing_is_done(tmp_path):
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'remix.db'}"
    assert migrate(url) == NEWEST
    assert migrate(url) is None
    assert fill(url) == 1


def test_the_migrated_tables_are_those_that_the_code_knows(url):
    engine = make_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_constraints_and_partial_indexes_are_those_that_the_code_knows(database_file, tmp_path):
    """Alembic's own comparison looks at neither."""
    made = tmp_path / "made.db"
    engine = make_engine(f"sqlite:///{made}")
    metadata.create_all(engine)
    engine.dispose()
    migrated = schema(database_file)
    del migrated["alembic_version"]
    assert migrated.keys() == schema(made).keys()
    for name, sql in schema(made).items():
        parts = [sorted(part.strip(" )") for part in text.split(",")) for text in (sql, migrated[name])]
        assert parts[0] == parts[1], name


@pytest.mark.parametrize("filled", [False, True])
def test_every_migration_can_be_taken_back_and_done_again(url, database_file, filled):
    before = schema(database_file)
    if filled:
        fill(url)
    go(url, "downgrade", "base")
    assert schema(database_file).keys() == {"alembic_version"}
    go(url, "upgrade", "head")
    assert schema(database_file) == before
    assert fill(url) == 1


def test_a_migration_that_fails_half_way_changes_nothing(url, database_file):
    before = schema(database_file)
    fill(url)
    engine = make_engine(url)

    def refuse(statement: str) -> None:
        if "DROP TABLE jobs" in statement:
            raise RuntimeError("power cut")

    sa.event.listen(engine, "before_cursor_execute", lambda _c, _cu, statement, *_rest: refuse(statement))
    with engine.connect() as connection, pytest.raises(RuntimeError):
        run(connection, "downgrade", "base")
    engine.dispose()
    assert schema(database_file) == before


def test_money_of_before_the_ledger_is_carried_over_into_it(url):
    with closing(Database(url)) as database:
        paid, parked, cancelled = [database.transaction_now(add_job, user_id) for user_id in (1, 2, 3)]
        database.transaction_now(ledger.settle, paid.id, 90_000, START)
        database.transaction_now(ledger.mark_unresolved, parked.id)
        database.transaction_now(ledger.release, cancelled.id, START)
        database.transaction_now(add_job, 4, START + timedelta(days=1))
        before = database.transaction_now(spending.read, START)
    go(url, "downgrade", "0001")
    go(url, "upgrade", "head")
    with closing(Database(url)) as database:
        after = database.transaction_now(spending.read, START)
        entries = database.transaction_now(
            lambda c: c.execute(sa.select(sa.func.sum(ledger_entries.c.micros))).scalar()
        )
    assert after == before == {Period.DAY: Spending(120_000), Period.MONTH: Spending(150_000)}
    assert entries == 150_000


def statuses(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as reader:
        return [status for (status,) in reader.execute("SELECT status FROM reservations ORDER BY job_id")]


RESERVED = "SELECT job_id, status, reserved_micros, settled_micros, closed_at FROM reservations ORDER BY job_id"


def test_money_that_was_called_held_is_called_unresolved_and_back(url, database_file):
    with closing(Database(url)) as database:
        parked, paid, _waiting = [database.transaction_now(add_job, user_id) for user_id in (1, 2, 3)]
        database.transaction_now(ledger.mark_unresolved, parked.id)
        database.transaction_now(ledger.settle, paid.id, 90_000, START)
    with closing(sqlite3.connect(database_file)) as reader:
        before = reader.execute(RESERVED).fetchall()
    go(url, "downgrade", "0005")
    assert statuses(database_file) == ["held", "settled", "reserved"]
    go(url, "upgrade", "0006")
    assert statuses(database_file) == ["unresolved", "settled", "reserved"]
    with closing(sqlite3.connect(database_file)) as reader:
        assert reader.execute(RESERVED).fetchall() == before
        with pytest.raises(sqlite3.IntegrityError, match="ck_reservations_status"):
            reader.execute("UPDATE reservations SET status = 'held'")


SPELLED = {
    "channels": ("default", "<#5>, <#6>", None, [5, 6]),
    "roles": ("<@&9>", "<@&8>, <@&70>", [9], [8, 70]),
    "ignored-roles": ("<@&9>", "default", [9], None),
    "new-member-age": ("7d", "1d 2h 3m 4s", 604_800, 93_784),
    "cooldown": ("0s", "5m", 0, 300),
    "daily-quota": ("unlimited", "0", UNLIMITED, 0),
    "monthly-quota": ("default", "100", None, 100),
    "queue-limit": ("2", "3", 2, 3),
    "daily-budget": ("$5.00", "$0.125", 5_000_000, 125_000),
    "monthly-budget": ("default", "$1000000.00", None, 1_000_000_000_000),
    "speeds": ("default", "Turbo, Quality", None, ["QUALITY", "TURBO"]),
    "default-speed": ("Quality", "Turbo", "QUALITY", "TURBO"),
    "log-channel": ("default", "<#5>", None, 5),
    "keep-pictures": ("default", "7d", None, 7),
}
"""What a case of each field said in 0006 and says in 0007, before and after."""


def details_of_cases(path: Path) -> list[dict[str, object]]:
    with closing(sqlite3.connect(path)) as reader:
        rows = reader.execute("SELECT details FROM cases ORDER BY number").fetchall()
    return [json.loads(details) for (details,) in rows]


def add_old_cases(path: Path, *cases: tuple[str, dict[str, str]]) -> None:
    rows = [(number, kind, json.dumps(details)) for number, (kind, details) in enumerate(cases, 1)]
    with closing(sqlite3.connect(path)) as writer, writer:
        writer.executemany(
            "INSERT INTO cases (guild_id, number, kind, at, actor_id, details) VALUES (11, ?, ?, 0, 1, ?)", rows
        )


def test_old_cases_of_settings_get_raw_values_and_back(url, database_file):
    go(url, "downgrade", "0006")
    old = [
        *(("config", {"field": name, "before": old[0], "after": old[1]}) for name, old in SPELLED.items()),
        ("config", {"field": "cooldown", "before": "5m", "after": "0s", "undoes": "5"}),
        ("plan", {"field": "plan <@&7>", "before": "default", "after": "cooldown 1h 1s, daily-quota unlimited"}),
        ("grant", {"field": "grant", "before": "default", "after": "3", "interaction": "77"}),
        ("pause", {"before": "an event"}),
    ]
    add_old_cases(database_file, *old)
    go(url, "upgrade", "head")
    assert details_of_cases(database_file) == [
        *({"field": name, "before": raw[2], "after": raw[3]} for name, raw in SPELLED.items()),
        {"field": "cooldown", "before": 300, "after": 0, "undoes": "5"},
        {"role_id": 7, "before": None, "after": {"cooldown": 3601, "daily-quota": UNLIMITED}},
        {"remixes": 3, "interaction_id": 77},
        {"before": "an event"},
    ]
    go(url, "downgrade", "0006")
    assert details_of_cases(database_file) == [details for _kind, details in old]


def test_cases_of_a_setting_that_is_newer_than_the_revision_survive_the_way_down_and_up(url, database_file):
    details = [{"field": "a-newer-setting", "before": None, "after": raw} for raw in (200, "TURBO", [5, 6])]
    add_old_cases(database_file, *(("config", each) for each in details))
    go(url, "downgrade", "0006")
    go(url, "upgrade", "head")
    assert details_of_cases(database_file) == details


def test_an_old_case_of_each_setting_can_be_undone(url, database_file):
    old = [
        ("config", {"field": name, "before": before, "after": after}) for name, (before, after, *_) in SPELLED.items()
    ]
    go(url, "downgrade", "0006")
    add_old_cases(database_file, *old)
    go(url, "upgrade", "head")
    with closing(Database(url)) as database:
        for number, (name, (before, after, *_)) in enumerate(SPELLED.items(), 1):
            was = change(NO_POLICY, {name: before}, BOUNDS).policy
            database.transaction_now(policies.write, 11, change(was, {name: after}, BOUNDS).policy)
            case = database.transaction_now(cases.get, 11, number)
            assert database.transaction_now(undo_policy_change, case, BOUNDS) is None, name
            assert database.transaction_now(policies.read, 11) == was, name


def test_an_old_case_of_a_plan_can_be_undone(url, database_file):
    with closing(Database(url)) as database:
        database.transaction_now(policies.write_plan, 11, 7, Plan(daily_quota=6))
    go(url, "downgrade", "0006")
    details = {"field": "plan <@&7>", "before": "cooldown 1m, daily-quota unlimited", "after": "daily-quota 6"}
    add_old_cases(database_file, ("plan", details))
    go(url, "upgrade", "head")
    with closing(Database(url)) as database:
        case = database.transaction_now(cases.get, 11, 1)
        assert database.transaction_now(undo_policy_change, case, BOUNDS) is None
        assert database.transaction_now(policies.read_plans, 11) == {7: Plan(cooldown_s=60, daily_quota=UNLIMITED)}


def set_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as writer, writer:
        writer.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_a_database_of_a_newer_version_is_refused_and_not_touched(url, database_file):
    set_revision(database_file, "9999")
    before = schema(database_file)
    with pytest.raises(DatabaseTooNewError, match="9999"):
        migrate(url)
    assert schema(database_file) == before


def test_what_is_no_database_is_refused_and_not_touched(tmp_path):
    path = tmp_path / "notes.db"
    path.write_bytes(b"shopping list" * 100)
    with pytest.raises(DatabaseUnavailableError):
        migrate(f"sqlite:///{path}")
    assert path.read_bytes() == b"shopping list" * 100


def test_an_older_database_is_copied_before_it_is_migrated(url, database_file, tmp_path, monkeypatch):
    """One more revision, as a later version would bring it."""
    scripts = tmp_path / "migrations"
    shutil.copytree(scripts_folder(), scripts)
    (scripts / "versions" / "9000_more.py").write_text(
        "from alembic import op\nfrom sqlalchemy import table\n"
        f'revision = "9000"\ndown_revision = "{NEWEST}"\n'
        'def upgrade():\n    op.execute(table("job_events").delete())\n'
    )
    monkeypatch.setattr("bot.storage.engine.migrations.scripts_folder", lambda: scripts)
    job_id = fill(url)
    assert migrate(url) == "9000"
    (copy,) = tmp_path.glob(f"remix.db.{NEWEST}-*.bak")
    with closing(sqlite3.connect(copy)) as reader:
        assert reader.execute("SELECT count(*) FROM job_events WHERE job_id = ?", (job_id,)).fetchone() == (3,)
    with closing(sqlite3.connect(database_file)) as reader:
        assert reader.execute("SELECT count(*) FROM job_events").fetchone() == (0,)


def test_the_newest_three_copies_are_kept(database_file):
    for revision in ("0001", "0002", "0003", "0004", "0005"):
        back_up_before(str(database_file), revision)
    kept = sorted(path.name.split(".")[2][:4] for path in database_file.parent.glob("*.bak"))
    assert kept == ["0003", "0004", "0005"]


def test_a_copy_opens_as_a_database_with_everything_in_it(url, database_file):
    job_id = fill(url)
    copy = back_up_before(str(database_file), "0001")
    with closing(Database(f"sqlite:///{copy}")) as database:
        assert database.transaction_now(jobs.get, job_id).state is JobState.GENERATED


def test_a_sentence_about_the_log_channel_becomes_a_code(url, database_file):
    codes = {
        "I may not see this channel, or it is gone.": LogProblem.CHANNEL_GONE,
        "I may not write in this channel.": LogProblem.NOT_ALLOWED,
        "Discord did not take it (503).": LogProblem.NO_REPLY,
        None: None,
    }
    go(url, "downgrade", "0006")
    with closing(sqlite3.connect(database_file)) as writer, writer:
        writer.executemany("INSERT INTO servers (guild_id, log_trouble) VALUES (?, ?)", enumerate(codes))
    go(url, "upgrade", "head")
    with closing(Database(url)) as database:
        read = servers.read_log_problem
        assert [database.transaction_now(read, guild_id) for guild_id in range(4)] == list(codes.values())


def test_a_pause_of_before_gets_the_number_of_its_case(url):
    def pause(connection):
        for kind, at in ((CaseKind.PAUSE, START), (CaseKind.WARN, LATER), (CaseKind.PAUSE, LATER)):
            cases.add(connection, NewCase(11, kind, 9), at)
        servers.pause(connection, 11, Pause("an event", LATER, 9, 3))
        servers.ensure(connection, 12)

    with closing(Database(url)) as database:
        database.transaction_now(pause)
    go(url, "downgrade", "0006")
    go(url, "upgrade", "head")
    with closing(Database(url)) as database:
        assert database.transaction_now(servers.read_pause, 11) == Pause("an event", LATER, 9, 3)
        assert database.transaction_now(servers.read_pause, 12) is None


def test_an_again_of_before_gets_the_root_of_its_picture(url, database_file):
    with closing(Database(url)) as database:
        first, again, again_of_again, other = [database.transaction_now(add_job, user).id for user in range(4)]
    go(url, "downgrade", "0008")
    with closing(sqlite3.connect(database_file)) as writer, writer:
        repeats = [(first, again), (again, again_of_again)]
        writer.executemany("UPDATE jobs SET again_of = ? WHERE id = ?", repeats)
        writer.execute("UPDATE jobs SET removed_at = 1 WHERE id = ?", (other,))
    go(url, "upgrade", "head")
    with closing(Database(url)) as database:
        found = [database.transaction_now(jobs.get, job_id) for job_id in (first, again, again_of_again, other)]
    assert [job.root_id for job in found] == [None, first, first, None]
    assert [job.root for job in found] == [first, first, first, other]
    assert [job.removal for job in found] == [None, None, None, Removal.MODERATOR]


def test_of_several_blocks_the_one_that_ends_last_is_left_on_the_way_down(url, database_file):
    migrate(url)
    ends = {1: [None, 5, None], 2: [5, 9, 7], 3: [4, 4], 4: [3]}
    with closing(sqlite3.connect(database_file)) as writer, writer:
        rows = [
            (user, number, until and until * 1_000_000)
            for user, untils in ends.items()
            for number, until in enumerate(untils, user * 10)
        ]
        writer.executemany("INSERT INTO member_blocks VALUES (11, ?, ?, 0, ?, 'why')", rows)
    go(url, "downgrade", "0011")
    with closing(sqlite3.connect(database_file)) as reader:
        left = reader.execute("SELECT user_id, case_number FROM member_blocks ORDER BY user_id").fetchall()
    assert left == [(1, 10), (2, 21), (3, 30), (4, 40)]
    go(url, "upgrade", "head")
    with closing(sqlite3.connect(database_file)) as reader:
        assert reader.execute("SELECT count(*) FROM member_blocks").fetchone() == (4,)
