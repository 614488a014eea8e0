"""The composition root: builds every object, starts and stops them in order. The only file that knows all."""

import asyncio
import random
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import discord
import structlog
from discord import app_commands

from bot.discord_app.client import RemixClient
from bot.discord_app.command_sync import SyncMemory, sync_changed
from bot.discord_app.kit.attachments import AttachmentReader
from bot.discord_app.kit.features import ConfigFeatures, Features, ModerationFeatures, OperatorFeatures, UsageFeatures
from bot.discord_app.operator.channel import OperatorChannel
from bot.discord_app.operator.decision_teller import DecisionTeller
from bot.discord_app.remixes.delivery import ChannelPoster
from bot.discord_app.remixes.private_replies import PrivateReplies
from bot.discord_app.server_log.channel import LogChannelPoster
from bot.ideogram.client import IdeogramClient
from bot.images.prepare import SourceLimits
from bot.rules.limits import Limits
from bot.rules.polling import Pace
from bot.rules.resolutions import RESOLUTIONS_1K, RESOLUTIONS_2K, Resolution
from bot.settings.settings import MB, Settings
from bot.storage.engine import synced_commands
from bot.storage.engine.blobs import BlobStore
from bot.storage.engine.database import Database
from bot.storage.engine.migrations import migrate
from bot.storage.engine.process_lock import process_lock
from bot.use_cases.moderation.undo_case import UndoChange
from bot.use_cases.operator.decide_parked import DecideParked
from bot.use_cases.operator.operator_blocks import BlockSubjects
from bot.use_cases.operator.operator_status import OperatorStatus
from bot.use_cases.operator.pause_queue import PauseQueue
from bot.use_cases.operator.watch_budgets import WatchBudgets
from bot.use_cases.ports import Clock, Jitter, ResultPoster
from bot.use_cases.remixes.cancel_remix import CancelRemix
from bot.use_cases.remixes.collect_generation import CollectGeneration
from bot.use_cases.remixes.compare_pictures import ComparePictures
from bot.use_cases.remixes.delete_result import DeleteResult
from bot.use_cases.remixes.deliver_result import DeliverResult
from bot.use_cases.remixes.fetch_results import FetchResults
from bot.use_cases.remixes.gate_facts import OperatorRules
from bot.use_cases.remixes.generate_image import GenerateImage, GenerationRules
from bot.use_cases.remixes.hand_over_kept import CollectResult
from bot.use_cases.remixes.job_status import JobStatuses
from bot.use_cases.remixes.recover_jobs import recover_jobs
from bot.use_cases.remixes.submit_remix import SubmissionRules, SubmitRemix
from bot.use_cases.remixes.unknown_outcomes import UnknownOutcomes
from bot.use_cases.server_log.server_log import ServerLog
from bot.use_cases.usage.read_usage import ReadUsage
from bot.wiring_config import config_features
from bot.wiring_moderation import CaseNews, moderation_features
from bot.worker.housekeeping import Housekeeping
from bot.worker.worker import Worker

LARGEST_SOURCE_SIDE = 4096
"""Pixels. A larger source is scaled down: the largest result has 3328, and the upload has a limit."""

_LAST_REPLIES_S = 5.0

_OFFERED: dict[str, tuple[Resolution, ...]] = {
    "2k": RESOLUTIONS_2K,
    "1k": RESOLUTIONS_1K,
    "both": (*RESOLUTIONS_2K, *RESOLUTIONS_1K),
}

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


class _Changes:
    """Hands every change of a job on."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[int], None]] = []

    def job_changed(self, job_id: int) -> None:
        for listener in self.listeners:
            listener(job_id)


@dataclass(slots=True)
class App:
    """A built bot. `client` may be driven by discord.py's own connection or by simcord."""

    client: RemixClient
    database: Database
    worker: Worker
    replies: PrivateReplies
    teller: DecisionTeller
    housekeeping: Housekeeping
    budgets: WatchBudgets
    log: ServerLog
    submit: SubmitRemix
    statuses: JobStatuses
    lease: str
    clock: Clock
    unknown: UnknownOutcomes
    _working: "asyncio.Task[None] | None" = field(default=None, init=False)
    _aside: "list[asyncio.Task[None]]" = field(default_factory=list, init=False)

    async def start_work(self) -> None:
        """Recover what an earlier process left, then claim jobs. Call it once the client is logged in."""
        await recover_jobs(self.database, self.lease, self.clock, self.unknown)
        for job_id in await self.statuses.untold():
            self.replies.job_changed(job_id)
        self._aside = [
            asyncio.create_task(self.replies.run(), name="private replies"),
            asyncio.create_task(self.housekeeping.run(), name="housekeeping"),
            asyncio.create_task(self.teller.tell_all(), name="decisions of the command line"),
            asyncio.create_task(self.budgets.run(), name="budgets"),
            *self.log.start(),
        ]
        self._working = asyncio.create_task(self.worker.run(), name="worker")

    async def work_ended(self) -> None:
        """When the worker has: after `stop_work`, or by an error, which is raised here."""
        if self._working is not None:
            await asyncio.shield(self._working)

    async def stop_work(self, grace_s: float) -> None:
        """Begin nothing, let paid calls finish and be delivered for up to `grace_s` seconds, then give up."""
        self.submit.stop()
        self.worker.stop()
        if self._working is not None:
            done, _ = await asyncio.wait([self._working], timeout=grace_s)
            if not done:
                log.warning("the grace time is over: at the next start unfinished calls are collected, or else parked")
                self.worker.give_up()
                self._working.cancel()
                await asyncio.wait([self._working])
        await self._show_last_replies()
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)

    async def _show_last_replies(self) -> None:
        try:
            async with asyncio.timeout(_LAST_REPLIES_S):
                await self.client.answered()
                await self.replies.finish()
                await self.log.finish()
        except TimeoutError:
            log.warning("some private replies or log channels could not be updated before the end")


