"""What every use case works with: one value, built once by the wiring."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.storage.engine.blobs import BlobStore
from bot.storage.engine.database import Database
from bot.storage.moderation.cases import Case

Clock = Callable[[], datetime]
"""Now, aware, in UTC."""

Jitter = Callable[[], float]
"""A number from 0 to 1."""


@dataclass(slots=True)
class News:
    """Passes on what has changed, after the commit. Listeners return at once and never raise.

    A use case reports; background tasks listen: private replies, budgets, log channels, the worker.
    """

    on_job: list[Callable[[int], None]] = field(default_factory=list)
    on_case: list[Callable[[Case], None]] = field(default_factory=list)
    on_refusal: list[Callable[[int], None]] = field(default_factory=list)

    def job_changed(self, job_id: int) -> None:
        for listener in self.on_job:
            listener(job_id)

    def case_added(self, case: Case) -> None:
        for listener in self.on_case:
            listener(case)

    def refused_by_rule(self, guild_id: int) -> None:
        """A rule of that server refused somebody, and the refusal is on record for its moderators."""
        for listener in self.on_refusal:
            listener(guild_id)


@dataclass(frozen=True, slots=True)
class Core:
    """The database, the pictures, and what makes one start of the bot differ from another.

    `lease` names this start of the process: leases of any other are void on SQLite.
    """

    database: Database
    blobs: BlobStore
    clock: Clock
    jitter: Jitter
    lease: str
    news: News
