"""The bot's own storage and gate on a fresh database, for the figures that need no network."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bot.rules.limits import Limits
from bot.rules.prices import Speed
from bot.rules.refusals import Refused
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.database import Connection, Database
from bot.storage.engine.migrations import migrate
from bot.use_cases.core import Clock, Core, News
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.gate_facts import Asker
from bot.use_cases.remixes.submit_remix import Accepted, SubmitRemix
from bot.use_cases.remixes.submitting.new_jobs import NewRemix
from tests.integration.made_bot import RULES, asker
from tests.integration.made_storage import Clock as StillClock
from tests.pictures_here import PicturesHere

REQUEST = RemixRequest("a fox in the snow, painted with ink", 60, None, Speed.DEFAULT)
SOURCE_HASH = "ab" * 32
NEW_REMIX = NewRemix((REQUEST,), spoiler=False, source_hash=SOURCE_HASH, source_format="png")
_LIMITS = Limits(cooldown=timedelta(seconds=30), waiting_per_person=3, waiting=1_000_000)
RULES_OF_BENCH = replace(RULES, limits=_LIMITS)


class FreshDatabases:
    """Migrated once, then copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self._made = 0
        migrate(f"sqlite:///{self._template}")

    def path(self) -> Path:
        self._made += 1
        return Path(shutil.copy(self._template, self._folder / f"fresh-{self._made}.db"))

    @contextmanager
    def open(self) -> Iterator[Database]:
        database = Database(f"sqlite:///{self.path()}")
        try:
            yield database
        finally:
            database.close()


@dataclass(frozen=True, slots=True)
class Gate:
    """The whole gate and the acceptance behind it, as `/remix` runs them: one transaction."""

    submit: SubmitRemix

    @classmethod
    def on(
        cls, database: Database, folder: Path, rules: OperatorRules = RULES_OF_BENCH, clock: Clock | None = None
    ) -> "Gate":
        core = Core(
            database, FileBlobs(folder / "blobs"), clock or StillClock(), lambda: 0.0, "bench", News(), PicturesHere()
        )
        return cls(SubmitRemix(core, rules, free_bytes=lambda: 10**12))

    async def ask(self, who: Asker) -> Accepted | Refused:
        return await self.submit._core.database.transaction(self.submit._accept, who, NEW_REMIX)

    async def accept(self, who: Asker) -> Accepted:
        outcome = await self.ask(who)
        if not isinstance(outcome, Accepted):
            raise TypeError(f"refused: {outcome.reason}")
        return outcome

    def accept_in(self, connection: Connection, who: Asker) -> Accepted:
        outcome = self.submit._accept(connection, who, NEW_REMIX)
        if not isinstance(outcome, Accepted):
            raise TypeError(f"refused: {outcome.reason}")
        return outcome


def somebody(number: int) -> Asker:
    return asker(1000 + number)