@asynccontextmanager
async def open_app(settings: Settings, *, clock: Clock = utc_now, jitter: Jitter = random.random) -> AsyncIterator[App]:
    """Lock, migrate, build; close in the reverse order. Raises DatabaseInUseError and what `migrate` raises."""
    with process_lock(settings.database_url):
        await asyncio.to_thread(migrate, settings.database_url)
        blobs = BlobStore(settings.blob_dir)
        await asyncio.to_thread(blobs.prepare)
        database = Database(settings.database_url)
        try:
            async with _ideogram(settings) as ideogram:
                yield _build(_Base(settings, database, blobs, ideogram, clock, jitter))
        finally:
            await asyncio.to_thread(database.close)


def _ideogram(settings: Settings) -> IdeogramClient:
    return IdeogramClient(
        api_url=settings.ideogram_api_url,
        api_key=settings.ideogram_api_key.get_secret_value(),
        timeout_s=settings.ideogram_timeout_s,
        image_hosts=settings.ideogram_image_hosts,
        max_result_bytes=settings.max_result_mb * MB,
        api=settings.ideogram_api,
    )


@dataclass(frozen=True, slots=True)
class _Base:
    """What nearly every part is built on. `own_changes`: those that the worker makes, which are no news to it."""

    settings: Settings
    database: Database
    blobs: BlobStore
    ideogram: IdeogramClient
    clock: Clock
    jitter: Jitter
    lease: str = field(default_factory=lambda: secrets.token_hex(8))
    changes: _Changes = field(default_factory=_Changes)
    own_changes: _Changes = field(default_factory=_Changes)
    cases: CaseNews = field(default_factory=CaseNews)


def _build(base: _Base) -> App:
    settings, database, clock, changes = base.settings, base.database, base.clock, base.changes
    client = RemixClient(_command_sync(database, settings))
    statuses = JobStatuses(database, slots=settings.ideogram_max_in_flight, clock=clock)
    rules = _submission_rules(settings)
    server_log = ServerLog.build(database, LogChannelPoster(client), rules.reservation, clock)
    submit = _submit(base, rules, server_log)
    fetch = FetchResults(database, base.blobs, base.ideogram, clock=clock, listener=changes)
    queue_age = timedelta(seconds=settings.max_queue_age_s)
    decide = DecideParked(database, queue_age=queue_age, clock=clock, listener=changes)
    teller = DecisionTeller(client, decide)
    config = _config_features(base, rules)
    moderation = _moderation_features(base, client, rules, config.change.undo_change)
    features = _features(base, submit, fetch, statuses, moderation, config)
    client.install(replace(features, operator=_operator_features(base, decide, teller)))
    worker = _worker(base, fetch, ChannelPoster(client))
    replies = PrivateReplies(client, statuses)
    operator = OperatorChannel(client, settings.operator_channel_id)
    budgets = WatchBudgets(database, rules.operator.ceilings, rules.cheapest, operator, clock=clock)
    base.own_changes.listeners += [replies.job_changed, budgets.job_changed, server_log.job_changed]
    changes.listeners += [base.own_changes.job_changed, lambda _job_id: worker.wake()]
    base.cases.listeners.append(server_log.case_added)
    keep = timedelta(days=settings.keep_pictures_days)
    housekeeping = Housekeeping(database, base.blobs, keep=keep, clock=clock, listener=changes)
    unknown = _unknown_outcomes(settings)
    return App(
        client,
        database,
        worker,
        replies,
        teller,
        housekeeping,
        budgets,
        server_log,
        submit,
        statuses,
        base.lease,
        clock,
        unknown,
    )


def _submit(base: _Base, rules: SubmissionRules, server_log: ServerLog) -> SubmitRemix:
    return SubmitRemix(
        base.database,
        base.blobs,
        rules,
        clock=base.clock,
        free_bytes=_free_bytes(base.settings),
        listener=base.changes,
        refusals=server_log.write,
    )


def _config_features(base: _Base, rules: SubmissionRules) -> ConfigFeatures:
    keep = base.settings.keep_pictures_days
    return config_features(base.database, rules, keep_pictures_days=keep, clock=base.clock, cases=base.cases)


