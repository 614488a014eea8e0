"""After any history, no byte of an erased person's prompts and pictures is in the database, its log, or the files."""

import secrets
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.rules.job_states import JobState
from bot.rules.prices import Speed
from bot.rules.refusals import Refused
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.databases.sqlite import make_engine
from bot.storage.remixes import jobs
from bot.use_cases.privacy.erase import Erase
from bot.use_cases.privacy.forget_prompts import forget_prompts
from bot.use_cases.removal.delete_result import delete_result
from tests.integration.made_bot import asker, click_again
from tests.integration.made_storage import add_job, add_result, walk
from tests.integration.privacy.test_erasing import BEN, MIA, Discord

FAR_AHEAD = timedelta(days=9_999)
MADE = (JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)


class History:
    """Random remixes of mia and ben, real ones and rows like them. Knows what mia's prompts and pictures were."""

    def __init__(self, bot, seed):
        self.bot, self.random = bot, Random(seed)  # noqa: S311 - a history that can be played again
        self.hers, self.bens = [], []
        self.pictures = set()
        self.shades = iter(range(1, 10_000))

    def prompt(self, user_id):
        """Up to 5,000 characters: longer than a page of the database."""
        words = f"{secrets.token_hex(8)} {'x' * self.random.choice((0, 30, 300, 5_000))} {secrets.token_hex(8)}"
        (self.hers if user_id == MIA else self.bens).append(words)
        return words

    async def remix(self):
        user_id = self.random.choice((MIA, BEN))
        prompt = self.prompt(user_id)[:1_900]
        job = await self.bot.remix(user_id, prompt=prompt, shade=next(self.shades))
        await self.bot.work(job.id)
        await self.know(job.id, user_id)

    async def know(self, job_id, owner):
        if owner == MIA:
            job = await self.bot.job(job_id)
            self.pictures |= {job.source_hash, *(each.hash for each in await self.bot.results(job_id))} - {None}

    async def rows(self):
        """Many small and large rows, so that pages split, fill and empty."""

        def add(connection):
            for _ in range(self.random.randrange(5, 40)):
                user_id = self.random.choice((MIA, BEN))
                request = RemixRequest(self.prompt(user_id), speed=Speed.TURBO)
                job = add_job(connection, user_id, self.bot.clock(), request=request, source_hash=secrets.token_hex(32))
                if self.random.random() < 0.7:
                    add_result(connection, job, secrets.token_hex(32))
                    walk(connection, job, *MADE, now=self.bot.clock())

        await self.bot.do(add)

    async def again(self):
        done = [job for job in await self.all_jobs() if job.state is JobState.DELIVERED and job.source_hash]
        if done:
            job = self.random.choice(done)
            outcome = await self.bot.submit.submit_from(asker(self.random.choice((MIA, BEN, 3))), click_again(job.id))
            if not isinstance(outcome, Refused):
                await self.bot.work(outcome.job.id)
                root = await self.bot.job(job.root)
                await self.know(outcome.job.id, MIA if MIA in {root.user_id, outcome.job.user_id} else BEN)

    async def delete(self):
        done = [job for job in await self.all_jobs() if job.state is JobState.DELIVERED]
        if done:
            job = self.random.choice(done)
            for post in (await self.bot.posts(job.id))[:1]:
                card = (post.channel_id, post.message_id)
                await delete_result(self.bot.core, job.id, card, job.user_id, keep=timedelta(0))

    async def old_prompts_go(self):
        self.bot.clock.move(days=self.random.choice((1, 20, 50)))
        await forget_prompts(self.bot.core, timedelta(days=90))

    async def all_jobs(self):
        return await self.bot.do(_all)

    async def play(self, steps):
        for _ in range(steps):
            step = self.random.choice((self.remix, self.rows, self.again, self.delete, self.old_prompts_go))
            await step()


def _all(connection):
    ids = connection.exec_driver_sql("SELECT id FROM jobs").scalars()
    return [jobs.get(connection, job_id) for job_id in ids]


def found_in(data, texts):
    """Those of the texts of which a part is there: their first and last words are random."""
    parts = {part for text in texts for part in (text[:16], text[-16:])}
    return [part for part in parts if part.encode() in data]


@pytest.mark.no_cover
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(6))
async def test_no_byte_is_left(bot, database_file, capsys, seed):
    bot.clock.now = datetime.now(UTC)  # the times of files are real
    history = History(bot, seed)
    await history.rows()
    await history.remix()
    await history.play(8)
    assert found_in(stored_bytes(database_file), history.hers)
    others = await other_pictures(history)
    before = {name: bot.blobs.path(name).read_bytes() for name in bot.blobs.names_older_than(bot.clock() + FAR_AHEAD)}
    hers = [data for name, data in before.items() if name in history.pictures - others]

    erase = Erase(bot.core, Discord())
    await erase.ask(MIA)
    await erase.all_due()
    bot.clock.move(hours=2)  # the newest files go then
    await erase.all_due()

    stored = stored_bytes(database_file)
    assert found_in(stored, history.hers) == []
    assert found_in(capsys.readouterr().out.encode(), history.hers + history.bens) == []
    left = [bot.blobs.path(name).read_bytes() for name in bot.blobs.names_older_than(bot.clock() + FAR_AHEAD)]
    assert [data for data in hers if data in left or data in stored] == []
    assert is_intact(database_file)


def stored_bytes(database_file):
    """The database, its write-ahead log and its shared memory, as they are on the disk."""
    return b"".join(path.read_bytes() for path in database_file.parent.glob(f"{database_file.name}*"))


async def other_pictures(history):
    """What remixes of others name that were not made from mia's pictures."""
    every = {job.id: job for job in await history.all_jobs()}
    others = [job for job in every.values() if MIA not in {job.user_id, every[job.root].user_id}]
    named = {job.source_hash for job in others}
    for job in others:
        named |= {each.hash for each in await history.bot.results(job.id)}
    return named


def is_intact(database_file):
    engine = make_engine(f"sqlite:///{database_file}")
    with engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
