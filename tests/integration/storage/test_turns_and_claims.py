"""Who is served when: fair turns, due times, leases, holds."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from bot.rules.delivery_places import MAX_DELIVERIES, MAX_OF_CHANNEL, DeliveryPlaces
from bot.rules.failures import ProviderProblem
from bot.rules.job_states import JobState
from bot.storage.engine.tables.remixes import server_queues
from bot.storage.remixes import claims, holds, jobs, queue_facts
from bot.storage.remixes.holds import TRIAL_INTERVAL
from bot.storage.standing import servers
from bot.storage.standing.pauses import Pause
from tests.integration.made_storage import LEASE, START, add_job, claim, walk

Q, G, M = JobState.QUEUED, JobState.GENERATING, JobState.GENERATED
LATER = START + timedelta(minutes=1)


@pytest.fixture
def do(database):
    """Runs a function as a transaction of its own."""
    return database.transaction_now


def served(do, limit=1000) -> list[int]:
    """Whose jobs are claimed, in order."""
    return [job.user_id for job in do(claim, limit)]


def test_nobodys_second_comes_before_anothers_first(do):
    for user_id in [1] * 10 + [2] * 3 + [3]:
        do(add_job, user_id)
    assert served(do) == [1, 2, 3, 1, 2, 1, 2] + [1] * 7


def test_whoever_comes_late_waits_for_no_turn_that_is_over_and_overtakes_no_one_of_this_one(do):
    for _ in range(10):
        do(add_job, 1)
    for user_id in (1, 1, 1):
        assert served(do, 1) == [user_id]
    do(add_job, 2)
    do(add_job, 2)
    assert served(do, 4) == [2, 1, 2, 1]


def test_a_job_that_comes_back_does_not_let_newcomers_past_those_who_wait(do):
    """The turn that is being served never goes back."""
    early = do(add_job, 1)
    for _ in range(5):
        do(add_job, 2)
    assert served(do, 4) == [1, 2, 2, 2]
    do(claims.release, do(jobs.get, early.id), LATER)
    assert [job.id for job in do(claim, 1, LATER)] == [early.id]
    assert do(add_job, 3).turn == 3


def test_in_a_long_random_history_everybodys_nth_job_is_served_before_anybodys_next_but_one(do):
    """All arrive before serving begins: then turns are strictly fair."""
    random = Random(7)  # noqa: S311 - a repeatable history, no secret
    arrivals = [random.randrange(8) for _ in range(120)]
    for user_id in arrivals:
        do(add_job, user_id)
    order = served(do)
    counted = [order[: at + 1].count(user_id) for at, user_id in enumerate(order)]
    assert counted == sorted(counted)
    assert sorted(order) == sorted(arrivals)


def add_in(do, guild_id, user_id=1):
    return do(lambda connection: add_job(connection, user_id, guild_id=guild_id))


def servers_served(do, limit=1000):
    return [job.guild_id for job in do(claim, limit)]


def test_servers_take_turns_however_many_jobs_and_people_each_has(do):
    for user_id in range(200):
        add_in(do, 11, user_id)
    add_in(do, 12)
    add_in(do, 12)
    add_in(do, 13)
    assert servers_served(do, 6) == [11, 12, 13, 11, 12, 11]


def test_a_newcomer_comes_after_one_job_of_each_server_and_before_the_second_of_any(do):
    for _ in range(3):
        add_in(do, 11)
        add_in(do, 12)
    assert servers_served(do, 1) == [11]
    add_in(do, 13)
    assert servers_served(do) == [12, 11, 13, 12, 11, 12]


def test_a_server_that_asks_again_and_again_is_served_once_in_a_round(do):
    for user_id in range(4):
        add_in(do, 11, user_id)
    order = []
    for _ in range(4):
        add_in(do, 12)
        order += servers_served(do, 2)
    assert order == [11, 12] * 4


def test_in_a_server_its_people_take_turns_and_those_of_others_do_not_count(do):
    for guild_id, user_id in [(11, 1), (11, 1), (11, 1), (12, 1), (11, 2), (12, 2)]:
        add_in(do, guild_id, user_id)
    served_ = [(job.guild_id, job.user_id) for job in do(claim, 10)]
    assert served_ == [(11, 1), (12, 1), (11, 2), (12, 2), (11, 1), (11, 1)]


def test_a_paused_server_keeps_its_turn_and_delays_nobody(do):
    for guild_id in (11, 11, 12, 12, 13):
        add_in(do, guild_id)
    do(servers.pause, 11, Pause("a break", START, 1))
    assert servers_served(do, 2) == [12, 13]
    do(servers.resume, 11)
    assert servers_served(do) == [11, 12, 11]


def test_a_server_without_a_row_of_its_own_is_served_too(do):
    """A backup or a person's deletion may have left it out."""
    add_in(do, 12)
    add_in(do, 11)
    do(lambda connection: connection.execute(server_queues.delete().where(server_queues.c.guild_id == 11)))
    assert servers_served(do) == [11, 12]
    add_in(do, 11)
    assert servers_served(do) == [11]


