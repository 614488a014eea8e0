"""Each COMMIT of a job's life fails once, stored and not stored: nothing comes out differently, and all is paid once.

The long form is `make chaos`.
"""

from dataclasses import replace
from itertools import product

import pytest

from bot.rules.budgets import Period
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.database import OutcomeUnknownError
from bot.storage.remixes import claims
from bot.use_cases import surely
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.operator.watch_budgets import WatchBudgets
from bot.use_cases.remixes.submit_remix import Accepted
from bot.worker import stage
from tests.chaos.unsure_database import REQUEST, TROUBLES, Lives, World, goes_well, in_memory, nth_of, opened, play
from tests.integration.made_bot import RULES, asker, picture

KINDS = [(trouble, api) for api in (IdeogramApi.V1, IdeogramApi.V2) for trouble in TROUBLES]


CLAIMS = 6
"""All three stages claim, and mostly in vain at first."""
NAMED = {
    *("_accept", "claim", "begin", "_record_answer", "_record_submitted", "_record_failure"),
    *("_begin_posting", "add_post", "finish_together", "_release_in", "_take", "_handed_over"),
}


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch):
    monkeypatch.setattr(surely, "_FIRST_WAIT_S", 0.0)
    monkeypatch.setattr(surely, "_LONGEST_WAIT_S", 0.0)
    monkeypatch.setattr(surely, "_WAITS_UNTIL_KNOWN_S", (0.0,) * 12)
    monkeypatch.setattr(stage, "_WAIT_AFTER_ERROR_S", 0.0)


@pytest.mark.timeout(300)
async def test_whichever_transaction_fails_and_however_the_life_of_a_job_comes_out_the_same():
    failed = set()
    with in_memory() as folder:
        lives = Lives(folder)
        for trouble, api in KINDS:
            _, names = await lives.undisturbed(trouble, api)
            for name in sorted(names - failed):
                for world, nth in product(World, range(CLAIMS if name == "claim" else 1)):
                    await lives.compare(
                        nth_of(name, nth, world), trouble, api, f"{name} {nth}, {world}, {trouble}, {api}"
                    )
            failed |= names
    assert failed >= NAMED


@pytest.mark.timeout(300)
async def test_many_at_random_change_nothing_either():
    assert "none came out differently" in await play(12, 1)


@pytest.fixture(params=list(World))
async def unsure(request, tmp_path, migrated):
    """A bot whose `fail` lets the transactions of that name fail, for ever or only the first one."""
    (tmp_path / "remix.db").write_bytes(migrated)
    async with opened(tmp_path, goes_well) as bot:

        def fail(failing, *, once=False):
            bot.database.run_before.clear()
            always = {failing: request.param}
            bot.database.fails = nth_of(failing, 0, request.param) if once else lambda name, _before: always.get(name)

        bot.fail = fail
        yield bot
        bot.database.fails = goes_well


async def submitted(bot, who):
    return await bot.submit.submit(who, REQUEST, picture(1), spoiler=False)


async def test_whoever_asks_gets_their_remix_although_its_commit_failed(unsure):
    unsure.fail("_accept", once=True)
    assert isinstance(await submitted(unsure, asker(1)), Accepted)
    assert (await unsure.do(audit)).jobs == 1


async def test_while_nobody_knows_whether_a_remix_is_stored_its_author_is_told_so_and_it_is_queued_once(unsure):
    who = asker(1)
    unsure.fail("_accept")
    assert await submitted(unsure, who) == Refused(Reason.PERHAPS_STORED)
    unsure.database.fails = goes_well
    assert isinstance(await submitted(unsure, who), Accepted)
    found = await unsure.do(audit)
    assert (found.jobs, found.violations) == (1, [])


async def test_a_call_that_was_not_sent_is_not_parked_however_long_nobody_knows_whether_it_has_begun(unsure):
    job = await unsure.remix()
    unsure.fail("begin")
    async with unsure.working() as worker:
        await unsure.heard.until(lambda: has_tried(unsure, job.id))
        unsure.database.fails = goes_well
        unsure.clock.move(minutes=1)
        worker.wake()
        await unsure.heard.until(lambda: is_delivered(unsure, job.id))
    events = await unsure.events(job.id)
    assert not [event for event in events if event.startswith("outcome_unknown")]
    assert (unsure.calls, len(unsure.poster.posted), (await unsure.do(audit)).violations) == (1, 1, [])


async def has_tried(bot, _job_id):
    return bot.database.run_before["_abandon"] > 0


async def is_delivered(bot, job_id):
    return (await bot.job(job_id)).state is JobState.DELIVERED


async def test_what_was_claimed_for_its_author_is_free_again_if_nobody_knows_whether_it_was(unsure):
    unsure.poster.reply_lives = False
    job = await unsure.remix()
    (held,) = await unsure.do(claims.claim_queued, unsure.lease, 1, unsure.clock())
    begun = await unsure.remixes.generate.begin(held)
    answer = await unsure.remixes.generate.ask(await unsure.remixes.generate.prepare(held))
    await unsure.remixes.generate.record_answer(begun, answer)
    unsure.fail("_take")
    with pytest.raises(OutcomeUnknownError):
        await unsure.hand_over.take(job.id, 1)
    unsure.database.fails = goes_well
    assert await unsure.hand_over.take(job.id, 1) is not None


class Operator:
    """Hears of budgets."""

    def __init__(self):
        self.warned = []

    async def warn_of_budget(self, warning):
        self.warned.append(warning.percent)


async def test_the_operator_is_warned_of_a_budget_once(unsure):
    operator = Operator()
    watch = WatchBudgets(unsure.core, replace(RULES, ceilings={Period.DAY: 30_000}), operator)
    await unsure.remix()
    unsure.fail("attempt", once=True)
    await watch.look()
    await watch.look()
    assert operator.warned == [100]
