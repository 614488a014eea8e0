"""Makes the database ready for this process: keeps the others out on SQLite, joins them on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.rules.roles import Part
from bot.settings.settings import Settings
from bot.storage.engine.backups.check import require_sound
from bot.storage.engine.backups.newest import newest_entry, remember_newest, require_newest
from bot.storage.engine.backups.restore import finish_exchange
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.copying.moved_mark import require_not_moved
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.engine.databases.postgresql import is_postgresql
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate
from bot.storage.engine.owner_only import close_to_others
from bot.storage.processes.joined import JoinedProcess
from bot.storage.processes.rows import ShardsTakenError
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.recover_jobs import leave_jobs
from bot.waiting import wait_for_event

_LOOK_AGAIN_S = 0.5

log = structlog.get_logger(__name__)


class StoppedError(Exception):
    """The stop came before the bot was built."""


@asynccontextmanager
async def joined_database(
    settings: Settings, blobs: BlobStore, lease: str, part: Part, stop: asyncio.Event
) -> AsyncIterator[JoinedProcess | None]:
    """None: SQLite, which this process then has for itself. Raises StoppedError if `stop` comes while it waits."""
    url = settings.database_url
    if not is_postgresql(url):
        with process_lock(url):
            await asyncio.to_thread(_prepare, settings, blobs)
            yield None
        return
    await asyncio.to_thread(_prepare, settings, blobs)
    joined = await _join(url, lease, part, settings.process_lease_s, stop)
    try:
        yield joined
    finally:
        await asyncio.to_thread(joined.close)


def _prepare(settings: Settings, blobs: BlobStore) -> None:
    close_to_others(settings.database_url, settings.picture_folder)
    _require_ours(settings.database_url, blobs)
    if (revision := migrate(settings.database_url)) is not None:
        log.info("the database was brought to this version", revision=revision)


async def _join(url: str, lease: str, part: Part, lease_s: int, stop: asyncio.Event) -> JoinedProcess:
    """Waits until the lease of a dead process with the same shards is void. Raises what JoinedProcess raises."""
    first: ShardsTakenError | None = None
    while True:
        try:
            return await asyncio.to_thread(JoinedProcess, url, lease, part, lease_s)
        except ShardsTakenError as error:
            if first is None:
                log.warning("another process has these shards: waits in case it is dead", role=part.role)
                first = error
            elif error.beat_at > first.beat_at:
                raise
            first = min(first, error, key=lambda each: each.beat_at)  # the server's clock may have been set back
        await wait_for_event(stop, _LOOK_AGAIN_S)
        if stop.is_set():
            raise StoppedError


@asynccontextmanager
async def leaving(joined: JoinedProcess | None, core: Core, rules: OperatorRules) -> AsyncIterator[None]:
    """Leave the others at the end, so that they, and the next start, need not wait until the lease is void."""
    try:
        yield
    finally:
        if joined is not None:
            await asyncio.to_thread(joined.stop)
            try:
                await leave_jobs(core, rules, joined.leave)
            except DatabaseUnavailableError as error:
                log.warning("could not leave the other processes: they wait until the lease is void", reason=str(error))


def _require_ours(url: str, pictures: BlobStore) -> None:
    """Before anything is written: not damaged, not moved, and not an older copy that was put there by hand."""
    require_not_moved(url)
    if (aside := finish_exchange(url, pictures)) is not None:
        log.warning("finished a restore that was interrupted", before=str(aside))
    require_sound(url)
    require_newest(url)


def close_database(database: Database) -> None:
    try:
        remember_newest(database.url, database.transaction_now(newest_entry))
    except (DatabaseUnavailableError, OSError) as error:
        log.warning("the state of the database was not written down", reason=str(error))
    finally:
        database.close()