class Round:
    """The servers in a ring, and in each the first jobs of all, then the second ones: what the queue should do."""

    def __init__(self):
        self.servers, self.asked = {}, Counter()

    def add(self, guild_id, user_id, job_id):
        self.asked[guild_id, user_id] += 1
        self.servers.setdefault(guild_id, []).append((self.asked[guild_id, user_id], job_id))

    def serve(self):
        guild_id = next(iter(self.servers))
        waiting = self.servers.pop(guild_id)
        first = min(waiting)
        waiting.remove(first)
        if waiting:
            self.servers[guild_id] = waiting
        return first[1]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_arrives_when_servers_are_served_like_a_ring(do, seed):
    random = Random(seed)  # noqa: S311 - a repeatable history, no secret
    ring, at_server = Round(), {}
    for _ in range(120):
        if ring.servers and random.random() < 0.4:
            (job,) = do(claim)
            assert job.guild_id == at_server[ring.serve()]
            do(walk, job, G)
        else:
            guild_id, user_id = random.choice((11, 11, 11, 12, 13, 14)), random.randrange(4)
            job = add_in(do, guild_id, user_id)
            ring.add(guild_id, user_id, job.id)
            at_server[job.id] = guild_id


@pytest.mark.parametrize("seed", range(8))
def test_when_all_have_arrived_it_is_the_order_of_the_ring_and_the_place_that_each_reads(do, seed):
    random = Random(seed)  # noqa: S311 - a repeatable history, no secret
    ring, jobs_ = Round(), []
    for _ in range(40):
        guild_id, user_id = random.choice((11, 11, 11, 12, 13)), random.randrange(4)
        jobs_.append(add_in(do, guild_id, user_id))
        ring.add(guild_id, user_id, jobs_[-1].id)
    told = {job.id: do(queue_facts.place, job, 10, START).ahead for job in jobs_}
    order = [job.id for job in do(claim, len(jobs_))]
    assert order == [ring.serve() for _ in jobs_]
    assert [told[job_id] for job_id in order] == list(range(len(jobs_)))


def test_a_claim_takes_each_job_once_and_no_more_than_asked(do):
    for user_id in range(5):
        do(add_job, user_id)
    assert [len(do(claim, 2)) for _ in range(4)] == [2, 2, 1, 0]


def test_what_is_not_due_yet_is_passed_over(do):
    first, second = do(add_job, 1), do(add_job, 2)
    (held,) = do(claim)
    do(claims.release, held, LATER, attempts=2)
    assert [job.id for job in do(claim, 5)] == [second.id]
    assert do(claim, 5, LATER - timedelta(microseconds=1)) == []
    again = do(claim, 5, LATER)
    assert [(job.id, job.attempts) for job in again] == [(first.id, 2)]


def test_results_are_claimed_by_due_time_and_those_for_a_person_never(do):
    made = [do(walk, do(add_job, n), G, M, due_at=due) for n, due in enumerate((LATER, START, None))]
    assert [job.id for job in do(claims.claim_generated, LEASE, 5, LATER)] == [made[1].id, made[0].id]
    assert do(claims.claim_generated, LEASE, 5, LATER) == []
    assert do(claims.try_lease, made[2].id, M, LEASE)
    assert not do(claims.try_lease, made[2].id, M, LEASE)


def results_of(do, *places):
    """Results that are due one after the other, each for a channel of a server."""
    return [
        do(walk, do(add_for, guild_id, channel_id), G, M, due_at=START + timedelta(seconds=n))
        for n, (guild_id, channel_id) in enumerate(places)
    ]


def add_for(connection, guild_id, channel_id):
    return add_job(connection, guild_id=guild_id, channel_id=channel_id)


def claimed_results(do, places=None):
    return [job.id for job in do(claims.claim_generated, LEASE, MAX_DELIVERIES, LATER, places)]


def test_a_channel_and_a_server_have_a_few_places_and_the_others_follow_by_due_time(do):
    crowded = results_of(do, *[(11, 22)] * 10, *[(11, 23 + n) for n in range(5)])
    others = results_of(do, *[(12, 32)] * 2, (13, 33))
    in_time = [crowded[n].id for n in (0, 1, 2, 3, 10, 11)]
    assert sorted(claimed_results(do)) == sorted([*in_time, *(job.id for job in others)])
    assert do(claims.next_generated_due) == START + timedelta(seconds=4)


