"""Asks the lists of pictures that are not allowed about one picture. The pictures of a version are kept ready."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from bot.images.errors import UnreadablePictureError
from bot.images.likeness.known import KnownPictures
from bot.images.processes.pool import PicturePool
from bot.rules.picture_memory import NO_PICTURES, Likeness, PictureFacts
from bot.storage.engine.blobs.store import BlobMissingError, BlobStore
from bot.storage.engine.database import Connection, Database
from bot.storage.standing import pictures

_MOST_PICTURES = 50_000
"""Kept ready. A picture takes 700 bytes."""
_MOST_PRINTS = 2_000
_MOST_JUDGED = 5_000
_MOST_UNLISTED = 100_000

T = TypeVar("T")

log = structlog.get_logger(__name__)


class PictureUnknownError(Exception):
    """The lists have pictures since a moment ago: call `prepare` for that picture, and try again."""

    def __init__(self, guild_id: int, hash_: str) -> None:
        super().__init__("a picture has yet to be compared with the lists")
        self.guild_id = guild_id
        self.hash = hash_


@dataclass(frozen=True, slots=True)
class _List:
    version: int
    known: KnownPictures


_EMPTY = _List(0, KnownPictures(()))


class ListedPictures:
    """Safe to use from several threads: what two of them make at once is the same."""

    def __init__(self) -> None:
        self._lists: OrderedDict[int, _List] = OrderedDict()
        self._prints: OrderedDict[str, bytes] = OrderedDict()
        self._judged: OrderedDict[tuple[int, int, str], PictureFacts] = OrderedDict()
        # Servers without a list, so that most remixes need no look at the lists beforehand.
        self._unlisted: set[int] = set()

    def judge(self, connection: Connection, guild_id: int, hash_: str | None) -> PictureFacts:
        """What the lists find, as they are in this transaction. None: there is no picture yet.

        Raises PictureUnknownError.
        """
        version = pictures.version_of_both(connection, guild_id)
        self._note_version(guild_id, version)
        if version == 0 or hash_ is None:
            return NO_PICTURES
        judged = self._judged.get((guild_id, version, hash_))
        if judged is not None:
            return judged
        lists = [self._list_of(connection, each) for each in (guild_id, pictures.EVERYWHERE)]
        prints = self._prints.get(hash_)
        if prints is None and any(each.known.size for each in lists):
            raise PictureUnknownError(guild_id, hash_)
        return self._judge(guild_id, version, lists, hash_, prints or b"")

    async def prepare(
        self,
        database: Database,
        pool: PicturePool,
        blobs: BlobStore,
        guild_id: int,
        hash_: str,
        data: bytes | None = None,
        person: int | None = None,
    ) -> None:
        """Do what `judge` needs before its transaction. Nothing if there is no list, or it is done.

        `data`: of that file, if it is at hand; else the store has to have it. `person`: who waits for it. Raises
        OSError if it cannot be read now.
        """
        if guild_id in self._unlisted:
            # If there is a list since a moment ago, `judge` notices it, and calls for this again.
            return
        version, is_judged = await database.read(self._look, guild_id, hash_)
        if version == 0 or is_judged:
            return
        lists = [await self._ready(database, each) for each in (guild_id, pictures.EVERYWHERE)]
        if not any(each.known.size for each in lists):
            return
        prints = self._prints.get(hash_)
        if prints is None:
            prints = await _prints_of(pool, blobs, hash_, data, person)
            self._prints[hash_] = prints
            _limit(self._prints, _MOST_PRINTS)
        if sum(each.version for each in lists) == version:
            await asyncio.to_thread(self._judge, guild_id, version, lists, hash_, prints)

    def _note_version(self, guild_id: int, version: int) -> None:
        if version:
            self._unlisted.discard(guild_id)
        elif len(self._unlisted) < _MOST_UNLISTED:
            self._unlisted.add(guild_id)

    def _look(self, connection: Connection, guild_id: int, hash_: str) -> tuple[int, bool]:
        version = pictures.version_of_both(connection, guild_id)
        return version, (guild_id, version, hash_) in self._judged

    async def _ready(self, database: Database, guild_id: int) -> _List:
        """Made outside of the transaction, because a long list takes 50 ms."""
        version = await database.read(pictures.version, guild_id)
        ready = self._lists.get(guild_id, _EMPTY)
        if ready.version != version:
            version, known = await database.read(pictures.read_known, guild_id)
            ready = _List(version, await asyncio.to_thread(KnownPictures, known))
            self._keep(guild_id, ready)
        return ready

    def _list_of(self, connection: Connection, guild_id: int) -> _List:
        ready = self._lists.get(guild_id, _EMPTY)
        if ready.version != pictures.version(connection, guild_id):
            version, known = pictures.read_known(connection, guild_id)
            ready = _List(version, KnownPictures(known))
            self._keep(guild_id, ready)
        return ready

    def _keep(self, guild_id: int, made: _List) -> None:
        self._lists[guild_id] = made
        self._lists.move_to_end(guild_id)
        while len(self._lists) > 1 and sum(each.known.size + 1 for each in list(self._lists.values())) > _MOST_PICTURES:
            self._lists.popitem(last=False)

    def _judge(self, guild_id: int, version: int, lists: list[_List], hash_: str, prints: bytes) -> PictureFacts:
        own, operators = lists
        found = [
            Likeness(near.number, by_operator, near.wave, near.slope)
            for each, by_operator in ((own, False), (operators, True))
            for near in each.known.find(hash_, prints)
        ]
        facts = PictureFacts(version, found)
        self._judged[guild_id, version, hash_] = facts
        _limit(self._judged, _MOST_JUDGED)
        return facts


async def _prints_of(pool: PicturePool, blobs: BlobStore, hash_: str, data: bytes | None, person: int | None) -> bytes:
    """Empty: it cannot be read, so it is only known by its file."""
    try:
        stored: bytes = await blobs.in_thread(blobs.get, hash_) if data is None else data
        return await pool.prints(stored, person, keep=False)
    except BlobMissingError:
        return b""
    except UnreadablePictureError as error:
        log.warning("a picture cannot be compared with the lists", error=str(error))
        return b""


def _limit(kept: "OrderedDict[Any, Any]", most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)


async def judging(act: Callable[[], Awaitable[T]], prepare: Callable[[int, str], Awaitable[None]]) -> T:
    """Run `act` again after `prepare` for each picture that it does not know yet."""
    while True:
        try:
            return await act()
        except PictureUnknownError as error:
            await prepare(error.guild_id, error.hash)
