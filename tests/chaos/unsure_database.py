"""A database whose COMMITs fail, and whole lives of jobs on it: stored or not, all comes out the same.

The suite fails each transaction of some lives once, in both worlds. The long form, with many failures at random, is
`python -m tests.chaos.unsure_database --lives 300 --seed 1`.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from bot.cli.kit.audit_lines import violation_line
from bot.demo.ideogram_stand_in import Fault, IdeogramStandIn
from bot.ideogram.client import IdeogramClient
from bot.rules.generations import IdeogramApi
from bot.rules.job_states import FINAL, JobState
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.database import Database, OutcomeUnknownError
from bot.storage.engine.migrations import migrate
from bot.storage.remixes import jobs
from bot.storage.remixes.jobs import Job
from bot.use_cases import surely
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.ports import ChannelClosedError, Delivery, PostFailedError
from bot.worker import stage
from tests.chaos.ledger_steps import BrokenError
from tests.integration.made_bot import Bot, asker, picture
from tests.integration.made_storage import Clock

REQUEST = RemixRequest("a fox", speed=Speed.TURBO)
Fails = Callable[[str, int], "World | None"]
"""Asked once for each transaction: the name of its function, and how often that has run before. None: it goes well."""
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own inside: nothing has to survive, and no disk is waited for


class World(StrEnum):
    """What became of a COMMIT whose outcome nobody knows."""

    STORED = "stored"
    LOST = "lost"


class _LostError(Exception):
    """Rolls a transaction back after it has run."""


class UnsureDatabase(Database):
    """Fails transactions as `fails` says, but not those of `transaction_now`, which are the test's own."""

    def __init__(self, url: str, fails: Fails) -> None:
        super().__init__(url)
        self.fails, self.run_before = fails, Counter[str]()

    async def transaction(self, function: Callable[..., Any], /, *args: object, **kwargs: object) -> Any:
        return await self._perhaps(super().transaction, function, args, kwargs)

    async def transaction_first(self, function: Callable[..., Any], /, *args: object, **kwargs: object) -> Any:
        return await self._perhaps(super().transaction_first, function, args, kwargs)

    async def _perhaps(
        self, run: Callable[..., Any], function: Callable[..., Any], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> Any:
        name = function.__name__
        world = self.fails(name, self.run_before[name])
        self.run_before[name] += 1
        if world is None:
            return await run(function, *args, **kwargs)

        def lost(connection: Connection) -> None:
            function(connection, *args, **kwargs)
            raise _LostError

        with suppress(_LostError):
            await (run(function, *args, **kwargs) if world is World.STORED else run(lost))
        raise OutcomeUnknownError(f"{name}: {world}")


def without_waits() -> None:
    """Nothing is gained by waiting for this database."""
    surely._FIRST_WAIT_S = surely._LONGEST_WAIT_S = stage._WAIT_AFTER_ERROR_S = 0.0
    surely._WAITS_UNTIL_KNOWN_S = (0.0,) * 12


@asynccontextmanager
async def opened(folder: Path, fails: Fails, api: IdeogramApi = IdeogramApi.V1) -> AsyncIterator[Bot]:
    """A bot on a database in that folder, which is migrated."""
    blobs = FileBlobs(folder / "blobs")
    blobs.prepare()
    database = UnsureDatabase(f"sqlite:///{folder / 'remix.db'}", fails)
    limits = {"timeout_s": 30.0, "max_result_bytes": 200_000}
    try:
        async with (
            IdeogramStandIn(api_key="key") as stand_in,
            IdeogramClient(
                api_url=stand_in.url, api_key="key", image_hosts=[stand_in.image_host], api=api, **limits
            ) as client,
        ):
            stand_in.dials.long_side = 32
            yield Bot(database, blobs, client, stand_in, Clock())
    finally:
        database.close()


TROUBLES = {
    "": [],
    "unheard": [Fault.INTERNAL],
    "refused": [Fault.REJECTED],
    "withheld": [Fault.UNSAFE],
    "slow": [],
    "closed": [],
}
"""What is in the way of a remix, and what the stand-in answers to its call."""
_POSTING: dict[str, list[Exception | None]] = {
    "slow": [PostFailedError("500 0")],
    "closed": [ChannelClosedError("403 50001")],
}
_UNDECIDED = (Refused(Reason.PERHAPS_STORED), Refused(Reason.DISK_FULL))


async def live(bot: Bot, trouble: str) -> int:
    """A remix from the command to the picture, with what `trouble` puts in its way. Returns the number of its job."""
    bot.stand_in.dials.fail = list(TROUBLES[trouble])
    bot.poster.trouble, bot.poster.reply_lives = list(_POSTING.get(trouble, [])), False
    asked, outcome = asker(1), None
    # Discord may deliver an interaction twice, above all if it was not answered in time.
    while outcome is None or outcome in _UNDECIDED:
        outcome = await bot.submit.submit(asked, REQUEST, picture(1), spoiler=False)
    if isinstance(outcome, Refused):
        raise BrokenError(f"refused: {outcome.reason}")
    job_id = outcome.job.id
    async with bot.working(slots=2) as worker:
        while not _is_at_rest(job := _job(bot, job_id)):
            bot.clock.now = max(bot.clock.now, job.due_at or bot.clock.now)
            worker.wake()
            await asyncio.sleep(0)
        fails, bot.database.fails = bot.database.fails, goes_well
    bot.database.fails = fails
    while _job(bot, job_id).state is JobState.GENERATED:
        await _collect(bot, job_id)
    bot.database.fails = goes_well
    return job_id


async def _collect(bot: Bot, job_id: int) -> None:
    """The author presses Get it again until it works."""
    try:
        delivery = await bot.hand_over.take(job_id, 1)
    except OutcomeUnknownError:
        return
    if isinstance(delivery, Delivery):
        await bot.hand_over.record_handed_over(delivery.job)


def _job(bot: Bot, job_id: int) -> Job:
    return bot.database.transaction_now(jobs.get, job_id)


def _is_at_rest(job: Job) -> bool:
    is_kept = job.state is JobState.GENERATED and job.due_at is None and job.lease is None
    return is_kept or job.state in FINAL or job.state is JobState.OUTCOME_UNKNOWN


@dataclass(frozen=True, slots=True)
class Life:
    """All that may not depend on whether a COMMIT failed, and how."""

    state: JobState
    events: tuple[str, ...]
    money: tuple[str, int | None]
    cooldown: bool
    calls: int
    posts: int


async def lived(folder: Path, fails: Fails, trouble: str, api: IdeogramApi) -> tuple[Life, set[str]]:
    """One life in a new database, judged by the audit. Returns also the names of its transactions."""
    async with opened(folder, fails, api) as bot:
        job_id = await live(bot, trouble)
        names = set(bot.database.run_before)
        found = await bot.do(audit)
        if found.violations or found.jobs != 1:
            raise BrokenError(f"{found.jobs} jobs; {'; '.join(map(violation_line, found.violations))}")
        life = Life(
            _job(bot, job_id).state,
            _without_unsent(await bot.events(job_id)),
            await bot.money(job_id),
            await bot.cooldown() is not None,
            bot.calls,
            len(bot.poster.posted),
        )
        if _job(bot, job_id).lease is not None:
            raise BrokenError("a job at rest has a lease")
        return life, names


def _without_unsent(events: list[str]) -> tuple[str, ...]:
    """A call that had begun when nobody could know it has gone back to the queue unsent, and has begun again."""
    kept: list[str] = []
    for event in events:
        if event == "queued: not sent":
            kept.pop()
        else:
            kept.append(event)
    return tuple(kept)


def goes_well(_name: str, _before: int) -> None:
    """Nothing fails."""


def nth_of(failing: str, nth: int, world: World) -> Fails:
    """The transaction of that name fails that has run `nth` times before."""
    return lambda name, before: world if (name, before) == (failing, nth) else None


def at_random(seed: int, share: float) -> Fails:
    random = Random(seed)  # noqa: S311 - a repeatable life, no secret
    return lambda _name, _before: random.choice(list(World)) if random.random() < share else None


class Lives:
    """Compares lives on a database that fails with those on one that does not."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0
        migrate(f"sqlite:///{folder / 'empty.db'}")
        self._empty = (folder / "empty.db").read_bytes()
        self._expected: dict[tuple[str, IdeogramApi], tuple[Life, set[str]]] = {}

    async def undisturbed(self, trouble: str, api: IdeogramApi) -> tuple[Life, set[str]]:
        if (trouble, api) not in self._expected:
            self._expected[trouble, api] = await lived(self._new(), goes_well, trouble, api)
        return self._expected[trouble, api]

    async def compare(self, fails: Fails, trouble: str, api: IdeogramApi, name: str) -> None:
        """Raises BrokenError with `name` if anything comes out differently."""
        expected, _ = await self.undisturbed(trouble, api)
        try:
            life, _ = await asyncio.wait_for(lived(self._new(), fails, trouble, api), 30.0)
        except (BrokenError, TimeoutError) as error:
            raise BrokenError(f"{name}: {error!r}") from error
        if life != expected:
            raise BrokenError(f"{name}: {life}, and undisturbed {expected}")

    def _new(self) -> Path:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        (folder / "remix.db").write_bytes(self._empty)
        return folder


@contextmanager
def in_memory() -> Iterator[Path]:
    """A new folder, where a sync costs nothing."""
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        yield Path(folder)


async def play(lives: int, seed: int) -> str:
    begin, random = monotonic(), Random(seed)  # noqa: S311 - a repeatable run, no secret
    with in_memory() as folder:
        compared = Lives(folder)
        for number in range(lives):
            trouble, api = random.choice(list(TROUBLES)), random.choice((IdeogramApi.V1, IdeogramApi.V2))
            fails = at_random(seed + number, random.choice((0.1, 0.3, 0.5)))
            await compared.compare(fails, trouble, api, f"life {seed + number}, {api}, {trouble or 'no trouble'}")
    seconds = monotonic() - begin
    return f"{lives} lives with COMMITs that failed: none came out differently; seed {seed}, {seconds:.0f} s: ok\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lives", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    without_waits()
    try:
        sys.stdout.write(asyncio.run(play(options.lives, options.seed)))
    except BrokenError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
