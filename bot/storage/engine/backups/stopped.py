"""Opens the database for a command that changes it, and checks first what a start of the bot checks."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext

from bot.storage.engine.backups.check import require_sound
from bot.storage.engine.backups.newest import require_newest
from bot.storage.engine.backups.restore import exchange_has_begun
from bot.storage.engine.copying.moved_mark import require_not_moved
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.engine.databases.postgresql import is_postgresql
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate
from bot.storage.engine.read_only import require_existing


def require_changeable(url: str) -> None:
    """Raises DatabaseUnavailableError. Call it under the process lock, before anything is opened for writing.

    What is written while an exchange is unfinished would be moved aside with the old database, such as a person's
    request to be forgotten.
    """
    require_not_moved(url)
    if exchange_has_begun(url):
        raise DatabaseUnavailableError(
            "a restore was interrupted. Finish it first: run the same `remix-bot restore` again, or start the bot"
        )
    require_sound(url)
    require_newest(url)


@contextmanager
def opened_to_change(url: str, *, beside_bot: bool = True) -> Iterator[Database]:
    """`beside_bot`: on PostgreSQL the bot can run meanwhile.

    Raises NoDatabaseError, since a database that is made here has nothing in it to change, DatabaseInUseError while a
    bot runs, and what `require_changeable` and `migrate` raise.
    """
    require_existing(url)
    with nullcontext() if beside_bot and is_postgresql(url) else process_lock(url):
        require_changeable(url)
        migrate(url)
        with closing(Database(url)) as database:
            yield database
