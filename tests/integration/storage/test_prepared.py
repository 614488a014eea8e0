"""A prepared statement brings what SQLAlchemy itself would bring, and fails as it would. A remix runs no other."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.rules.job_states import JobState
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import cooldowns, job_events, jobs
from bot.storage.remixes import jobs as stored_jobs
from bot.use_cases.pictures.make_prints import MakePrints
from tests.integration.made_storage import START, add_job

FIND = sa.select(jobs).where(jobs.c.id == sa.bindparam("job"))
COOLDOWN = {"guild_id": 11, "user_id": 5, "job_id": 1, "started_at": START}


def test_the_row_is_the_one_that_sqlalchemy_brings(database):
    def compare(connection):
        job = add_job(connection, 5)
        mine = PreparedStatement(FIND).one(connection, {"job": job.id})
        theirs = connection.execute(FIND, {"job": job.id}).one()
        assert mine._asdict() == dict(theirs._mapping)
        assert mine.accepted_at == START
        assert mine.hidden is False

    database.transaction_now(compare)


def test_values_that_differ_in_their_names_get_a_statement_each(database):
    change = PreparedStatement(sa.update(jobs).where(jobs.c.id == sa.bindparam("job")))

    def turn_and_lease(connection):
        job = add_job(connection, 5)
        assert change.change(connection, {"job": job.id, "turn": 7}) == 1
        assert change.change(connection, {"job": job.id, "lease": "x", "due_at": START + timedelta(1)}) == 1
        assert change.change(connection, {"job": job.id + 1, "turn": 9}) == 0
        return stored_jobs.get(connection, job.id)

    changed = database.transaction_now(turn_and_lease)
    assert (changed.turn, changed.lease, changed.due_at) == (7, "x", START + timedelta(1))


def test_values_that_never_change_stand_in_the_statement(database):
    queued = PreparedStatement(
        sa.select(jobs.c.id).where(jobs.c.state == JobState.QUEUED, jobs.c.due_at <= START).limit(2)
    )
    database.transaction_now(lambda c: [add_job(c, user_id) for user_id in range(3)])
    assert len(database.transaction_now(queued.rows)) == 2


def test_an_expression_is_worked_out_by_the_database(database):
    statement = PreparedStatement(
        sa.update(jobs).where(jobs.c.id == sa.bindparam("job")).values(turn=jobs.c.turn + sa.bindparam("more"))
    )
    job = database.transaction_now(add_job, 5)
    database.transaction_now(statement.change, {"job": job.id, "more": 10})
    assert database.transaction_now(stored_jobs.get, job.id).turn == job.turn + 10


def test_where_there_is_nothing(database):
    find = PreparedStatement(FIND)
    assert database.transaction_now(find.rows, {"job": 1}) == []
    assert database.transaction_now(find.first, {"job": 1}) is None
    assert database.transaction_now(find.scalar, {"job": 1}) is None
    with pytest.raises(LookupError):
        database.transaction_now(find.one, {"job": 1})


@pytest.mark.parametrize("values", [{}, {"job": 1, "typing_error": 2}], ids=["missing", "unasked"])
def test_values_that_do_not_fit_are_told(database, values):
    with pytest.raises(KeyError):
        database.transaction_now(PreparedStatement(FIND).rows, values)


def test_a_row_that_may_not_be_raises_the_error_of_sqlalchemy_without_its_values(database):
    with pytest.raises(sa.exc.IntegrityError) as raised:
        database.transaction_now(PreparedStatement(sa.insert(cooldowns)).change, {**COOLDOWN, "job_id": 99})
    assert "11" not in str(raised.value)


def test_a_list_is_not_prepared(database):
    some = PreparedStatement(sa.select(job_events).where(job_events.c.id.in_((1, 2))))
    with pytest.raises(TypeError, match="list"):
        database.transaction_now(some.rows)


@pytest.fixture
def unprepared():
    """The statements that SQLAlchemy executes itself, which takes ten times as long as SQLite does."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.sqlite_only
async def test_a_remix_its_private_reply_and_what_looks_at_each_change_run_prepared_statements_alone(bot, unprepared):
    job = await bot.remix()
    await bot.statuses.of_reply(job.id)
    async with bot.working():
        await bot.heard.until(lambda: bot.has_delivered(job))
        await bot.statuses.of_reply(job.id)
        await bot.statuses.mark_notified(job.id)
        await MakePrints(bot.core).look()
        assert unprepared == []
