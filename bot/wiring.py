"""Builds every object of the bot, and starts and stops them in order. The only file that knows them all."""

import asyncio
import random
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import discord
import structlog

from bot.background_tasks import BackgroundTasks
from bot.discord_app.automod_rules import AutoModLookup
from bot.discord_app.client import RemixClient, Sync
from bot.discord_app.command_sync import SyncMemory, keep_recalling, recall_synced, sync_changed
from bot.discord_app.consent.board import Board
from bot.discord_app.end_notices import EndNotices
from bot.discord_app.kit.attachments import AttachmentReader, CdnReader, Open
from bot.discord_app.kit.features import Features, OperatorFeatures, PrivacyFeatures
from bot.discord_app.kit.members import MemberLookup
from bot.discord_app.matter_kinds import matter_cards, matter_features
from bot.discord_app.matters.cards import MatterCards
from bot.discord_app.operator.channel import OperatorChannel
from bot.discord_app.operator.decision_notices import DecisionNotices
from bot.discord_app.privacy.erased_messages import ErasedMessages
from bot.discord_app.remixes.delivery import ChannelPoster
from bot.discord_app.remixes.posted_cards import PostedCards
from bot.discord_app.remixes.private_replies import PrivateReplies
from bot.discord_app.server_log.channel import LogChannelPoster
from bot.discord_app.sharded_client import Sharding, make_client
from bot.ideogram.client import IdeogramClient
from bot.images.processes.kept_children import Children
from bot.images.processes.pool import PicturePool
from bot.joining import close_database, joined_database, leaving
from bot.leading import Leading
from bot.news_bridge import NewsBridge
from bot.remix_flow import Remixes, build_remixes
from bot.rules.alarms import Alarm
from bot.rules.generations import IdeogramApi
from bot.rules.resolutions import OFFERED
from bot.rules.roles import WHOLE, Part
from bot.rules.sets import MOST_IMAGES
from bot.rules_from_settings import operator_rules, picture_place
from bot.settings.settings import MB, Settings
from bot.storage.engine import synced_commands
from bot.storage.engine.blobs.mark import prepare_ours
from bot.storage.engine.blobs.opening import open_blobs
from bot.storage.engine.database import Database
from bot.storage.engine.databases.postgresql import is_postgresql
from bot.storage.engine.databases.process import OnlyProcess
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.processes.joined import JoinedProcess
from bot.use_cases.consent.questions import PictureQuestions
from bot.use_cases.core import Clock, Core, Jitter, News
from bot.use_cases.operator.alarms import Alarms
from bot.use_cases.operator.watch_alarms import WatchAlarms
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.privacy.erase import Erase
from bot.use_cases.privacy.export_data import ExportData
from bot.use_cases.read_automod import ReadAutoMod
from bot.use_cases.remixes.recover_jobs import recover_jobs
from bot.use_cases.removal.change_posts import ChangePosts
from bot.use_cases.share_trouble import ShareTrouble
from bot.use_cases.shared_calls import SharedCalls
from bot.use_cases.thumbnails import Thumbnails
from bot.watchers import Watchers, build_watchers, subscribe
from bot.worker.worker import Worker

# Not worth a longer wait at a stop: the next start updates the replies that are still outdated.
_LAST_REPLIES_S = 5.0

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class App:
    """A bot that is built but not connected. Either discord.py's own connection or simcord drives `client`."""

    client: RemixClient
    core: Core
    rules: OperatorRules
    remixes: Remixes
    worker: Worker
    watchers: Watchers
    tasks: BackgroundTasks
    leading: Leading
    part: Part = WHOLE
    bridge: NewsBridge | None = None
    joined: JoinedProcess | None = None
    _working: "asyncio.Task[None] | None" = field(default=None, init=False)

    async def start_work(self) -> None:
        """Take over the jobs of an earlier process, then start the worker. Call it after the client has logged in."""
        await self.watchers.alarms.load()
        await self.watchers.remix_log.begin()
        await recover_jobs(self.core, self.rules)
        if self.part.answers:
            for job_id in await self.remixes.statuses.find_unnotified():
                self.watchers.replies.job_changed(job_id)
        if self.bridge is not None:
            self.tasks.start("news of other processes", self.bridge.run)
            self.tasks.start("ids of commands", partial(keep_recalling, self.client.tree, _synced(self.core.database)))
        self.watchers.start(self.tasks, self.part)
        self.leading.begin()
        if self.joined is not None:
            self.tasks.start("other processes", self.leading.run)
        self.tasks.start("picture processes", self.core.pictures.start)
        self.watchers.alarms.clear_others(Alarm.TASK_FAILED, [*self.tasks.failures, *self.leading.tasks.failures])
        if self.part.makes:
            self.tasks.start("trouble at Ideogram", ShareTrouble(self.core, self.remixes.trouble).run)
            self._working = asyncio.create_task(self.worker.run(), name="worker")

    @property
    def worker_alive(self) -> bool | None:
        """None: it has not started yet, or this process makes no remixes."""
        return None if self._working is None else not (self._working.done() or self.worker.has_lost_a_stage)

    async def database_taken(self) -> None:
        """Raises DatabaseInUseError once another process has this one's place. Else it never ends."""
        await (asyncio.Future[None]() if self.joined is None else asyncio.wrap_future(self.joined.taken))

    async def work_ended(self) -> None:
        """Wait until the worker ends: for ever if this process has none. Raises its error if it fails."""
        await (asyncio.Future[None]() if self._working is None else asyncio.shield(self._working))

    async def stop_work(self, grace_s: float) -> None:
        """Start nothing new, wait up to `grace_s` seconds for paid calls and deliveries, then cancel the rest."""
        self.remixes.submit.stop()
        self.worker.stop()
        if self._working is not None:
            done, _ = await asyncio.wait([self._working], timeout=grace_s)
            if not done:
                log.warning(
                    "the grace time is over: the next start polls unfinished calls with an id and parks the others"
                )
                self.worker.give_up()
                self._working.cancel()
                await asyncio.wait([self._working])
        await self._show_last_replies()
        await self.tasks.stop()
        await self.leading.stop()
        await self.watchers.alarms.store()

    async def _show_last_replies(self) -> None:
        try:
            async with asyncio.timeout(_LAST_REPLIES_S):
                await self.client.answered()
                await self.watchers.replies.finish()
                if self.core.process.leads:
                    await self.watchers.server_log.finish()
                    await self.watchers.remix_log.look()
        except TimeoutError:
            log.warning("some private replies or log channels could not be updated before the stop")


