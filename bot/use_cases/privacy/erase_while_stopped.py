"""Erases a person's or a server's data on the command line, while the bot is stopped."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.rules.erasures import ErasureKind, ErasureStage
from bot.storage.engine.backups.stopped import opened_to_change
from bot.storage.engine.blobs.mark import newest_named, read_known, require_known
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Connection
from bot.storage.privacy import erased_rows, erasures
from bot.storage.privacy.erasures import Erasure
from bot.storage.remixes import retention
from bot.use_cases.privacy.erase_rows import ErasedSome, erase_records, erase_some

_FIRST = (0, 0)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. `messages`: the bot deletes them once it runs. `unfinished`: some jobs have a paid call open."""

    remixes: int
    files: int
    messages: bool
    unfinished: bool


def erase_while_stopped(
    url: str, blobs: BlobStore, kind: ErasureKind, subject_id: int, now: datetime, progress: Callable[[int], None]
) -> Erased:
    """`progress` hears how many remixes are done. After a stop half-way, the next start of the bot goes on.

    Raises NoDatabaseError, DatabaseInUseError while a bot runs, OtherPicturesError, and what `migrate` raises.
    """
    with opened_to_change(url, beside_bot=False) as database:
        run = database.transaction_now
        require_known(run(read_known), run(newest_named), blobs)
        erasure = run(erasures.ask, kind, subject_id, now)
        remixes = files = 0
        while (some := run(_erase, erasure, now)).last is not None:
            # No bot runs, so nothing is about to name a new file.
            files += blobs.delete_all(
                run(retention.unreferenced, some.pictures), datetime.max.replace(tzinfo=now.tzinfo)
            )
            remixes += some.jobs
            erasure = replace(erasure, erased_up_to=some.last)
            progress(remixes)
        while run(erase_records, erasure, now):
            pass
        unfinished, messages = run(_leave_the_rest, erasure)
        database.compact_now()
        return Erased(remixes, files, messages, unfinished)


def _erase(connection: Connection, erasure: Erasure, now: datetime) -> ErasedSome:
    some = erase_some(connection, erasure, now)
    if some.last is not None:
        erasures.change(connection, erasure, {"erased_up_to": some.last})
    return some


def _leave_the_rest(connection: Connection, erasure: Erasure) -> tuple[bool, bool]:
    """What only a running bot can do: paid calls that a stop interrupted, and messages."""
    unfinished = erased_rows.are_left(connection, erasure)
    posted = bool(erased_rows.shown_posts(connection, erasure, _FIRST, 1))
    messages = posted or bool(erased_rows.log_messages(connection, erasure))
    stage = ErasureStage.ROWS if unfinished else ErasureStage.MESSAGES
    erasures.change(connection, erasure, {"stage": stage, "erased_up_to": 0})
    return unfinished, messages
