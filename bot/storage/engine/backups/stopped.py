"""What a command that changes the database of a stopped bot checks first, as a start of the bot does."""

from bot.storage.engine.backups.check import require_sound
from bot.storage.engine.backups.newest import require_newest
from bot.storage.engine.backups.restore import exchange_has_begun
from bot.storage.engine.copying.moved_mark import require_not_moved
from bot.storage.engine.database import DatabaseUnavailableError


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