@asynccontextmanager
async def open_app(
    settings: Settings,
    part: Part = WHOLE,
    *,
    clock: Clock = utc_now,
    jitter: Jitter = random.random,
    open_attachment: Open | None = None,
    choose_sharding: Callable[[], Awaitable[Sharding | None]] | None = None,
    children: Children | None = None,
    meanwhile: AbstractAsyncContextManager[object] | None = None,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[App]:
    """Lock or join the database, migrate it and build the bot. Raises what `process_lock` and `migrate` raise.

    `open_attachment`: another way to the pictures than Discord's CDN. `choose_sharding`: asked once the database is
    ours; without it the client has one connection. `children`: picture processes that others use too, and that stay.
    `meanwhile`: entered once the database is ours, and left last. `stop`: ends the wait for it.
    """
    lease = secrets.token_hex(8)
    blobs = open_blobs(picture_place(settings), shared=is_postgresql(settings.database_url))
    joining = joined_database(settings, blobs, lease, part, stop or asyncio.Event())
    async with joining as joined, meanwhile or nullcontext():
        database = Database(settings.database_url)
        try:
            await asyncio.to_thread(prepare_ours, database, blobs, lease)
            async with _ideogram(settings) as ideogram, _pictures(settings, children) as pictures:
                process = joined or OnlyProcess()
                core = Core(database, blobs, clock, jitter, lease, News(), pictures, process=process)
                cdn = CdnReader(settings.discord_cdn_hosts, settings.proxies)
                async with aclosing(cdn):
                    sharding = await choose_sharding() if choose_sharding is not None and part.answers else None
                    client = make_client(_command_sync(database, settings, part), sharding, settings.discord_proxy)
                    app = _build(settings, part, core, client, ideogram, open_attachment or cdn.open)
                    app.joined = joined
                    async with leaving(joined, core, app.rules):
                        yield app
        finally:
            await asyncio.to_thread(close_database, database)


@asynccontextmanager
async def _pictures(settings: Settings, shared: Children | None) -> AsyncIterator[PicturePool]:
    children = shared or Children(max_pixels=settings.max_source_megapixels * 1_000_000)
    try:
        yield PicturePool(children)
    finally:
        if shared is None:
            children.close()


def _ideogram(settings: Settings) -> IdeogramClient:
    return IdeogramClient(
        api_url=settings.ideogram_api_url,
        api_key=settings.ideogram_api_key.get_secret_value(),
        timeout_s=settings.ideogram_timeout_s,
        image_hosts=settings.ideogram_image_hosts,
        max_result_bytes=settings.max_result_mb * MB,
        api=settings.ideogram_api,
        proxies=settings.proxies,
    )


def _build(
    settings: Settings, part: Part, core: Core, client: RemixClient, ideogram: IdeogramClient, open_attachment: Open
) -> App:
    rules, worker_news, free_bytes = operator_rules(settings), News(), partial(_free_bytes, settings)
    client.requests.share = lambda: core.process.requests_per_s
    core.process.share_requests(client.requests.wanted_per_s)
    remixes = build_remixes(
        core,
        rules,
        ideogram,
        ChannelPoster(client, core.pictures, lambda: core.process.may_act),
        MemberLookup(client),
        free_bytes=free_bytes,
        worker_news=worker_news,
        shared=SharedCalls(core, rules, ideogram.api) if core.database.is_shared else None,
    )
    remixes.submit.automod = automod = ReadAutoMod(core, AutoModLookup(client))
    worker = _worker(core, rules, remixes, settings)
    decisions = DecisionNotices(client, core)
    reader = AttachmentReader(
        open_attachment,
        max_file_bytes=settings.max_source_mb * MB,
        budget_bytes=settings.source_read_budget_mb * MB,
    )
    cards = matter_cards(client, core, part.covers)
    features = replace(_features(settings, core, rules, remixes, client, reader, cards), automod=automod)
    client.install(replace(features, operator=_operator_features(settings, decisions)))
    replies = PrivateReplies(client, remixes.statuses, features.thumbnails, lambda: core.process.may_act)
    notices = OperatorChannel(client, settings.operator_channel_id)
    client.alarms = alarms = Alarms(core.database, core.clock, notices, core.process)
    bot_state = WatchAlarms(core, rules, alarms, free_bytes=free_bytes)
    told = (bot_state, notices, LogChannelPoster(client, part.covers, cards))
    to_people = (decisions, EndNotices(client, core))
    watchers = build_watchers(core, rules, replies, to_people, *told, ideogram, features)
    subscribe(core.news, worker_news, watchers, worker, part)
    bridge = NewsBridge(core, worker_news) if core.database.is_shared else None
    leads_tasks = _background_tasks(watchers.alarms)
    leading = Leading(core, rules, leads_tasks, lambda: watchers.start_leading(leads_tasks))
    tasks = _background_tasks(watchers.alarms)
    return App(client, core, rules, remixes, worker, watchers, tasks, leading, part, bridge)


def _free_bytes(settings: Settings) -> int:
    """On the fullest of the disks that the bot writes to. Without any, there is no limit."""
    database, folder = sqlite_path(settings.database_url), settings.picture_folder
    folders = [*([folder] if folder else []), *([Path(database).absolute().parent] if database else [])]
    return min((shutil.disk_usage(each).free for each in folders), default=sys.maxsize)


def _background_tasks(alarms: Alarms) -> BackgroundTasks:
    return BackgroundTasks(
        failed=lambda name: alarms.loop_did(name, False),
        runs_again=lambda name: alarms.loop_did(name, True),
    )


def _features(
    settings: Settings,
    core: Core,
    rules: OperatorRules,
    remixes: Remixes,
    client: discord.Client,
    reader: AttachmentReader,
    cards: MatterCards,
) -> Features:
    return Features(
        core=core,
        rules=rules,
        posts=ChangePosts(core, PostedCards(client, core.pictures)),
        submit=remixes.submit,
        picks=remixes.picks,
        hand_over=remixes.hand_over,
        statuses=remixes.statuses,
        thumbnails=Thumbnails(core.blobs, core.pictures),
        departures=remixes.departures,
        reader=reader,
        prices=settings.ideogram_prices,
        most_images=min(MOST_IMAGES, rules.slots) if settings.ideogram_api is IdeogramApi.V2 else 1,
        resolutions=OFFERED[settings.resolutions],
        max_prompt_chars=settings.max_prompt_chars,
        privacy=PrivacyFeatures(Erase(core, ErasedMessages(client)), ExportData(core), settings.ideogram_api),
        questions=PictureQuestions(core, MemberLookup(client), Board(client)),
        moderators=MemberLookup(client),
        picture_hosts=settings.discord_cdn_hosts,
        matters=matter_features(core, cards),
        reviews=remixes.reviews,
        appeals=remixes.appeals,
    )


def _operator_features(settings: Settings, decisions: DecisionNotices) -> OperatorFeatures | None:
    if settings.operator_guild_id is None:
        return None
    return OperatorFeatures(settings.operator_guild_id, settings.operator_ids, decisions.notify_all)


def _worker(core: Core, rules: OperatorRules, remixes: Remixes, settings: Settings) -> Worker:
    submits = settings.ideogram_api.max_concurrent_submits(rules.slots)
    flow = (remixes.generate, remixes.poll, remixes.deliver, remixes.trouble)
    return Worker(core, *flow, slots=rules.slots, submits=submits, shared=remixes.shared)


def _synced(database: Database) -> SyncMemory:
    return SyncMemory(
        read=lambda: database.read(synced_commands.read),
        write=lambda scope, fingerprint: database.transaction(synced_commands.write, scope, fingerprint),
    )


def _command_sync(database: Database, settings: Settings, part: Part) -> Sync:
    memory = _synced(database)
    if not part.answers:
        return lambda tree: recall_synced(tree, memory)
    return lambda tree: sync_changed(tree, settings.sync_guild_ids, memory, settings.operator_guild_id)
