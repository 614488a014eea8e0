"""One history: what can happen to jobs, step by step, by the use cases alone. No network: the answers are made here."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.cli.kit.audit_lines import violation_line
from bot.ideogram.errors import LinkGoneError, ResultUnavailableError
from bot.ideogram.wire import RemixResponse, ResponseImage
from bot.rules.budgets import Period
from bot.rules.failures import FailureKind, ProviderFailure, ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.prices import Speed
from bot.rules.refusals import Refused
from bot.rules.unknown_outcomes import OnUnknownOutcome
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Database
from bot.storage.engine.tables.remixes import jobs as jobs_table
from bot.storage.engine.tables.remixes import reservations
from bot.storage.remixes import claims, jobs, spending
from bot.storage.remixes.jobs import Job
from bot.storage.standing.blocks import BlockKind
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.operator.decide_parked import decide_parked
from bot.use_cases.operator.operator_blocks import block, unblock
from bot.use_cases.ports import ChannelClosedError, PostFailedError
from bot.use_cases.remixes.cancel_remix import cancel_remix
from bot.use_cases.remixes.expiry import expire_jobs, forget_pictures
from bot.use_cases.remixes.recover_jobs import recover_jobs
from bot.use_cases.removal.delete_result import delete_result
from tests.integration.made_bot import PRICES, RULES, Bot, picture
from tests.integration.made_storage import Clock

T = TypeVar("T")

KEEP = timedelta(days=30)
CEILINGS = [
    {},
    {Period.DAY: 90_000},
    {Period.DAY: 400_000},
    {Period.MONTH: 250_000},
    {Period.DAY: 200_000, Period.MONTH: 900_000},
]
SAFE = [(True,), (True,), (False,), (True, True), (True, False, True), (False, False), (True, True, True, True)]
REFUSALS = [FailureKind.PROMPT_UNSAFE, FailureKind.REQUEST_REJECTED, FailureKind.PICTURE_TOO_LARGE]
HINDRANCES = [
    ProviderFailure(ProviderProblem.RATE_LIMITED, retry_after=5.0),
    ProviderFailure(ProviderProblem.UNREACHABLE),
    ProviderFailure(ProviderProblem.KEY_REJECTED),
    ProviderFailure(ProviderProblem.OUT_OF_CREDIT),
]
WAITS = [
    *[timedelta(seconds=1), timedelta(seconds=31), timedelta(seconds=301)] * 3,
    timedelta(hours=2),
    timedelta(hours=13),
]
POSTING = [None, None, None, PostFailedError("500 0"), ChannelClosedError("403 50001")]
FETCHING = [None, None, None, ResultUnavailableError("503"), LinkGoneError("410")]


class BrokenError(Exception):
    """An invariant does not hold: which, and the figures."""


class Links:
    """The pictures behind the links of an answer, or what is in their way."""

    api = IdeogramApi.V1

    def __init__(self) -> None:
        self.trouble: Exception | None = None

    def refused_host(self, _urls: Iterable[str]) -> None:
        """Every host is listed."""

    async def fetch_image(self, _url: str) -> bytes:
        if self.trouble is not None:
            raise self.trouble
        return picture(500)


class History:
    """Keeps what a process would have in memory: what it has claimed, and what it has asked for."""

    def __init__(self, database: Database, blobs: BlobStore, clock: Clock) -> None:
        self.links = Links()
        self.use(Bot(database, blobs, self.links, None, clock))
        self.clock = clock
        self.reached: Counter[str] = Counter()
        self.calls: dict[tuple[int, int], int | None] = {}
        self.lost: list[tuple[Bot, Job]] = []

    def use(self, bot: Bot) -> None:
        self.bot = bot
        self.claimed: list[Job] = []
        self.begun: list[Job] = []

    async def step(self, name: str, number: int) -> None:
        done = await getattr(self, name)(number)
        self.reached[f"step {name}" if done is not False else f"nothing to {name}"] += 1

    async def check(self) -> None:
        found = await self.bot.do(audit)
        if found.violations:
            raise BrokenError("; ".join(map(violation_line, found.violations)))

    async def accept(self, number: int) -> None:
        self.note(await self.ask(number))

    async def rush(self, number: int) -> None:
        for outcome in await asyncio.gather(*(self.ask(number + each) for each in range(4))):
            self.note(outcome)

    async def ask(self, number: int) -> object:
        speed = list(Speed)[number % 3]
        return await self.bot.ask(number // 3 % 4 + 1, shade=1, speed=speed, guild_id=11 + number // 12 % 2)

    def note(self, outcome: object) -> None:
        self.reached[f"refused: {outcome.reason}" if isinstance(outcome, Refused) else "accepted"] += 1

    async def settings(self, number: int) -> None:
        """Other budgets, as after a start with other settings."""
        ceilings = CEILINGS[number % len(CEILINGS)]
        self.bot.use_rules(replace(RULES, ceilings=ceilings, billed_images=number // 5 % 3 + 1))

    async def claim(self, number: int) -> bool:
        claimed = await self.bot.do(claims.claim_queued, self.bot.lease, number % 3 + 1, self.clock())
        self.claimed += claimed
        return bool(claimed)

    async def begin(self, number: int) -> bool:
        job = await self.in_hand(number)
        begun = None if job is None else await self.bot.remixes.generate.begin(job)
        if begun is None:
            return False
        self.begun.append(begun)
        self.calls[begun.id, begun.calls] = None
        return True

    async def in_hand(self, number: int) -> Job | None:
        """A job that this process has claimed, now if not before."""
        if not self.claimed:
            await self.claim(0)
        return taken(self.claimed, number)

    async def asked(self, number: int) -> Job | None:
        """A job whose paid call has left."""
        if not self.begun:
            await self.begin(number)
        return taken(self.begun, number)

    async def answer(self, number: int) -> bool:
        if (job := await self.asked(number)) is None:
            return False
        await self.answered(self.bot, job, number)
        return True

    async def answered(self, bot: Bot, job: Job, number: int) -> None:
        safe = SAFE[number // 7 % len(SAFE)]
        images = tuple(
            ResponseImage(each, 1, "2048x2048", f"https://example/{n}" if each else None) for n, each in enumerate(safe)
        )
        await self.recorded(number, bot.remixes.generate.record_answer, job, RemixResponse(images))
        self.calls[job.id, job.calls] = PRICES[job.speed] * len(images)

    async def recorded(self, number: int, record: Callable[[Job, T], Awaitable[object]], job: Job, what: T) -> None:
        """Sometimes twice, as after a COMMIT that failed and was stored all the same."""
        for _ in range(2 if number % 3 == 0 else 1):
            await record(job, what)

    async def answer_late(self, number: int) -> bool:
        """A process that was taken for dead hears from Ideogram."""
        if (lost := await self.lost_call(number)) is None:
            return False
        before = (await self.bot.job(lost[1].id)).state
        await self.answered(*lost, number)
        self.reached[f"answered late: {before} to {(await self.bot.job(lost[1].id)).state}"] += 1
        return True

    async def fail_late(self, number: int) -> bool:
        if (lost := await self.lost_call(number)) is None:
            return False
        bot, job = lost
        kind = REFUSALS[number % len(REFUSALS)]
        failure = [*HINDRANCES, ProviderFailure(ProviderProblem.REFUSED, kind)][number % (len(HINDRANCES) + 1)]
        before = (await self.bot.job(job.id)).state
        await self.recorded(number, bot.remixes.generate.record_failure, job, failure)
        self.calls[job.id, job.calls] = 0
        self.reached[f"failed late: {before} to {(await self.bot.job(job.id)).state}"] += 1
        return True

    async def lost_call(self, number: int) -> tuple[Bot, Job] | None:
        """A call of an earlier process that nobody has heard of since."""
        if not self.lost and number % 2 and await self.begin(number):
            await self.crash(number - number % 4)
        lost = taken(self.lost, number // 3)
        if lost is not None and number // 7 % 2:
            # Meanwhile the operator has it asked again, and perhaps that call has left too.
            await decide_parked(self.bot.core, lost[1].id, ParkedDecision.RETRIED, by=99, queue_age=timedelta(hours=1))
            await self.begin(number)
        return lost

    async def refuse(self, number: int) -> bool:
        return await self.failed(number, ProviderFailure(ProviderProblem.REFUSED, REFUSALS[number % len(REFUSALS)]))

    async def hinder(self, number: int) -> bool:
        return await self.failed(number, HINDRANCES[number % len(HINDRANCES)])

    async def lose_answer(self, number: int) -> bool:
        return await self.failed(number, ProviderFailure(ProviderProblem.OUTCOME_UNKNOWN))

    async def failed(self, number: int, failure: ProviderFailure) -> bool:
        if (job := await self.asked(number)) is None:
            return False
        await self.recorded(number, self.bot.remixes.generate.record_failure, job, failure)
        if failure.problem is not ProviderProblem.OUTCOME_UNKNOWN:
            self.calls[job.id, job.calls] = 0
        self.reached[failure.problem.value] += 1
        return True

    async def lose_source(self, number: int) -> bool:
        if (job := await self.in_hand(number)) is None:
            return False
        return await self.bot.remixes.generate.prepare(replace(job, source_hash="00" * 32)) is None

    async def abandon(self, number: int) -> bool:
        job = await (self.asked if number % 2 else self.in_hand)(number)
        if job is None:
            return False
        await self.bot.remixes.generate.abandon(job)
        return True

    async def decide(self, number: int) -> bool:
        parked = await self.some(JobState.OUTCOME_UNKNOWN, number)
        if parked is None and await self.lose_answer(number):
            parked = await self.some(JobState.OUTCOME_UNKNOWN, number)
        if parked is None:
            return False
        decision = list(ParkedDecision)[number % len(ParkedDecision)]
        self.reached[f"decided: {decision}"] += 1
        age = timedelta(hours=1)
        return await decide_parked(self.bot.core, parked.id, decision, by=99, queue_age=age) is None

    async def cancel(self, number: int) -> bool:
        if (job := await self.some(JobState.QUEUED, number)) is None:
            return False
        await cancel_remix(self.bot.core, job.id, job.user_id)
        return True

    async def wait(self, number: int) -> None:
        self.clock.now += WAITS[number % len(WAITS)]
        await expire_jobs(self.bot.core)

    async def forget(self, number: int) -> None:
        self.clock.now += timedelta(days=35 if number % 3 == 0 else 0)
        await forget_pictures(self.bot.core, KEEP)

    async def crash(self, number: int) -> None:
        """The process is gone, perhaps with results in hand. The next start may have another answer to the unknown."""
        if number % 2:
            await self.bot.do(claims.claim_generated, self.bot.lease, 3, self.clock())
        self.reached["crashed in a call"] += len(self.begun)
        self.lost += [(self.bot, job) for job in self.begun]
        self.use(self.bot.restarted())
        choice = list(OnUnknownOutcome)[number // 2 % 2]
        self.bot.use_rules(replace(self.bot.rules, on_unknown_outcome=choice))
        await recover_jobs(self.bot.core, self.bot.rules)

    async def deliver(self, number: int) -> bool:
        """What has come, or what comes of a call that is answered now."""
        claimed = await self.bot.do(claims.claim_generated, self.bot.lease, 2, self.clock())
        if not claimed and await self.answer(number):
            claimed = await self.bot.do(claims.claim_generated, self.bot.lease, 2, self.clock())
        self.bot.poster.trouble = [POSTING[number % 5]]
        self.bot.poster.reply_lives = number % 2 == 0
        self.links.trouble = FETCHING[number // 5 % 5]
        for job in claimed:
            await self.bot.remixes.deliver.run(job)
        self.links.trouble = None
        return bool(claimed)

    async def collect(self, number: int) -> bool:
        job = await self.some(JobState.GENERATED, number)
        delivery = await self.bot.hand_over.take(job.id, job.user_id) if job is not None else None
        if delivery is None:
            return False
        if isinstance(delivery, Refused):
            self.reached["refused: collect"] += 1
            return True
        await (self.bot.hand_over.record_handed_over if number % 3 else self.bot.hand_over.put_back)(delivery.job)
        return True

    async def delete(self, number: int) -> bool:
        job = await self.some(JobState.DELIVERED, number)
        posts = await self.bot.posts(job.id) if job is not None else []
        if job is None or not posts:
            return False
        card = (posts[0].channel_id, posts[0].message_id)
        await delete_result(self.bot.core, job.id, card, job.user_id, keep=timedelta(hours=24))
        self.reached["deleted"] += 1
        return True

    async def block(self, number: int) -> None:
        person = number % 4 + 1
        if number // 4 % 4:
            await unblock(self.bot.core, BlockKind.PERSON, person, 99)
        else:
            await block(self.bot.core, BlockKind.PERSON, person, 99, None)

    async def some(self, state: JobState, number: int) -> Job | None:
        return taken(list(await self.bot.do(_in_state, state)), number)

    async def check_money(self) -> None:
        """Each call counts once: what it cost, or its price as long as nobody has heard of it."""
        for row in await self.bot.do(_closed):
            price = row.reserved_micros - row.unsure_micros
            calls = [cost for (job_id, _), cost in self.calls.items() if job_id == row.job_id]
            expected = sum(price if cost is None else cost for cost in calls)
            if row.counted != expected:
                raise BrokenError(f"the calls of job {row.job_id} cost {calls} at {price}, settled is {row.counted}")

    async def states(self) -> Counter[str]:
        return await self.bot.do(_states)


def taken(hands: list[Job], number: int) -> Job | None:
    return hands.pop(number % len(hands)) if hands else None


def _in_state(connection: Connection, state: JobState) -> Sequence[Job]:
    return jobs.select_jobs(connection, sa.select(jobs_table).where(jobs_table.c.state == state))


def _closed(connection: Connection) -> Sequence[sa.Row]:
    """But for those that the operator has written off, who decides what they cost."""
    by_operator = jobs_table.c.failure_kind == FailureKind.OUTCOME_WRITTEN_OFF
    query = sa.select(reservations, spending.COUNTED.label("counted")).join(jobs_table)
    return connection.execute(query.where(reservations.c.closed_at.is_not(None), by_operator.is_not(True))).all()


def _states(connection: Connection) -> Counter[str]:
    """Where the jobs of a history ended, and with what money."""
    columns = (jobs_table.c.state, jobs_table.c.failure_kind, reservations, spending.COUNTED.label("counted"))
    joined = sa.select(*columns).join(reservations, reservations.c.job_id == jobs_table.c.id)
    seen: Counter[str] = Counter()
    for row in connection.execute(joined):
        seen[f"{row.state}: {row.failure_kind}" if row.failure_kind else row.state] += 1
        seen[f"money: {row.status}"] += 1
        seen["money: unsure"] += row.unsure_micros > 0
        seen["money: over the reservation"] += row.counted > row.reserved_micros
    return seen
