"""Two gateways on one database: each edits the private replies that it accepted, and those of one that is gone."""

import asyncio
from contextlib import closing
from dataclasses import dataclass, replace

import discord
import pytest
import sqlalchemy as sa

from bot.discord_app.remixes import private_replies
from bot.discord_app.remixes.private_replies import PrivateReplies
from bot.discord_app.remixes.private_reply import PrivateReply, Reached
from bot.news_bridge import NewsBridge
from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process import OnlyProcess
from bot.storage.engine.tables.processes import processes
from bot.storage.moderation import moderated_jobs
from bot.storage.processes import replies as stored
from bot.storage.remixes import claims, jobs, results
from bot.storage.remixes.results import Post
from bot.storage.sets.sets import add_together
from bot.use_cases.adopt_replies import AdoptReplies
from bot.use_cases.core import News
from bot.use_cases.remixes.cancel_remix import cancel_remix
from tests.integration.made_bot import Bot
from tests.integration.made_storage import START, add_job, new_job, walk

SOON_S = 20


class Shown(list):
    """Who showed which job in which state, in order."""

    def __init__(self):
        super().__init__()
        self.more = asyncio.Event()

    def append(self, what):
        super().append(what)
        self.more.set()

    async def until(self, *what):
        async with asyncio.timeout(SOON_S):
            while what not in self:
                self.more.clear()
                await self.more.wait()


@dataclass(frozen=True)
class Reply:
    """In the place of Discord: notes who shows what."""

    shown: list
    gateway: str
    job: object
    ends_soon = False

    async def show(self, _view, **_files):
        self.shown.append((self.gateway, self.job.id, self.job.state))
        return Reached.YES


class Client(discord.Client):
    def __init__(self, lease):
        super().__init__(intents=discord.Intents.none())
        self.lease = lease


class Gateway:
    """One of the processes, with its replies. `is_alive`: whether it believes so."""

    def __init__(self, bot, lease):
        self.bot, self.lease, self.is_alive = bot, lease, True
        bot.core = replace(bot.core, process=Beating(self))
        bot.use_rules(bot.rules)
        self.replies = PrivateReplies(Client(lease), bot.statuses, Pictures(), lambda: self.is_alive)
        self.adopting = AdoptReplies(bot.statuses, self.replies.job_changed)
        worker_news = News(on_job=[self.replies.job_changed])
        bot.core.news.on_job.append(worker_news.job_changed)
        bot.core.news.on_anything.append(self.adopting.look_at_anything)
        self.bridge = NewsBridge(bot.core, worker_news)
        bot.database.transaction_now(join, lease)

    async def show_changes(self):
        await self.replies.finish()

    def die(self):
        self.bot.database.transaction_now(leave, self.lease)


class Beating(OnlyProcess):
    def __init__(self, gateway):
        self.gateway = gateway

    def is_member(self, connection):
        query = sa.select(processes.c.number).where(processes.c.lease == self.gateway.lease)
        return connection.scalar(query) is not None


class Pictures:
    async def of(self, _hash, _user_id):
        return None


def join(connection, lease):
    row = {"lease": lease, "role": "all", "joined_at": START, "beat_at": START}
    connection.execute(sa.insert(processes).values(row))


def leave(connection, lease):
    connection.execute(sa.delete(processes).where(processes.c.lease == lease))


@pytest.fixture
def shown(monkeypatch):
    shown = Shown()
    monkeypatch.setattr(PrivateReply, "of", lambda client, job: job.reply_token and Reply(shown, client.lease, job))
    return shown


@pytest.fixture
def two(url, blobs, ideogram, stand_in, clock):
    with closing(Database(url)) as one, closing(Database(url)) as other:
        yield tuple(
            Gateway(Bot(database, blobs, ideogram, stand_in, clock, lease), lease)
            for database, lease in ((one, "one"), (other, "other"))
        )


async def test_whoever_accepts_a_remix_is_on_record_and_alone_edits_its_reply(two, shown):
    one, _ = two
    job = await one.bot.remix()
    assert job.accepted_by == "one"
    for gateway in two:
        gateway.replies.job_changed(job.id)
        await gateway.show_changes()
    assert {gateway for gateway, *_ in shown} == {"one"}


async def test_all_jobs_of_a_set_are_answered_by_the_gateway_of_the_first(two, shown):
    one, other = two

    def add(connection):
        first = new_job(accepted_by="one")
        return add_together(connection, first, [RemixRequest("a fox", weight=weight) for weight in (20, 50)], START)

    first, last = await one.bot.database.transaction(add)
    other.replies.job_changed(last.id)
    await other.show_changes()
    assert shown == []
    one.replies.job_changed(last.id)
    await one.show_changes()
    assert {(gateway, first.id) for gateway, *_ in shown} == {("one", first.id)}


async def test_what_a_worker_elsewhere_does_is_shown_at_once_and_once(two, shown):
    one, other = two
    bridges = [asyncio.create_task(each.bridge.run()) for each in two]
    showing = asyncio.create_task(one.replies.run())
    try:
        for each in two:
            await asyncio.wait_for(each.bridge.connected.wait(), SOON_S)
        job = await one.bot.remix()
        # The other one cancels it, as its worker or a moderator there would end it.
        await cancel_remix(other.bot.core, job.id, job.user_id)
        await shown.until("one", job.id, JobState.CANCELLED)
    finally:
        for task in (*bridges, showing):
            task.cancel()
        await asyncio.gather(*bridges, showing, return_exceptions=True)


