"""What all processes share about paid calls: which are in flight, what limit was found, and who has to wait."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.rules.job_states import JobState
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.tables.processes import brakes, lost_calls
from bot.storage.processes import call_slots
from bot.storage.processes.brakes import Brake, pull
from tests.integration.made_storage import add_job, walk


@pytest.fixture
def look(database):
    return lambda: database.transaction_now(call_slots.look, "v1", "ours", 10)


def begin(connection, user_id, images=1):
    request = RemixRequest("a fox", speed=Speed.TURBO, images=images)
    return walk(connection, add_job(connection, user_id, request=request), JobState.GENERATING, calls=1)


def test_the_images_of_jobs_that_are_being_made_are_in_flight_and_no_others(database, look):
    database.transaction_now(begin, 1, images=8)
    ended = database.transaction_now(begin, 2)
    database.transaction_now(add_job, 3)
    assert look().in_flight == 9
    database.transaction_now(walk, ended, JobState.OUTCOME_UNKNOWN)
    assert look().in_flight == 8


def test_a_lost_call_counts_until_it_must_have_ended_or_is_answered_after_all(database, look):
    first, second, over = (database.transaction_now(begin, user_id, images=3) for user_id in (1, 2, 3))
    for job, seconds in ((first, 60.0), (second, 60.0), (over, -1.0)):
        database.transaction_now(walk, job, JobState.OUTCOME_UNKNOWN)
        database.transaction_now(call_slots.keep_lost, call_slots.BegunCall.of(job), timedelta(seconds=seconds))
    assert look().in_flight == 6
    assert database.transaction_now(call_slots.forget_lost, first)
    assert not database.transaction_now(call_slots.forget_lost, first)
    assert look().in_flight == 3
    database.transaction_now(call_slots.keep_lost, call_slots.BegunCall.of(second), timedelta(seconds=-1))
    assert look().in_flight == 0
    assert database.transaction_now(lambda c: c.scalar(sa.select(sa.func.count()).select_from(lost_calls))) == 0


def test_a_clock_that_is_set_back_keeps_no_lost_call_for_longer_than_it_may_run(database, look):
    job = database.transaction_now(begin, 1)
    database.transaction_now(call_slots.keep_lost, call_slots.BegunCall.of(job), timedelta(minutes=1))
    ahead = look().now + timedelta(hours=1)
    values = {"since": ahead, "until": ahead + timedelta(seconds=60)}
    database.transaction_now(lambda c: c.execute(sa.update(lost_calls).values(values)))
    assert look().in_flight == 2
    until = database.transaction_now(lambda c: c.scalar(sa.select(lost_calls.c.until)))
    assert until - look().now < timedelta(seconds=61)


def test_a_brake_holds_for_the_longest_time_asked_for_and_a_clock_set_back_lets_it_go(database, look):
    assert look().submits_wait_s == 0
    database.transaction_now(pull, Brake.SUBMIT, 30.0)
    database.transaction_now(pull, Brake.SUBMIT, 5.0)
    assert 25 < look().submits_wait_s <= 30
    assert look().polls_wait_s == 0
    database.transaction_now(pull, Brake.POLL, 3.0)
    database.transaction_now(pull, Brake.POLL, 30.0)
    assert 25 < look().polls_wait_s <= 30
    since = look().now + timedelta(hours=1)
    database.transaction_now(lambda c: c.execute(sa.update(brakes).values(since=since)))
    assert (look().submits_wait_s, look().polls_wait_s) == (0, 0)


def test_the_limit_is_kept_for_each_api(database, look):
    assert look().limit is None
    for limit in (7, 8):
        database.transaction_now(call_slots.write_limit, "v1", {"limit": limit})
    database.transaction_now(call_slots.write_limit, "v2", {"limit": 3})
    assert look().limit == {"limit": 8}
    database.transaction_now(call_slots.forget_limit, "v1")
    assert look().limit is None


def test_the_lowest_limit_of_a_living_process_is_that_of_all(database, look):
    assert (look().most, look().is_known) == (10, False)
    for number, lease in enumerate(("ours", "theirs")):
        row = f"VALUES ({number + 1}, '{lease}', 'all', 0, 0)"
        database.transaction_now(
            lambda c, row=row: c.execute(
                sa.text(f"INSERT INTO processes (number, lease, role, joined_at, beat_at) {row}")
            )
        )
    assert (look().most, look().is_known) == (10, False)
    database.transaction_now(call_slots.announce, "ours", 10)
    assert (look().most, look().is_known) == (10, True)
    database.transaction_now(call_slots.announce, "theirs", 4)
    assert (look().most, look().is_known) == (4, True)