def _moderation_features(
    base: _Base, client: RemixClient, rules: SubmissionRules, undo_change: UndoChange
) -> ModerationFeatures:
    return moderation_features(
        base.database,
        base.blobs,
        client,
        rules,
        slots=base.settings.ideogram_max_in_flight,
        undo_change=undo_change,
        clock=base.clock,
        listener=base.changes,
        cases=base.cases,
    )


def _features(
    base: _Base,
    submit: SubmitRemix,
    fetch: FetchResults,
    statuses: JobStatuses,
    moderation: ModerationFeatures,
    config: ConfigFeatures,
) -> Features:
    settings, database, clock, changes = base.settings, base.database, base.clock, base.changes
    max_bytes, budget = settings.max_source_mb * MB, settings.source_read_budget_mb * MB
    return Features(
        submit=submit,
        cancel=CancelRemix(database, clock=clock, listener=changes),
        delete=DeleteResult(database, clock=clock),
        collect=CollectResult(database, base.blobs, fetch, lease=base.lease, clock=clock, listener=changes),
        compare=ComparePictures(database, base.blobs),
        statuses=statuses,
        reader=AttachmentReader(max_file_bytes=max_bytes, budget_bytes=budget),
        prices=settings.ideogram_prices,
        resolutions=_OFFERED[settings.resolutions],
        max_prompt_chars=settings.max_prompt_chars,
        usage=UsageFeatures(ReadUsage(settings.database_url, clock=clock)),
        moderation=moderation,
        config=config,
    )


def _operator_features(base: _Base, decide: DecideParked, teller: DecisionTeller) -> OperatorFeatures | None:
    settings, database, clock = base.settings, base.database, base.clock
    if settings.operator_guild_id is None:
        return None
    return OperatorFeatures(
        guild_id=settings.operator_guild_id,
        ids=settings.operator_ids,
        status=OperatorStatus(database, slots=settings.ideogram_max_in_flight, clock=clock),
        decide=decide,
        teller=teller,
        pause=PauseQueue(database, clock=clock, listener=base.changes),
        block=BlockSubjects(database, clock=clock),
    )


def _worker(base: _Base, fetch: FetchResults, poster: ResultPoster) -> Worker:
    generate = GenerateImage(
        base.database,
        base.blobs,
        base.ideogram,
        lease=base.lease,
        rules=_generation_rules(base.settings),
        clock=base.clock,
        jitter=base.jitter,
        listener=base.own_changes,
    )
    slots = base.settings.ideogram_max_in_flight
    collect = CollectGeneration(
        base.database,
        base.ideogram,
        pace=Pace(slots),
        clock=base.clock,
        jitter=base.jitter,
        listener=base.own_changes,
    )
    deliver = DeliverResult(
        base.database,
        base.blobs,
        fetch,
        poster,
        lease=base.lease,
        clock=base.clock,
        jitter=base.jitter,
        listener=base.own_changes,
    )
    submits = base.settings.ideogram_api.max_concurrent_submits(slots)
    return Worker(
        base.database, generate, collect, deliver, slots=slots, submits=submits, lease=base.lease, clock=base.clock
    )


def _generation_rules(settings: Settings) -> GenerationRules:
    return GenerationRules(settings.ideogram_prices, settings.allowed_guild_ids, _unknown_outcomes(settings))


def _unknown_outcomes(settings: Settings) -> UnknownOutcomes:
    return UnknownOutcomes(settings.on_unknown_outcome, timedelta(seconds=settings.max_queue_age_s))


def _submission_rules(settings: Settings) -> SubmissionRules:
    return SubmissionRules(
        operator=_operator_rules(settings),
        queue_age=timedelta(seconds=settings.max_queue_age_s),
        prices=settings.ideogram_prices,
        billed_images=settings.billed_images_per_call,
        source=SourceLimits(
            max_upload_bytes=settings.ideogram_max_upload_mb * MB,
            max_file_bytes=settings.max_source_mb * MB,
            max_pixels=settings.max_source_megapixels * 1_000_000,
            max_side=LARGEST_SOURCE_SIDE,
        ),
        min_free_bytes=settings.min_free_disk_mb * MB,
    )


def _operator_rules(settings: Settings) -> OperatorRules:
    limits = Limits(
        cooldown=timedelta(seconds=settings.cooldown_s),
        waiting_per_person=settings.max_queued_per_user,
        waiting=settings.max_queued,
    )
    return OperatorRules(limits, settings.ceilings, settings.allowed_guild_ids)


def _free_bytes(settings: Settings) -> Callable[[], int]:
    return lambda: shutil.disk_usage(settings.blob_dir).free


def _command_sync(
    database: Database, settings: Settings
) -> Callable[[app_commands.CommandTree[discord.Client]], Coroutine[None, None, None]]:
    memory = SyncMemory(
        read=lambda: database.transaction(synced_commands.read),
        write=lambda scope, fingerprint: database.transaction(synced_commands.write, scope, fingerprint),
    )
    return lambda tree: sync_changed(tree, settings.sync_guild_ids, memory, settings.operator_guild_id)
