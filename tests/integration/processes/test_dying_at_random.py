"""Four processes die and come back at random: no job is claimed twice, no call begins before the last one is lost."""

from dataclasses import dataclass, field, replace
from random import Random

import pytest

from bot.rules.job_states import JobState
from bot.rules.roles import Part, Role
from bot.rules.unknown_outcomes import OnUnknownOutcome
from bot.storage.processes.joined import JoinedProcess
from bot.storage.remixes import claims
from bot.storage.remixes.jobs import Job
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.remixes.recover_jobs import adopt_jobs
from bot.worker.worker import Worker
from tests.integration.made_bot import RULES, Bot
from tests.integration.processes.made_processes import silence

LEASE_S = 60
STEPS = 150
RETRYING = replace(RULES, on_unknown_outcome=OnUnknownOutcome.RETRY_ONCE, slots=1_000)


@dataclass
class Process:
    """`held`: what it believes to have in hand. `asked`: its calls that are made and not yet recorded."""

    bot: Bot
    joined: JoinedProcess
    worker: Worker
    is_stopped: bool = False
    held: list[Job] = field(default_factory=list)
    asked: list[tuple[Job, object]] = field(default_factory=list)


@pytest.fixture
def processes(database, blobs, ideogram, stand_in, clock, url):
    made = []
    for lease in ("one", "two", "three", "four"):
        joined = JoinedProcess(url, lease, Part(Role.WORKER), LEASE_S)
        bot = Bot(database, blobs, ideogram, stand_in, clock, lease=lease)
        bot.core = replace(bot.core, process=joined)
        bot.use_rules(RETRYING)
        flow = bot.remixes
        worker = Worker(
            bot.core,
            *(flow.generate, flow.poll, flow.deliver, flow.trouble),
            slots=1_000,
            submits=10,
            shared=flow.shared,
        )
        made.append(Process(bot, joined, worker))
    yield made
    for each in made:
        each.joined.close()


class History:
    """`begun` and `lost`: paid calls, by job and number."""

    def __init__(self, processes, clock, seed):
        self.processes, self.clock, self.random = processes, clock, Random(seed)  # noqa: S311 - a test that can be repeated
        self.begun, self.lost, self.happened = set(), set(), set()

    async def play(self):
        steps = [self.accept, self.claim, self.claim, self.begin, self.begin, self.record, self.stop, self.adopt]
        for _ in range(STEPS):
            step = self.random.choice([*steps, self.come_back])
            process = self.random.choice(
                [each for each in self.processes if step == self.come_back or not each.is_stopped]
            )
            await step(process)
            await self.nothing_is_held_twice()
            self.clock.move(seconds=5)

    async def accept(self, process):
        await process.bot.remix(self.random.randrange(1, 6))

    async def claim(self, process):
        process.held += (await process.worker._claim_queued(2)).jobs

    async def begin(self, process):
        if not process.held:
            return
        held = process.held.pop(self.random.randrange(len(process.held)))
        prepared = await process.bot.remixes.generate.prepare(held)
        job = await process.bot.remixes.generate.begin(held)
        if not isinstance(job, Job):
            self.happened.add("a begin was refused")
            return
        call = (job.id, job.calls)
        assert call not in self.begun
        assert all((job.id, earlier) in self.lost for earlier in range(1, job.calls)), call
        self.begun.add(call)
        process.asked.append((job, await process.bot.remixes.generate.ask(prepared)))

    async def record(self, process):
        if not process.asked:
            return
        job, answer = process.asked.pop(0)
        if (job.id, job.calls) in self.lost:
            self.happened.add("a late answer")
        await process.bot.remixes.generate.record_answer(job, answer)

    async def stop(self, process):
        if sum(not each.is_stopped for each in self.processes) > 2:
            process.is_stopped = True
            silence(process.bot.database.transaction_now, process.bot.lease)

    async def adopt(self, process):
        process.joined._beats_since -= LEASE_S
        process.joined._beat()
        making = [job for job, _ in self.asked() if (await process.bot.job(job.id)).state is JobState.GENERATING]
        if process.joined.others_died:
            await adopt_jobs(process.bot.core, process.bot.rules)
        for job in making:
            if (await process.bot.job(job.id)).state is not JobState.GENERATING:
                self.happened.add("a call was lost")
                self.lost.add((job.id, job.calls))

    async def come_back(self, process):
        was_given_up = process.is_stopped and not await process.bot.do(process.joined.is_member)
        process.is_stopped = False
        if was_given_up and self.random.random() < 0.5:
            # It goes on before its next beat, and believes that it may.
            assert (await process.worker._claim_queued(5)).jobs == []
            await self.begin(process)
            self.happened.add("one acted before it knew")
        process.joined._beat()
        assert await process.bot.do(process.joined.is_member)

    def asked(self):
        return [each for process in self.processes for each in process.asked]

    async def nothing_is_held_twice(self):
        holders = [
            job.id
            for process in self.processes
            for job in [*process.held, *(job for job, _ in process.asked)]
            if await process.bot.do(claims.find_held, job)
        ]
        assert len(holders) == len(set(holders))

    async def end(self):
        for process in self.processes:
            await self.come_back(process)
        for process in self.processes:
            while process.asked:
                await self.record(process)
        found = await self.processes[0].bot.do(audit)
        assert found.violations == []


async def test_whatever_dies_no_job_is_claimed_twice_and_no_call_begins_before_the_last_is_lost(processes, clock):
    history = History(processes, clock, 2)
    await history.play()
    await history.end()
    bot = processes[0].bot
    assert bot.calls == len(history.begun) > 10
    # Else another seed is needed.
    assert history.happened == {"a begin was refused", "a late answer", "a call was lost", "one acted before it knew"}
