"""Core: the database, pictures, clock and news that every use case works with. Built once by wiring.py."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import count

from bot.images.processes.pool import PicturePool
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process import OnlyProcess, Process
from bot.storage.moderation.cases import Case
from bot.use_cases.listed_pictures import ListedPictures
from bot.use_cases.listed_words import ListedWords

Clock = Callable[[], datetime]
"""Returns the current time in UTC, with its time zone."""

Jitter = Callable[[], float]
"""Returns a random number from 0 to 1."""


class Counted(StrEnum):
    """What /metrics counts although the database has no record of it."""

    REFUSAL = "refusal"
    PROVIDER_CALL = "provider_call"
    FETCH_FAILURE = "fetch_failure"


@dataclass(slots=True)
class News:
    """Tells background tasks what has changed, after the commit. Listeners return at once and never raise.

    Use cases call the methods. Private replies, budgets, log channels and the worker listen.
    """

    on_job: list[Callable[[int], None]] = field(default_factory=list)
    on_case: list[Callable[[Case], None]] = field(default_factory=list)
    on_refusal: list[Callable[[int], None]] = field(default_factory=list)
    on_post_change: list[Callable[[], None]] = field(default_factory=list)
    on_departure: list[Callable[[int, int | None], None]] = field(default_factory=list)
    on_return: list[Callable[[int], None]] = field(default_factory=list)
    on_slot: list[Callable[[], None]] = field(default_factory=list)
    on_anything: list[Callable[[], None]] = field(default_factory=list)
    on_loop: list[Callable[[str, bool], None]] = field(default_factory=list)
    on_count: list[Callable[[Counted, str], None]] = field(default_factory=list)

    def job_changed(self, job_id: int) -> None:
        for listener in self.on_job:
            listener(job_id)

    def case_added(self, case: Case) -> None:
        for listener in self.on_case:
            listener(case)

    def post_change_due(self) -> None:
        """A message has to be deleted or drawn again, and whoever asked for that does not do it."""
        for listener in self.on_post_change:
            listener()

    def refused_by_rule(self, guild_id: int) -> None:
        """A rule of that server refused a remix, and the refusal is recorded for its moderators."""
        for listener in self.on_refusal:
            listener(guild_id)

    def departed(self, guild_id: int, user_id: int | None) -> None:
        """Discord says that the person is banned there, or with None that the bot has left."""
        for listener in self.on_departure:
            listener(guild_id, user_id)

    def returned(self, guild_id: int) -> None:
        """Discord says that the bot is in that server, perhaps again."""
        for listener in self.on_return:
            listener(guild_id)

    def slot_freed(self) -> None:
        """How a paid call has ended is on record, so the worker of another process may begin one."""
        for listener in self.on_slot:
            listener()

    def look_at_anything(self) -> None:
        """News of other processes may be lost: whatever a listener hears of, it has to look for it."""
        for listener in self.on_anything:
            listener()

    def loop_did(self, name: str, *, well: bool) -> None:
        """A round of a background loop that catches its own errors: whether it went well, or an unexpected one."""
        for listener in self.on_loop:
            listener(name, well)

    def count(self, counted: Counted, kind: str) -> None:
        """`kind`: which one, out of a few dozen at most. Never an id or a text of people."""
        for listener in self.on_count:
            listener(counted, kind)


@dataclass(frozen=True, slots=True)
class Core:
    """`lease` names this start of the process. On SQLite leases of other starts are void: it has the file for itself.

    `claims` has a number for each claim, so that what is done under an earlier claim of this process is void too.
    """

    database: Database
    blobs: BlobStore
    clock: Clock
    jitter: Jitter
    lease: str
    news: News
    pictures: PicturePool
    claims: Iterator[int] = field(default_factory=lambda: count(1))
    process: Process = field(default_factory=OnlyProcess)
    words: ListedWords = field(default_factory=ListedWords)
    listed_pictures: ListedPictures = field(default_factory=ListedPictures)

    async def prepare_picture(
        self, guild_id: int, hash_: str, data: bytes | None = None, person: int | None = None
    ) -> None:
        """As `ListedPictures.prepare`."""
        own = (self.database, self.pictures, self.blobs)
        await self.listed_pictures.prepare(*own, guild_id, hash_, data, person)