async def test_an_end_that_is_heard_of_again_is_shown_once_and_shown_again_once_it_changes(two, shown):
    one, _ = two

    def deliver(connection):
        job = add_job(connection, accepted_by="one")
        delivered = walk(connection, job, JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)
        results.add_post(connection, job.id, Post(0, 22, 9_001, (0,)), START)
        return delivered

    job = await one.bot.database.transaction(deliver)
    for _ in range(3):
        one.replies.job_changed(job.id)
        await one.show_changes()
    assert shown == [("one", job.id, JobState.DELIVERED)]
    await one.bot.database.transaction(moderated_jobs.set_hidden, job.id, hidden=True)
    one.replies.job_changed(job.id)
    await one.show_changes()
    assert len(shown) == 2


async def test_the_replies_of_a_gateway_that_is_gone_are_adopted_once_and_shown_by_the_adopter(two, shown):
    one, other = two
    waiting = await one.bot.remix()
    ended = await one.bot.database.transaction(add_job, accepted_by="one")
    await one.bot.database.transaction(walk, ended, JobState.CANCELLED)
    kept = await other.bot.remix(2)
    await other.adopting.look(also_old=True)
    assert await accepted_by(other, waiting, ended, kept) == ["one", "one", "other"]
    one.replies.job_changed(waiting.id)
    await one.show_changes()
    shown.clear()
    one.die()
    third = Gateway(other.bot.restarted(), "third")
    await asyncio.gather(other.adopting.look(also_old=True), third.adopting.look(also_old=True))
    adopters = await accepted_by(other, waiting, ended)
    assert len({*adopters}) == 1
    assert adopters[0] in {"other", "third"}
    await other.show_changes()
    await third.show_changes()
    assert {(gateway, job_id) for gateway, job_id, _ in shown if job_id != kept.id} == {
        (adopters[0], waiting.id),
        (adopters[0], ended.id),
    }
    # What hangs and comes back edits nothing of it any more.
    shown.clear()
    await cancel_remix(other.bot.core, waiting.id, waiting.user_id)
    for job in (waiting, ended):
        one.replies.job_changed(job.id)
    await one.show_changes()
    assert shown == []


async def test_a_gateway_that_the_others_gave_up_adopts_nothing(two):
    one, other = two
    job = await other.bot.remix()
    one.die()
    other.die()
    await one.adopting.look(also_old=True)
    assert await accepted_by(one, job) == ["other"]


async def test_a_bad_end_is_told_in_the_channel_once_whoever_hears_of_it(two, monkeypatch):
    one, other = two
    monkeypatch.setattr(PrivateReply, "of", lambda _client, _job: None)
    sent = []

    async def send(channel, _text, **options):
        sent.append((channel.id, options["nonce"]))

    monkeypatch.setattr(private_replies, "send", send)
    job = await one.bot.database.transaction(add_job, accepted_by="one")
    one.die()
    one.is_alive = False
    failure = (JobState.QUEUED, JobState.FAILED)
    changes = {"failure_kind": FailureKind.QUEUE_EXPIRED}
    await other.bot.database.transaction(jobs.move, job.id, failure, cause="test", now=START, changes=changes)
    other.bot.clock.move(hours=1)
    for gateway in (one, other):
        await gateway.adopting.look(also_old=True)
    for gateway in (one, other, one, other):
        gateway.replies.job_changed(job.id)
        await gateway.show_changes()
    assert sent == [(22, f"{job.interaction_id}-end")]


async def test_a_gateway_without_a_recent_beat_shows_nothing_until_it_beats_again(two, shown, monkeypatch):
    one, _ = two
    monkeypatch.setattr(private_replies, "_REFRESH_AFTER_S", 0.0)
    job = await one.bot.remix()
    one.is_alive = False
    one.replies.job_changed(job.id)
    await one.show_changes()
    assert shown == []
    one.is_alive = True
    one.replies.job_changed(job.id)
    await one.show_changes()
    assert [job_id for _, job_id, _ in shown] == [job.id]


async def test_while_a_worker_may_hand_the_pictures_over_their_gateway_leaves_the_reply_alone(two, shown):
    one, other = two

    def make(connection):
        walk(connection, add_job(connection, accepted_by="one"), JobState.GENERATING, JobState.GENERATED)
        (claimed,) = claims.claim_generated(connection, "other", 1, other.bot.clock())
        return claimed

    delivering = await other.bot.database.transaction(make)
    other.bot.clock.move(minutes=1)
    one.replies.job_changed(delivering.id)
    await one.show_changes()
    assert shown == []
    await other.bot.database.transaction(claims.release, delivering, None, attempts=1)
    one.replies.job_changed(delivering.id)
    await one.show_changes()
    assert [job_id for _, job_id, _ in shown] == [delivering.id]


async def accepted_by(gateway, *made):
    return [(await gateway.bot.job(job.id)).accepted_by for job in made]


async def test_old_replies_that_reached_their_author_are_nobodys_work(two):
    one, other = two

    def old(connection):
        job = add_job(connection, accepted_by="one")
        return walk(connection, job, JobState.GENERATING, JobState.GENERATED, JobState.DELIVERED)

    delivered = await one.bot.database.transaction(old)
    one.die()
    other.bot.clock.move(hours=1)
    await other.adopting.look(also_old=True)
    assert await accepted_by(other, delivered) == ["one"]
    assert await other.bot.database.transaction(stored.of_process, [delivered.id], "one") == {delivered.id}
