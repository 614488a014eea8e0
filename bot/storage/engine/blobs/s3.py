"""Stores pictures in a bucket of S3, or of a store that is compatible with it."""

import asyncio
import contextvars
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ParamSpec, TypeVar

import obstore
from obstore.store import S3Store

from bot.storage.engine.blobs.reach import Reach
from bot.storage.engine.blobs.s3_client import CALLS, PROBE, PROBES, connect, is_obstores, reason_of, try_out
from bot.storage.engine.blobs.s3_place import S3Place
from bot.storage.engine.blobs.store import (
    MARK,
    BlobMissingError,
    BlobsAwayError,
    BlobStore,
    BlobsUnusableError,
    Entry,
    mark_in,
    name_of,
)

P = ParamSpec("P")
T = TypeVar("T")

_KEY = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})")
_PAGE = 500
_THREADS = 16
"""Calls at once. They have threads of their own: asyncio's are few, six on two cores, and much else needs them."""

_TAKES_LONG_S = 3.0

_CLOCKS_APART = timedelta(minutes=15)
"""S3 dates by its own clock, and refuses requests whose clock is further off: `RequestTimeTooSkewed`."""

_LEFT_AFTER = timedelta(hours=1)


class S3Blobs(BlobStore):
    """Every `put` writes the object again, because its date keeps it from being swept and cannot be set otherwise.

    S3 has no lock, and obstore no conditional delete. So a picture that is put in the milliseconds between the check
    of its age and its deletion is lost; then its job ends unpaid, or its result is fetched again.
    """

    clock_error = _CLOCKS_APART

    def __init__(self, place: S3Place) -> None:
        self._place = place
        self._probed = connect(place, PROBE)
        self._reach = Reach(lambda: _failure_of(self._probed), self._leave_hung_calls)
        self._asking = ThreadPoolExecutor(1, "picture store question")
        self._make_ready()

    def _make_ready(self) -> None:
        self._store = connect(self._place, CALLS)
        self._threads = ThreadPoolExecutor(_THREADS, "picture store")

    def _leave_hung_calls(self) -> None:
        """What hangs ends by its time limit. Until then it would hold threads and connections once S3 answers again."""
        left = self._threads
        self._make_ready()
        left.shutdown(wait=False, cancel_futures=True)

    @property
    def away_reason(self) -> str | None:
        return self._reach.reason

    def prepare(self) -> None:
        """Raises BlobsUnusableError if it cannot write, read, delete and list there."""
        if (reason := _failure_of(self._store)) is not None:
            raise BlobsUnusableError(f"the pictures cannot be stored at {self._place}: {reason}")
        try:
            self._delete_left()
        except BlobsAwayError as error:
            # Without the right to list, S3 also says 403 of what is not there.
            raise BlobsUnusableError(f"the pictures cannot be listed at {self._place}: {error.strerror}") from None

    def _delete_left(self) -> None:
        """Objects of starts that were killed while they tried it out."""
        before = datetime.now(UTC) - _LEFT_AFTER
        for page in self._pages(PROBES):
            for key, entry in page:
                if entry.written_at < before:
                    self._call(partial(obstore.delete, self._store, key))

    def put(self, data: bytes) -> str:
        name = name_of(data)
        self._call(partial(obstore.put, self._store, _key(name), data, use_multipart=False))
        return name

    def get(self, name: str) -> bytes:
        data = self._find(lambda: obstore.get(self._store, _key(name)).bytes().to_bytes())
        if data is not None and name_of(data) == name:
            return data
        # A bucket that was deleted, or a proxy, says of everything that it is not there.
        self._require_answer()
        raise BlobMissingError(name)

    def missing(self, names: Iterable[str]) -> list[str]:
        found = [name for name in names if self._find(partial(obstore.head, self._store, _key(name))) is None]
        if found:
            self._require_answer()
        return found

    def delete_all(self, names: Iterable[str], before: datetime) -> int:
        return sum(self._delete(_key(name), before - _CLOCKS_APART) for name in names)

    def _delete(self, key: str, before: datetime) -> bool:
        found = self._find(partial(obstore.head, self._store, key))
        if found is None or not found["last_modified"] < before:
            return False
        self._call(partial(obstore.delete, self._store, key))
        return True

    def entries(self, start: str = "") -> Iterator[Entry]:
        for page in self._pages(start):
            yield from (entry for key, entry in page if _KEY.fullmatch(key))

    def names_older_than(self, moment: datetime) -> Iterator[str]:
        moment -= _CLOCKS_APART
        return (entry.name for entry in self.entries() if entry.written_at < moment)

    def keep_time(self, name: str, written_at: datetime) -> None:
        """S3 keeps the time of the copy. That only delays the sweep, which looks at no other times."""

    @property
    def mark_place(self) -> str:
        return f"{self._place}/{MARK}"

    def read_mark(self) -> str | None:
        content = self._find(lambda: obstore.get(self._store, MARK).bytes().to_bytes())
        return None if content is None else mark_in(content)

    def write_mark(self, mark: str | None) -> None:
        if mark is None:
            self._call(partial(obstore.delete, self._store, MARK))
        else:
            self._call(partial(obstore.put, self._store, MARK, mark.encode(), use_multipart=False))

    def _pages(self, folder: str) -> Iterator[list[tuple[str, Entry]]]:
        listing = obstore.list(self._store, prefix=folder or None, chunk_size=_PAGE)
        while page := self._call(partial(next, listing, None)):
            yield [
                (each["path"], Entry(each["path"].rpartition("/")[2], each["size"], each["last_modified"]))
                for each in page
            ]

    def _find(self, work: Callable[[], T]) -> T | None:
        """None: S3 says that it is not there."""

        def find() -> T | None:
            try:
                return work()
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise
                return None

        return self._call(find)

    def _call(self, work: Callable[[], T]) -> T:
        if (away := self._reach.reason) is not None:
            raise BlobsAwayError(away)
        try:
            return work()
        except BaseException as error:
            if not is_obstores(error):
                raise
            reason = reason_of(error)
        # Outside the `except`: obstore's error, which has addresses in it, must not be the context of this one.
        raise BlobsAwayError(self._reach.ask() or reason)

    def _require_answer(self) -> None:
        if (reason := self._reach.ask()) is not None:
            raise BlobsAwayError(reason)

    async def in_thread(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Raises BlobsAwayError as soon as the store is known not to answer, whatever its threads still do."""
        if (away := self.away_reason) is not None:
            raise BlobsAwayError(away)
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        try:
            working = loop.run_in_executor(self._threads, partial(context.run, function, *args, **kwargs))
        except RuntimeError:
            # Its threads were left to what hangs at this very moment.
            raise BlobsAwayError(self.away_reason or "S3 does not answer") from None
        away = None
        try:
            while away is None and not working.done():
                done, _ = await asyncio.wait({working}, timeout=_TAKES_LONG_S)
                if not done:
                    away = await loop.run_in_executor(self._asking, self._reach.ask)
            if working.done() and not working.cancelled():
                return working.result()
            raise BlobsAwayError(away or self.away_reason or "S3 does not answer")
        finally:
            working.cancel()


def _failure_of(store: S3Store) -> str | None:
    """Why an object cannot be written, read and deleted there now."""
    try:
        try_out(store)
    except BaseException as error:
        if not is_obstores(error):
            raise
        return reason_of(error)
    return None


def _key(name: str) -> str:
    return f"{name[:2]}/{name}"
