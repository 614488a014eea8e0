"""Which pictures are named, by whom, and until when."""

from datetime import timedelta

import pytest

from bot.rules.job_states import JobState
from bot.storage.remixes import jobs, results, retention
from tests.integration.made_storage import START, add_job, add_result, walk

G, M, D = JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED
LATER = START + timedelta(days=30)
SOURCE, MADE = "aa" * 32, "bb" * 32


@pytest.fixture
def do(database):
    """Runs a function as a transaction of its own."""
    return database.transaction_now


def delivered(connection, user_id=1, source=SOURCE, made=MADE, now=START):
    job = add_job(connection, user_id, source_hash=source)
    add_result(connection, job, made)
    return walk(connection, job, G, M, D, now=now)


def named(do, *names):
    return sorted(set(names) - set(do(retention.unreferenced, names)))


def test_pictures_of_a_job_that_is_over_are_unnamed_after_their_time_and_not_before(do):
    job = do(delivered)
    assert do(retention.forget_sources, START) == do(retention.forget_results, START) == 0
    assert named(do, SOURCE, MADE, "cc" * 32) == [SOURCE, MADE]
    after = START + timedelta(microseconds=1)
    assert do(retention.forget_sources, after) == do(retention.forget_results, after) == 1
    assert named(do, SOURCE, MADE) == []
    assert do(jobs.get, job.id).source_hash is None


@pytest.mark.parametrize("states", [(), (G,), (G, M), (G, JobState.OUTCOME_UNKNOWN)])
def test_pictures_of_a_job_that_is_not_over_stay_whatever_its_age(do, states):
    job = do(add_job, source_hash=SOURCE)
    do(add_result, job, MADE)
    do(walk, job, *states)
    assert do(retention.forget_sources, LATER) == do(retention.forget_results, LATER) == 0
    assert named(do, SOURCE, MADE) == [SOURCE, MADE]


def test_a_picture_that_two_jobs_name_stays_until_the_second_is_forgotten(do):
    """Again, and two people with one picture."""
    first = do(delivered)
    second = do(add_job, 2, source_hash=SOURCE, parent_id=first.id)
    do(retention.forget_job, first.id)
    assert named(do, SOURCE, MADE) == [SOURCE]
    do(retention.forget_job, second.id)
    assert named(do, SOURCE) == []


def test_a_result_that_is_somebodys_source_stays(do):
    do(delivered)
    do(add_job, 2, source_hash=MADE)
    do(retention.forget_results, LATER)
    assert named(do, MADE) == [MADE]


def test_reply_tokens_are_forgotten_by_the_age_of_the_job_whatever_its_state(do):
    old, parked, young = do(add_job, 1), do(walk, do(add_job, 2), G, JobState.OUTCOME_UNKNOWN), do(add_job, 3, LATER)
    assert do(retention.forget_reply_tokens, LATER) == 2
    assert [do(jobs.get, job.id).reply_token for job in (old, parked, young)] == [None, None, "token"]


def test_only_paid_results_that_nobody_fetched_are_kept_too_long(do):
    kept = do(walk, do(add_job, 1), G, M)
    do(walk, do(add_job, 2), G, M, now=LATER)
    do(delivered, 3)
    assert [job.id for job in do(retention.find_undelivered, LATER)] == [kept.id]


LINK = "https://example.invalid/x?sig=secret"


@pytest.mark.parametrize("let_go", [results.forget_links, retention.forget_job])
def test_a_link_is_in_no_repr_and_gone_once_it_is_not_needed(do, let_go):
    job = do(add_job)
    do(add_result, job, MADE, url=LINK)
    assert "secret" not in repr(do(results.of_job, job.id))
    assert do(results.of_job, job.id)[0].url == LINK
    do(let_go, job.id)
    assert do(results.of_job, job.id)[0].url is None


def test_links_of_what_waits_for_its_person_are_blanked_after_their_day_and_no_others(do):
    fetched, unfetched, waiting = do(add_job, 1), do(add_job, 2), do(add_job, 3)
    for job, made in ((fetched, MADE), (unfetched, None), (waiting, MADE)):
        do(add_result, job, made, url=LINK)
    for job, at in ((fetched, START), (unfetched, START), (waiting, START + timedelta(seconds=1))):
        do(walk, job, G, M, now=at)
    assert do(retention.forget_old_links, START + timedelta(seconds=1)) == 1
    assert [do(results.of_job, job.id)[0].url for job in (fetched, unfetched, waiting)] == [None, LINK, LINK]
