"""What no row may be, and what no move may do: the database and the functions over it refuse."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.rules.resolutions import Resolution
from bot.storage.remixes import claims, jobs, ledger
from bot.storage.remixes.jobs import StaleMoveError
from tests.integration.made_storage import LEASE, START, add_job, claim, events, new_job, walk

Q, G, M = JobState.QUEUED, JobState.GENERATING, JobState.GENERATED


@pytest.fixture
def do(database):
    """Runs a function as a transaction of its own."""
    return database.transaction_now


def test_a_job_is_read_back_as_it_was_added(do):
    request = RemixRequest("a fox", 60, Resolution(1664, 2496), Speed.QUALITY, copyright_check=True)
    job = do(add_job, 5, request=request, spoiler=True, parent_id=3)
    assert job.request == request
    assert (job.state, job.spoiler, job.parent_id, job.accepted_at, job.due_at) == (Q, True, 3, START, START)
    assert do(jobs.get, job.id) == job == do(jobs.find_by_interaction, job.interaction_id)
    assert do(events, job.id) == [(None, "queued", "accepted")]


def test_neither_prompt_nor_token_is_in_a_jobs_repr(do):
    job = do(add_job, reply_token="the-token", request=RemixRequest("the-prompt"))
    assert "the-" not in repr(job)
    assert "the-token" not in repr(new_job(reply_token="the-token"))


@pytest.mark.parametrize(
    "values",
    [
        {"state": "elsewhere"},
        {"speed": "FLASH"},
        {"weight": 0},
        {"weight": 101},
        {"state": "delivered"},
        {"state": "cancelled", "finished_at": None},
        {"finished_at": 1},
        {"state": "failed", "finished_at": 1},
        {"failure_kind": "prompt_unsafe"},
        {"interaction_id": None},
        {"prompt": None},
    ],
)
def test_the_database_forbids_an_impossible_job(do, values):
    job = do(add_job)
    columns = ", ".join(f"{name} = :{name}" for name in values)
    with pytest.raises(sa.exc.IntegrityError):
        do(lambda c: c.execute(sa.text(f"UPDATE jobs SET {columns}"), values))  # noqa: S608 - names of this file
    assert do(jobs.get, job.id) == job


@pytest.mark.parametrize(
    "change",
    [
        "status = 'lent'",
        "status = 'settled', closed_at = 1",
        "status = 'released'",
        "settled_micros = 5",
        "closed_at = 5",
        "job_id = 999",
    ],
)
def test_the_database_forbids_an_impossible_reservation(do, change):
    do(add_job)
    with pytest.raises(sa.exc.IntegrityError):
        do(lambda c: c.execute(sa.text(f"UPDATE reservations SET {change}")))  # noqa: S608 - a text of this file


def test_the_queue_has_one_row(do):
    with pytest.raises(sa.exc.IntegrityError):
        do(lambda c: c.execute(sa.text("INSERT INTO queue (id) VALUES (2)")))


def test_one_interaction_makes_one_job(do):
    first = do(add_job, interaction_id=77)
    with pytest.raises(sa.exc.IntegrityError):
        do(add_job, interaction_id=77)
    assert do(jobs.find_by_interaction, 77) == first


@pytest.mark.parametrize("again_by", [1, 2])
def test_a_person_has_one_open_repetition_of_a_job_and_others_have_theirs(do, again_by):
    first = do(add_job, 1, parent_id=5, origin=Origin.AGAIN)
    if again_by == 2:
        do(add_job, 2, parent_id=5, origin=Origin.AGAIN)
        return
    with pytest.raises(sa.exc.IntegrityError):
        do(add_job, 1, parent_id=5, origin=Origin.AGAIN)
    assert do(jobs.find_active_repeat, 1, 5) == first
    do(walk, first, JobState.CANCELLED)
    assert do(jobs.find_active_repeat, 1, 5) is None
    do(add_job, 1, parent_id=5, origin=Origin.AGAIN)


def test_a_move_is_written_down_and_lets_go_of_the_job(do):
    job = do(add_job)
    do(claim)
    moved = do(walk, job, G, M)
    assert (moved.state, moved.lease, moved.attempts) == (M, None, 0)
    assert do(events, job.id)[1:] == [("queued", "generating", "test"), ("generating", "generated", "test")]


@pytest.mark.parametrize(
    "move", [(G, JobState.CANCELLED), (Q, JobState.DELIVERED), (M, Q), (JobState.DELIVERED, Q), (G, G)]
)
def test_an_illegal_move_is_a_mistake_of_ours(do, move):
    job = do(add_job)
    with pytest.raises(ValueError, match="no job moves"):
        do(jobs.try_move, job.id, move, cause="x", now=START)
    assert do(jobs.get, job.id) == job


@pytest.mark.parametrize(
    ("job_id", "move", "held"),
    [
        (1, (G, M), None),
        (2, (Q, G), None),
        (1, (Q, G), {"lease": "somebody"}),
        (1, (Q, G), {"lease": ""}),
        (1, (Q, G), {"claim": 7}),
        (1, (Q, G), {"calls": 1}),
    ],
)
def test_a_stale_move_fails_loudly_and_changes_nothing(do, job_id, move, held):
    job = do(add_job)
    do(claim)
    before = do(jobs.get, job.id)
    holder = None if held is None else replace(before, **held)
    assert do(jobs.try_move, job_id, move, cause="x", now=START, holder=holder) is False
    with pytest.raises(StaleMoveError):
        do(jobs.move, job_id, move, cause="x", now=START, holder=holder)
    assert do(jobs.get, job.id) == before
    assert len(do(events, job.id)) == 1


def test_only_the_holder_may_begin_and_only_the_holder_may_post(do):
    job = do(add_job)
    (held,) = do(claim)
    assert do(jobs.try_move, job.id, (Q, G), cause="x", now=START, holder=held, changes={"lease": LEASE})
    do(walk, job, M)
    with pytest.raises(StaleMoveError):
        do(claims.mark_posting, held, START)


def test_the_first_posting_time_stays(do):
    job = do(add_job)
    held = do(walk, job, G, M, lease=LEASE)
    do(claims.mark_posting, held, START)
    do(claims.mark_posting, held, START + timedelta(minutes=5))
    assert do(jobs.get, job.id).posting_at == START


def test_a_failure_has_its_kind_its_time_and_its_event(do):
    job = do(add_job)
    do(jobs.fail, job, FailureKind.QUEUE_EXPIRED, START)
    failed = do(jobs.get, job.id)
    assert (failed.failure_kind, failed.finished_at, failed.due_at) == (FailureKind.QUEUE_EXPIRED, START, None)
    assert do(events, job.id)[-1] == ("queued", "failed", "queue_expired")
    with pytest.raises(StaleMoveError):
        do(jobs.fail, job, FailureKind.QUEUE_EXPIRED, START)


def test_money_is_closed_once(do):
    job = do(add_job)
    assert do(ledger.cost, job.id) is None
    do(ledger.mark_unresolved, job.id)
    do(ledger.settle, job.id, 60_000, START)
    assert do(ledger.cost, job.id) == 60_000
    for again in (lambda c: ledger.release(c, job.id, START), lambda c: ledger.settle(c, job.id, 1, START)):
        with pytest.raises(ValueError, match="no open reservation"):
            do(again)
    assert do(ledger.cost, job.id) == 60_000


def test_giving_a_cooldown_back_keeps_one_that_a_later_remix_started(do):
    first = do(add_job)
    later = START + timedelta(minutes=1)
    second = do(add_job, 1, later)
    do(ledger.clear_cooldown, first.id)
    assert do(ledger.cooldown_started_at, 11, 1) == later
    do(ledger.clear_cooldown, second.id)
    assert do(ledger.cooldown_started_at, 11, 1) is None


def test_cooldowns_of_other_people_and_other_servers_are_their_own(do):
    job = do(add_job, 1)
    do(add_job, 2)
    do(add_job, 1, guild_id=12)
    do(ledger.clear_cooldown, job.id)
    assert do(ledger.cooldown_started_at, 11, 1) is None
    assert do(ledger.cooldown_started_at, 11, 2) == do(ledger.cooldown_started_at, 12, 1) == START
