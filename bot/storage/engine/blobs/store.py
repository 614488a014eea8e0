"""The face of every store of pictures: bytes by their SHA-256."""

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_LONGEST_MARK = 100


class BlobMissingError(Exception):
    """The picture does not exist, or its bytes have changed since they were stored."""


class BlobsUnusableError(Exception):
    """The store cannot be used as it is set up. The text is a sentence without its full stop."""


class BlobsAwayError(OSError):
    """The store of the pictures does not answer, or refuses. Nothing is known to be lost.

    The text says why, without addresses and keys. `strerror` is the same text, as with every OSError.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(None, reason)

    def __str__(self) -> str:
        return f"the picture store failed: {self.strerror}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored picture. `written_at`: when it was last put."""

    name: str
    size: int
    written_at: datetime


class BlobStore(ABC):
    """All methods but `in_thread` block, and raise OSError if the store fails.

    Store the bytes first and commit the row that names them second. After a crash in between a picture is left over,
    which the sweep deletes; the other way round a job would name a picture that does not exist.
    """

    clock_error = timedelta(0)
    """How far the clock that dates the pictures may be off. So much longer than asked, each is kept."""

    @property
    def away_reason(self) -> str | None:
        """Why the store is known not to answer at the moment. Then calls fail at once."""
        return None

    @abstractmethod
    def prepare(self) -> None:
        """Make it ready, and delete what a crash left half-written."""

    @abstractmethod
    def put(self, data: bytes) -> str:
        """Store the bytes and return their hash. They survive a power failure once this returns.

        Raises OSError. What is stored already gets a new time, so that the sweep does not delete it as old.
        """

    @abstractmethod
    def get(self, name: str) -> bytes:
        """The bytes; BlobMissingError if they are gone or damaged."""

    def find(self, name: str) -> bytes | None:
        """The bytes; None if they are gone, damaged or cannot be read. Raises BlobsAwayError."""
        try:
            return self.get(name)
        except BlobsAwayError:
            raise
        except (BlobMissingError, OSError):
            return None

    def find_all(self, names: Iterable[str]) -> list[bytes]:
        """Without those that `find` does not find. Raises BlobsAwayError."""
        return [data for name in names if (data := self.find(name)) is not None]

    @abstractmethod
    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of the pictures that are not stored."""

    @abstractmethod
    def delete_all(self, names: Iterable[str], before: datetime) -> int:
        """Delete those last written before `before`, checked again just now. Returns how many."""

    @abstractmethod
    def entries(self, start: str = "") -> Iterator[Entry]:
        """All pictures, or those whose names start with two given digits. In no order; a few at a time in memory."""

    @abstractmethod
    def names_older_than(self, moment: datetime) -> Iterator[str]:
        """Hashes of the pictures last written before `moment`. A few at a time in memory."""

    @abstractmethod
    def keep_time(self, name: str, written_at: datetime) -> None:
        """Give a picture that was copied here the time of its original, where the store can."""

    @property
    @abstractmethod
    def mark_place(self) -> str:
        """Where the mark is, as operators name it."""

    @abstractmethod
    def read_mark(self) -> str | None:
        """What tells this store from all others. None: it has no mark."""

    @abstractmethod
    def write_mark(self, mark: str | None) -> None:
        """Replace the mark; None takes it away."""

    def take_write_error(self) -> str | None:
        """Why the disk did not take the last `put`, if it did not and nobody has asked since."""
        return None

    async def in_thread(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function that calls this store, beside the event loop."""
        return await asyncio.to_thread(function, *args, **kwargs)


MARK = "store.id"
"""The name of the file or object with the mark of a store, beside the folders of the pictures."""


def mark_in(content: bytes) -> str:
    """An operator may have typed it, with an editor that adds a line end."""
    return content[:_LONGEST_MARK].decode(errors="replace").strip()


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
