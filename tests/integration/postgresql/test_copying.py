"""`copy-database`: every row of every table arrives, or none does, and afterwards nobody uses both by mistake."""

import re
import sqlite3
from contextlib import closing, nullcontext

import pytest
import sqlalchemy as sa

from bot.storage.engine.copying import rows as copying
from bot.storage.engine.copying.moved_mark import DatabaseMovedError, moved_mark
from bot.storage.engine.copying.rows import NotEmptyError, copy_rows
from bot.storage.engine.copying.values import UnfitValueError
from bot.storage.engine.database import Database, DatabaseUnavailableError, OutcomeUnknownError
from bot.storage.engine.databases import postgresql as postgresql_engine
from bot.storage.engine.databases.process_lock import DatabaseInUseError, process_lock
from bot.storage.engine.migrations import make_engine, run
from bot.storage.engine.read_only import NoDatabaseError, read_snapshot
from bot.storage.engine.tables import metadata
from bot.storage.engine.tables.remixes import jobs, ledger_entries
from bot.use_cases.moving.copy_database import BooksWrongError, CopyDiffersError, OldSchemaError, copy_database
from tests.integration.made_storage import add_job
from tests.integration.postgresql.filled import filled_file


@pytest.fixture
def source(database_file):
    return filled_file(database_file)


@pytest.fixture
def target(url):
    return url


def copy(source, target, *, rehearse=False, with_wrong_books=True):
    # The rows that fill the tables are no remixes that add up.
    return copy_database(source, target, rehearse=rehearse, with_wrong_books=with_wrong_books)


def everything(connection):
    return {table.name: sorted(map(repr, connection.execute(sa.select(table)))) for table in metadata.sorted_tables}


def count_of_jobs(url):
    return read_snapshot(url, lambda connection: connection.scalar(sa.select(sa.func.count()).select_from(jobs)))


