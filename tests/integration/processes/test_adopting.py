"""A process dies, and the others take its jobs over in one transaction. If it lives after all, nothing is doubled."""

import pytest

from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.roles import Part, Role
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.processes import call_slots
from bot.storage.processes.joined import JoinedProcess
from bot.storage.remixes import claims
from bot.use_cases.remixes.recover_jobs import adopt_jobs, leave_jobs
from tests.integration.made_bot import Bot
from tests.integration.processes.made_processes import silence

WORKER = Part(Role.WORKER)
LEASE_S = 60


@pytest.fixture
def fleet(database, blobs, ideogram, stand_in, clock, url):
    """Makes a bot that has joined the others."""
    made = []

    def join(lease):
        bot = Bot(database, blobs, ideogram, stand_in, clock, lease=lease)
        bot.joined = JoinedProcess(url, lease, WORKER, LEASE_S)
        bot.use_process(bot.joined)
        made.append(bot)
        return bot

    yield join
    for each in made:
        each.joined.close()


async def claimed(bot, *remixes):
    """Those jobs in the hands of that process."""
    found = await bot.do(claims.claim_queued, bot.lease, 10, bot.clock())
    assert {job.id for job in found} == {job.id for job in remixes}
    return found


async def die(bot, adopter):
    """The process is stopped for longer than its lease."""
    silence(bot.database.transaction_now, bot.lease)
    # As after a lease of beats of its own: only then it is sure that the others are dead.
    adopter.joined._beats_since -= LEASE_S
    adopter.joined._beat()
    assert adopter.joined.others_died
    await adopt_jobs(adopter.core, adopter.rules)


async def test_the_jobs_of_a_dead_process_go_on_in_another_and_no_call_is_made_twice(fleet):
    dead, living = fleet("dead"), fleet("living")
    waiting, making = await dead.remix(1), await dead.remix(2)
    held = await claimed(dead, waiting, making)
    begun = await dead.remixes.generate.begin(next(job for job in held if job.id == making.id))
    await die(dead, living)
    assert (await living.job(waiting.id)).lease is None
    assert (await living.job(making.id)).state is JobState.OUTCOME_UNKNOWN
    # Ideogram may still be making it.
    assert (await living.do(call_slots.look, "v1", "living", 10)).in_flight == 1
    assert begun is not None
    await living.work(waiting.id)
    assert await living.has_delivered(waiting)
    assert living.calls == 1


async def test_a_damaged_row_does_not_keep_the_work_of_a_dead_process_from_the_others(fleet):
    """Rolled back each time, they would have tried for ever, and no job of the dead process would have gone on."""
    dead, living = fleet("dead"), fleet("living")
    bad, waiting = await dead.remix(1), await dead.remix(2)
    held = await claimed(dead, bad, waiting)
    await dead.remixes.generate.begin(next(job for job in held if job.id == bad.id))
    await dead.do(lambda own: own.exec_driver_sql("UPDATE jobs SET origin = 'unheard of' WHERE user_id = 1"))
    await die(dead, living)
    assert (await living.events(bad.id))[-1] == "outcome_unknown: restart"
    assert (await living.do(call_slots.look, "v1", "living", 10)).in_flight == 1
    await living.work(waiting.id)
    assert await living.has_delivered(waiting)


async def test_a_process_also_looks_for_the_jobs_of_a_dead_one_that_another_has_just_taken_over(fleet):
    """Else its worker would claim them a beat later."""
    dead, faster, slower = fleet("dead"), fleet("faster"), fleet("slower")
    await claimed(dead, await dead.remix(1))
    looks = []
    slower.core.news.on_anything.append(lambda: looks.append(slower.lease))
    await die(dead, faster)
    await adopt_jobs(slower.core, slower.rules)
    assert looks == ["slower"]


async def test_what_a_living_process_has_in_hand_is_left_to_it(fleet):
    dead, living, other = fleet("dead"), fleet("living"), fleet("other")
    job = await other.remix(1)
    (held,) = await claimed(other, job)
    begun = await other.remixes.generate.begin(held)
    await die(dead, living)
    kept = await living.job(job.id)
    assert (kept.state, kept.lease) == (JobState.GENERATING, "other")
    assert begun.calls == kept.calls


