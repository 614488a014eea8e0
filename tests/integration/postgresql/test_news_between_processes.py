"""What one process does, the others hear of: at once by notices, and after each outage by looking at the database."""

import asyncio
import os
import signal
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, fields, replace

import psycopg
import pytest
from pydantic import SecretStr

from bot import news_bridge
from bot.news_bridge import NewsBridge, batches
from bot.rules.cases import CaseKind
from bot.rules.job_states import JobState
from bot.settings.settings import Settings
from bot.storage.engine.database import Database
from bot.storage.engine.databases.notices import LONGEST_TEXT, Notices
from bot.storage.moderation import cases
from bot.storage.moderation.cases import NewCase
from bot.storage.remixes import jobs
from bot.use_cases.core import News
from bot.wiring import open_app
from tests.integration.made_storage import START, add_job

SOON_S = 20


@dataclass
class Member:
    """One of the processes: its core, what its listeners heard, and how to make its news."""

    core: object
    worker_news: News = field(default_factory=News)
    heard: list = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self):
        news = self.core.news
        self.worker_news.on_job.append(lambda job_id: self.note("job", job_id))
        news.on_job += [self.worker_news.job_changed, lambda job_id: self.note("wake", job_id)]
        news.on_case.append(lambda case: self.note("case", case.number))
        news.on_refusal.append(lambda guild_id: self.note("refusal", guild_id))
        self.worker_news.on_post_change.append(lambda: self.note("posts"))
        news.on_departure.append(lambda *who: self.note("departure", *who))
        news.on_return.append(lambda guild_id: self.note("return", guild_id))
        self.worker_news.on_slot.append(lambda: self.note("slot"))
        news.on_anything.append(lambda: self.note("anything"))
        self.bridge = NewsBridge(self.core, self.worker_news)

    def note(self, *what):
        self.heard.append(what)
        self.more.set()

    async def until(self, *what):
        async with asyncio.timeout(SOON_S):
            while what not in self.heard:
                self.more.clear()
                await self.more.wait()


@asynccontextmanager
async def running(*members):
    tasks = [asyncio.create_task(member.bridge.run()) for member in members]
    try:
        for member in members:
            await asyncio.wait_for(member.bridge.connected.wait(), SOON_S)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def two(core, url):
    with closing(Database(url)) as database:
        yield Member(core), Member(replace(core, database=database, lease="other", news=News()))


async def test_what_people_and_the_worker_of_one_process_do_the_other_hears_once_and_does_not_send_back(two):
    one, other = two
    async with running(one, other):
        one.core.news.job_changed(5)
        one.worker_news.job_changed(6)
        one.core.news.refused_by_rule(11)
        one.core.news.slot_freed()
        one.worker_news.post_change_due()
        await other.until("posts")
        assert other.heard == [("job", 5), ("wake", 5), ("job", 6), ("refusal", 11), ("slot",), ("posts",)]
        # Whatever it sent back would have come before this.
        other.worker_news.job_changed(7)
        await one.until("job", 7)
        assert one.heard == [("job", 5), ("wake", 5), ("job", 6), ("refusal", 11), ("posts",), ("job", 7)]


def test_every_kind_of_news_crosses_but_what_a_process_counts_of_itself_and_the_wake_up(core):
    worker_news = News()
    NewsBridge(core, worker_news)
    heard = {each.name for each in fields(News) if getattr(core.news, each.name) or getattr(worker_news, each.name)}
    assert {each.name for each in fields(News)} - heard == {"on_loop", "on_count", "on_anything"}


async def test_a_slot_that_another_process_lets_go_its_worker_asks_for_soon(url, tmp_path):
    secrets = {"discord_token": SecretStr("no-token"), "ideogram_api_key": SecretStr("no-key")}
    async with open_app(Settings(_env_file=None, database_url=url, blob_dir=tmp_path, **secrets)) as app:
        slots = app.worker._slots
        with slots.line_up() as first:
            first.no_slot(3_600.0)
            assert slots.seconds_left(first) > SOON_S
            app.bridge._hear("s")
            assert slots.seconds_left(first) < 1.0


async def test_who_is_gone_and_which_server_the_bot_is_in_again_every_process_hears(two):
    one, other = two
    async with running(one, other):
        one.core.news.departed(11, 5)
        one.core.news.departed(12, None)
        one.core.news.returned(12)
        await other.until("return", 12)
        assert other.heard == [("departure", 11, 5), ("departure", 12, None), ("return", 12)]


