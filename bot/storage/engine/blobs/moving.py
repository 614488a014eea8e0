"""Copies all pictures from one store to another."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from functools import partial

from bot.rules.progress import Progress, Step, unseen
from bot.storage.engine.blobs.store import BlobMissingError, BlobStore, Entry

# A picture takes two answers of S3 of tens of milliseconds, and several at once hardly longer.
_AT_ONCE = 8
_FAR_AHEAD = datetime.max.replace(tzinfo=UTC)


class _End(Enum):
    COPIED = auto()
    THERE = auto()
    BAD = auto()


@dataclass(slots=True)
class Moved:
    """`bad`: hashes of those that are damaged, or went while they were copied. `there`: those copied before."""

    copied: int = 0
    there: int = 0
    deleted: int = 0
    bad: list[str] = field(default_factory=list)


def move_blobs(source: BlobStore, target: BlobStore, *, delete: bool, progress: Progress = unseen) -> Moved:
    """Copy what the target does not have yet, so that it can be repeated after a stop. Raises OSError.

    Each picture is compared with its hash when it is read. `delete`: each original goes once its copy was read back.
    """
    counts = Counter(entry.name[:2] for entry in source.entries())
    moved, done, total = Moved(), 0, counts.total()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        # A 256th of the names is in memory at a time.
        for start in sorted(counts):
            there = {entry.name: entry.size for entry in target.entries(start)}
            copy = partial(_copy, source, target, there, delete)
            for entry, end in _in_order(threads, list(source.entries(start)), copy):
                _count(moved, entry, end, deleted=delete and end is not _End.BAD)
                done += 1
                progress(Step.COPY_PICTURES, done, max(done, total))
    return moved


def _in_order(threads: ThreadPoolExecutor, entries: list[Entry], copy: "partial[_End]") -> Iterator[tuple[Entry, _End]]:
    running = [threads.submit(copy, entry) for entry in entries]
    try:
        for entry, future in zip(entries, running, strict=True):
            yield entry, future.result()
    finally:
        # After an error, or Ctrl-C, begin no other.
        for future in running:
            future.cancel()


def _copy(source: BlobStore, target: BlobStore, there: Mapping[str, int], delete: bool, entry: Entry) -> _End:
    is_there = there.get(entry.name) == entry.size
    try:
        if not is_there or (delete and not _is_whole(target, entry.name)):
            target.put(source.get(entry.name))
            target.keep_time(entry.name, entry.written_at)
            if delete:
                target.get(entry.name)
    except BlobMissingError:
        return _End.BAD
    if delete:
        source.delete_all([entry.name], _FAR_AHEAD)
    return _End.THERE if is_there else _End.COPIED


def _is_whole(store: BlobStore, name: str) -> bool:
    try:
        store.get(name)
    except BlobMissingError:
        return False
    return True


def _count(moved: Moved, entry: Entry, end: _End, *, deleted: bool) -> None:
    moved.deleted += deleted
    match end:
        case _End.COPIED:
            moved.copied += 1
        case _End.THERE:
            moved.there += 1
        case _End.BAD:
            moved.bad.append(entry.name)