@pytest.mark.parametrize("api", [IdeogramApi.V1_ASYNC])
async def test_a_generation_with_an_id_is_polled_by_another_process(fleet):
    dead, living = fleet("dead"), fleet("living")
    job = await dead.remix(1)
    (held,) = await claimed(dead, job)
    prepared, begun = await dead.remixes.generate.prepare(held), await dead.remixes.generate.begin(held)
    await dead.remixes.generate.record_submitted(begun, await dead.remixes.generate.ask(prepared))
    await die(dead, living)
    await living.work(job.id)
    assert await living.has_delivered(job)
    assert (living.paid_calls, await living.money(job.id)) == (1, ("settled", 30_000))


async def test_one_that_was_only_stopped_joins_again_and_its_late_answer_is_paid_and_delivered_once(fleet):
    stopped, living = fleet("stopped"), fleet("living")
    job = await stopped.remix(1)
    (held,) = await claimed(stopped, job)
    prepared, begun = await stopped.remixes.generate.prepare(held), await stopped.remixes.generate.begin(held)
    answer = await stopped.remixes.generate.ask(prepared)
    await die(stopped, living)
    assert await living.money(job.id) == ("unresolved", None)
    stopped.joined._beat()
    assert await stopped.do(stopped.joined.is_member)
    await stopped.remixes.generate.record_answer(begun, answer)
    await living.work(job.id)
    assert await living.has_delivered(job)
    assert (living.calls, await living.money(job.id)) == (1, ("settled", 30_000))
    assert len(living.poster.posted) == 1


async def made_and_claimed(bot):
    """A result in the hands of that process, to be posted."""
    (held,) = await claimed(bot, await bot.remix(1))
    prepared, begun = await bot.remixes.generate.prepare(held), await bot.remixes.generate.begin(held)
    await bot.remixes.generate.record_answer(begun, await bot.remixes.generate.ask(prepared))
    (result,) = await bot.do(claims.claim_generated, bot.lease, 1, bot.clock())
    return result


async def test_a_process_that_was_given_up_claims_and_posts_nothing(fleet):
    stopped, living = fleet("stopped"), fleet("living")
    result = await made_and_claimed(stopped)
    await stopped.remix(2)
    await die(stopped, living)
    async with stopped.working():
        pass
    with pytest.raises(DatabaseUnavailableError, match="do not count on this one"):
        await stopped.remixes.deliver.run(result)
    assert (stopped.calls, stopped.poster.posted) == (1, [])
    await living.work(result.id)
    assert await living.has_delivered(result)


async def test_a_process_that_was_given_up_hands_nothing_over(fleet):
    stopped, living = fleet("stopped"), fleet("living")
    result = await made_and_claimed(stopped)
    # Kept for its author, since its channel is closed.
    await stopped.do(lambda connection: claims.release(connection, result, None))
    await die(stopped, living)
    assert await stopped.hand_over.take(result.id, result.user_id) is None
    assert await living.hand_over.take(result.id, result.user_id) is not None


async def test_a_process_that_may_not_act_does_not_post_what_it_has_begun_to(fleet):
    only = fleet("only")
    result = await made_and_claimed(only)
    only.joined._sent_at -= LEASE_S
    await only.remixes.deliver.run(result)
    assert only.poster.posted == []
    kept = await only.job(result.id)
    assert (kept.state, kept.lease) == (JobState.GENERATED, None)
    only.joined._beat()
    only.clock.move(minutes=5)
    await only.work(result.id)
    assert len(only.poster.posted) == 1


async def test_a_clean_leave_parks_what_was_not_answered_and_frees_the_rest_at_once(fleet):
    leaving, living = fleet("leaving"), fleet("living")
    waiting, making = await leaving.remix(1), await leaving.remix(2)
    held = await claimed(leaving, waiting, making)
    await leaving.remixes.generate.begin(next(job for job in held if job.id == making.id))
    leaving.joined.stop()
    await leave_jobs(leaving.core, leaving.rules, leaving.joined.leave)
    assert (await living.job(making.id)).state is JobState.OUTCOME_UNKNOWN
    await living.work(waiting.id)
    assert await living.has_delivered(waiting)