async def test_a_case_crosses_as_its_number_and_is_read_from_the_database(two):
    one, other = two
    async with running(one, other):
        new = NewCase(11, CaseKind.WARN, 3, target_id=4, reason="a secret reason")
        case = await one.core.database.transaction(cases.add, new, START)
        found = []
        other.core.news.on_case.append(found.append)
        one.core.news.case_added(case)
        await other.until("case", case.number)
        assert found == [case]


async def test_many_changes_at_once_are_one_notice_and_a_huge_number_of_them_a_few(two, url):
    one, other = two
    async with running(one, other):
        with psycopg.connect(url, autocommit=True) as listening:
            listening.execute("LISTEN remix_bot")
            for job_id in range(2_000):
                one.core.news.job_changed(job_id)
            await other.until("job", 1_999)
            texts = [notice.payload for notice in listening.notifies(timeout=0.1)]
    assert len(texts) == 2
    assert sum(len(text.split()) for text in texts) == 2_000
    assert max(map(len, texts)) <= LONGEST_TEXT


def test_words_are_split_where_they_no_longer_fit():
    assert batches(["a1", "w22", "c3.4"], longest=6) == ["a1 w22", "c3.4"]
    assert batches([]) == []


async def test_what_was_committed_but_never_sent_is_found_by_the_slow_look(two, monkeypatch):
    """As after a kill between the commit and the notice."""
    monkeypatch.setattr(news_bridge, "LOOK_EVERY_S", 0.05)
    one, other = two
    async with running(one, other):
        job = await one.core.database.transaction(add_job)
        await other.until("job", job.id)
        cancel = (JobState.QUEUED, JobState.CANCELLED)
        other.heard.clear()
        await one.core.database.transaction(jobs.move, job.id, cancel, cause="test", now=START)
        await other.until("job", job.id)
        new = NewCase(11, CaseKind.HIDE, 3, job_id=job.id)
        case = await one.core.database.transaction(cases.add, new, one.core.clock())
        await other.until("case", case.number)
        # Both know it now, and neither says it again.
        other.heard.clear()
        later = await one.core.database.transaction(add_job)
        await other.until("job", later.id)
        assert ("case", case.number) not in other.heard


async def test_after_an_outage_it_listens_again_and_looks_at_everything_that_it_may_have_missed(two, url):
    one, other = two
    async with running(other):
        end(url, connections_for_notices(url))
        job = await one.core.database.transaction(add_job)
        await other.until("anything")
        await other.until("job", job.id)
        async with running(one):
            # It is over: news arrive at once again, and the wake-up is no news of its own.
            one.worker_news.job_changed(6)
            await other.until("job", 6)
            assert other.heard.count(("anything",)) == 1
            assert one.heard.count(("anything",)) == 0


async def test_what_could_not_be_sent_during_an_outage_is_sent_afterwards(two, url):
    one, other = two
    async with running(one):
        theirs = connections_for_notices(url)
        async with running(other):
            end(url, theirs)
            one.core.news.job_changed(5)
            await other.until("job", 5)


async def test_the_last_news_before_a_stop_are_sent(two):
    one, other = two
    async with running(other):
        async with running(one):
            one.worker_news.job_changed(5)
        await other.until("job", 5)


def connections_for_notices(url):
    with psycopg.connect(url, autocommit=True) as admin:
        found = admin.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND (query LIKE 'LISTEN%' OR query LIKE 'SELECT pg_notify%')"
        )
        return [pid for (pid,) in found]


def end(url, pids):
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", [pids])


async def test_a_server_process_that_hangs_holds_up_neither_the_loop_nor_the_stop(url):
    connected = asyncio.Event()
    loop = asyncio.get_running_loop()
    notices = Notices(url, print, lambda: loop.call_soon_threadsafe(connected.set), overflow="x")
    await asyncio.wait_for(connected.wait(), SOON_S)
    (pid,) = connections_for_notices(url)
    os.kill(pid, signal.SIGSTOP)
    try:
        notices.send(["a1"])
        notices.close()
        assert not notices._thread.is_alive()
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_words_of_another_version_or_another_program_are_passed_over(two, url):
    one, other = two
    async with running(one, other):
        with psycopg.connect(url, autocommit=True) as stranger:
            stranger.execute("SELECT pg_notify('remix_bot', 'q5 a a1.2 ax w c7 ½')")
        one.worker_news.job_changed(6)
        await other.until("job", 6)
        assert other.heard == [("job", 6)]