def change(database_file, sql, *values):
    with closing(sqlite3.connect(database_file)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        assert connection.execute(sql, values).rowcount == 1


def test_every_row_of_every_table_arrives_as_it_was_and_the_file_stays_as_it_was(source, postgresql, database_file):
    # Without any table, as an administrator makes it.
    target = postgresql.url(postgresql.create())
    before = database_file.read_bytes()
    copied = copy(source, target)
    there = read_snapshot(source, everything)
    assert min(map(len, there.values())) >= 1
    assert read_snapshot(target, everything) == there
    assert copied.rows == {name: len(rows) for name, rows in there.items()}
    assert copied.replaced == {}
    assert database_file.read_bytes() == before


def test_no_number_is_given_twice_afterwards(source, target, database_file):
    change(database_file, "UPDATE sqlite_sequence SET seq = 70 WHERE name = 'drafts'")
    copy(source, target)
    numbered = [(table, table.autoincrement_column) for table in metadata.sorted_tables]

    def next_and_highest(connection):
        return {
            table.name: (
                connection.scalar(sa.select(sa.func.nextval(sa.func.pg_get_serial_sequence(table.name, column.name)))),
                connection.scalar(sa.select(sa.func.max(column))),
            )
            for table, column in numbered
            if column is not None
        }

    with closing(Database(target)) as database:
        # Behind the highest that a restore has reserved.
        assert database.transaction_now(add_job).id == 2**40 + 1
        found = database.transaction_now(next_and_highest)
    assert [name for name, (following, highest) in found.items() if following <= highest and name != "jobs"] == []
    assert len(found) > 10
    assert found["drafts"][0] == 71


def test_a_rehearsal_stores_nothing_and_the_bot_can_go_on_with_the_file(source, target, database_file):
    assert copy(source, target, rehearse=True).mark is None
    assert count_of_jobs(target) == 0
    assert not moved_mark(database_file).exists()
    assert copy(source, target).mark == moved_mark(database_file)


@pytest.mark.parametrize("with_wrong_books", [True, False])
def test_a_rehearsal_leaves_an_empty_database_as_empty_as_it_was(source, postgresql, with_wrong_books):
    target = postgresql.url(postgresql.create())
    with nullcontext() if with_wrong_books else pytest.raises(BooksWrongError):
        copy(source, target, rehearse=True, with_wrong_books=with_wrong_books)
    engine = postgresql_engine.make_engine(target)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_copied_file_is_refused_until_its_mark_is_deleted(source, target, database_file, postgresql):
    copy(source, target)
    other = postgresql.url(postgresql.create("migrated"))
    with pytest.raises(DatabaseMovedError, match=re.escape(f"delete {database_file}.moved")) as refused:
        copy(source, other)
    assert "postgresql:///test" in str(refused.value)
    moved_mark(database_file).unlink()
    copy(source, other)


def test_a_failure_half_way_leaves_nothing_behind_and_it_can_be_done_again(source, target, database_file, monkeypatch):
    def fail(*_):
        raise DatabaseUnavailableError("the power is off")

    with monkeypatch.context() as patched:
        patched.setattr(copying, "continue_row_numbers", fail)
        with pytest.raises(DatabaseUnavailableError):
            copy(source, target)
    assert count_of_jobs(target) == 0
    assert not moved_mark(database_file).exists()
    copy(source, target)
    assert count_of_jobs(target) == 1


def test_a_commit_whose_outcome_is_unknown_leaves_the_mark(source, target, database_file, monkeypatch):
    """Otherwise somebody could start the bot on the file although the copy was stored."""

    def fail(_target):
        raise OutcomeUnknownError("it is unknown whether it was stored")

    monkeypatch.setattr("bot.use_cases.moving.copy_database.commit", fail)
    with pytest.raises(OutcomeUnknownError):
        copy(source, target)
    assert moved_mark(database_file).exists()


def test_a_database_with_data_is_refused(source, target):
    copy(source, target, rehearse=True)
    with closing(Database(target)) as database:
        database.transaction_now(add_job)
    with pytest.raises(NotEmptyError, match="the table jobs of postgresql:///test"):
        copy(source, target)
    assert count_of_jobs(target) == 1


@pytest.mark.parametrize("which", ["source", "target"])
def test_a_bot_that_runs_on_one_of_them_is_left_alone(source, target, which):
    with process_lock({"source": source, "target": target}[which]), pytest.raises(DatabaseInUseError):
        copy(source, target)


def test_a_file_of_another_version_is_refused(source, target):
    engine = make_engine(source)
    with engine.connect() as connection:
        run(connection, "downgrade", "-1")
    engine.dispose()
    with pytest.raises(OldSchemaError, match="revision 00"):
        copy(source, target)


def test_a_file_that_is_not_there_is_not_made(target, tmp_path):
    with pytest.raises(NoDatabaseError):
        copy(f"sqlite:///{tmp_path}/other.db", target)
    assert not (tmp_path / "other.db").exists()


def test_texts_that_postgresql_does_not_store_arrive_with_a_replaced_character(source, target, database_file):
    change(database_file, "UPDATE jobs SET prompt = 'a' || char(0) || 'fox'")
    change(database_file, "UPDATE styles SET ending = CAST(x'61ff' AS TEXT)")
    copied = copy(source, target)
    assert copied.replaced == {"jobs.prompt": 1, "styles.ending": 1}
    there = read_snapshot(target, everything)
    assert "'a\ufffdfox'" in there["jobs"][0]
    assert "'a\ufffd'" in there["styles"][0]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE jobs SET channel_id = 'SECRET'", "channel_id of the row with id 1 in jobs is no whole number"),
        ("UPDATE alarms SET facts = '{SECRET'", "facts in alarms is no JSON"),
    ],
)
def test_a_value_that_postgresql_cannot_store_is_named_without_what_it_is(source, target, database_file, sql, says):
    change(database_file, sql)
    with pytest.raises(UnfitValueError) as refused:
        copy(source, target)
    assert says in str(refused.value)
    assert "SECRET" not in str(refused.value)
    assert count_of_jobs(target) == 0


def test_a_row_without_what_it_refers_to_is_refused_by_its_table(source, target, database_file):
    change(database_file, "UPDATE posts SET job_id = 99")
    with pytest.raises(DatabaseUnavailableError, match=r"nothing was stored: posts: .*foreign key"):
        copy(source, target)
    assert count_of_jobs(target) == 0


def test_wrong_books_are_told_before_anything_is_copied(source, target):
    with pytest.raises(BooksWrongError) as refused:
        copy(source, target, with_wrong_books=False)
    assert refused.value.found.violations


def test_a_copy_whose_books_differ_is_not_stored(source, target, database_file, monkeypatch):
    def lose(*arguments):
        copied = copy_rows(*arguments)
        arguments[1].execute(sa.delete(ledger_entries))
        return copied

    monkeypatch.setattr("bot.use_cases.moving.copy_database.copy_rows", lose)
    with pytest.raises(CopyDiffersError):
        copy(source, target)
    assert count_of_jobs(target) == 0
    assert not moved_mark(database_file).exists()
