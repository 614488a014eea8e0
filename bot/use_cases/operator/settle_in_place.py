"""Settles a database on a server after a dump was put back, so that nothing is paid, posted or said twice."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.rules.progress import Progress, unseen
from bot.storage.engine.database import Connection, Database
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate
from bot.storage.engine.read_only import require_existing
from bot.storage.restores import known
from bot.storage.restores.known import Spent
from bot.use_cases.operator.restore_backup import Prepared, Restored, Settled, settle_open_jobs


@dataclass(frozen=True, slots=True)
class SettlingInPlace(Prepared):
    """The database that is there, as it would be settled."""

    _database: Database

    def put_in_place(self, spent: Spent, now: datetime, progress: Progress = unseen) -> Restored:  # noqa: ARG002 - as a restore of files
        """All in one transaction. Raises DatabaseUnavailableError."""

        def settle(connection: Connection) -> int:
            settle_open_jobs(connection, now)
            return self.record(connection, spent, now)

        return Restored(missing=0, erasures=self._database.transaction_now(settle), aside=None)


class _Previewed(Exception):  # noqa: N818 - no error: it undoes what was only tried
    def __init__(self, settled: Settled) -> None:
        super().__init__()
        self.settled = settled


@contextmanager
def settling_in_place(url: str, now: datetime, progress: Progress = unseen) -> Iterator[SettlingInPlace]:
    """Find out what there is to settle while the bot is stopped. Nothing changes before `put_in_place`.

    Raises NoDatabaseError, DatabaseInUseError, DatabaseTooNewError and DatabaseUnavailableError.
    """
    require_existing(url)
    with process_lock(url):
        migrate(url, progress=progress)
        with closing(Database(url)) as database:
            there = database.transaction_now(known.read)
            try:
                database.transaction_now(partial(_preview, now=now))
            except _Previewed as preview:
                settled = preview.settled
            yield SettlingInPlace(there.until or now, there.last_job, settled, None, None, None, database)


def _preview(connection: Connection, now: datetime) -> None:
    raise _Previewed(settle_open_jobs(connection, now))