def test_what_is_being_delivered_already_takes_its_place(do):
    made = results_of(do, *[(11, 22)] * 3, *[(11, 23)] * 3, (12, 32))
    taken = [(22, 11)] * MAX_OF_CHANNEL
    assert do(claims.next_generated_due, DeliveryPlaces(taken)) == made[3].due_at
    assert claimed_results(do, DeliveryPlaces(taken)) == [made[3].id, made[4].id, made[6].id]
    taken += [(23, 11)] * 2
    assert claimed_results(do, DeliveryPlaces(taken)) == []
    assert do(claims.next_generated_due, DeliveryPlaces(taken)) is None
    assert claimed_results(do) == [made[0].id, made[1].id, made[2].id, made[5].id]


def test_a_channel_is_put_off_with_all_that_waits_for_it_and_nothing_else(do):
    made = results_of(do, (11, 22), (11, 22), (11, 23))
    do(claims.try_lease, made[0].id, M, LEASE)
    late = LATER + timedelta(minutes=2)
    assert do(claims.put_off_channel, 22, late) == 1
    assert [do(jobs.get, job.id).due_at for job in made] == [made[0].due_at, late, made[2].due_at]
    assert do(claims.put_off_channel, 22, LATER) == 0


def test_only_the_holder_lets_go(do):
    job = do(add_job)
    (held,) = do(claim)
    for other in (replace(held, lease="somebody"), replace(held, claim=held.claim + 1)):
        do(claims.release, other, None)
        assert do(jobs.get, job.id).lease == LEASE
    do(claims.release, held, None, attempts=1)
    assert (do(jobs.get, job.id).lease, do(jobs.get, job.id).due_at) == (None, None)


def test_leases_of_an_earlier_start_are_void_and_those_of_this_one_are_not(do):
    old, new, made = do(add_job, 1), do(add_job, 2), do(walk, do(add_job, 3), G, M)
    do(claims.try_lease, old.id, Q, "earlier")
    do(claims.try_lease, made.id, M, "earlier")
    do(claims.try_lease, new.id, Q, LEASE)
    assert do(lambda connection: claims.void_leases(connection, but=[LEASE])) == 2
    assert [do(jobs.get, job.id).lease for job in (old, new, made)] == [None, LEASE, None]


def test_the_next_due_time_is_that_of_a_job_that_nobody_holds(do):
    assert do(claims.next_queued_due) is None
    first = do(add_job, 1)
    do(add_job, 2, LATER)
    assert do(claims.next_queued_due) == START
    do(claims.try_lease, first.id, Q, LEASE)
    assert do(claims.next_queued_due) == LATER
    assert do(claims.next_generated_due) is None


def test_a_held_queue_lets_one_job_try_every_five_minutes(do):
    for user_id in range(4):
        do(add_job, user_id)
    assert do(holds.place, ProviderProblem.KEY_REJECTED, START)
    assert do(claim, 5) == []
    assert do(claims.next_queued_due) == START + TRIAL_INTERVAL
    trial = START + TRIAL_INTERVAL
    assert do(claim, 5, trial - timedelta(microseconds=1)) == []
    (trying,) = do(claim, 5, trial)
    assert do(holds.read).trial_job_id == trying.id
    assert do(claim, 5, trial) == []
    assert len(do(claim, 5, trial + TRIAL_INTERVAL)) == 1


def test_a_held_queue_with_nobody_waiting_keeps_its_trial(do):
    do(holds.place, ProviderProblem.OUT_OF_CREDIT, START)
    assert do(claim, 1, START + TRIAL_INTERVAL) == []
    do(add_job)
    assert len(do(claim, 1, START + TRIAL_INTERVAL)) == 1


def test_at_a_start_one_may_try_at_once(do):
    do(add_job)
    do(holds.place, ProviderProblem.KEY_REJECTED, START)
    do(holds.try_now, START)
    assert len(do(claim, 5)) == 1


def test_a_lifted_hold_is_gone(do):
    do(add_job)
    assert do(holds.lift) is False
    do(holds.place, ProviderProblem.KEY_REJECTED, START)
    assert do(holds.place, ProviderProblem.OUT_OF_CREDIT, START) is False
    assert do(holds.lift) is True
    do(holds.try_now, START)
    assert do(holds.read) is None
    assert len(do(claim, 5)) == 1
