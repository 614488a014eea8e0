"""Ends a subcommand that cannot use the database, in the same way in all of them."""

from typing import NoReturn

from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.storage.engine.databases.errors import CannotConnectError
from bot.storage.engine.databases.postgresql import is_postgresql
from bot.storage.engine.read_only import NoDatabaseError


def fail_for(error: Exception, doing: str) -> NoReturn:
    """`doing` completes `Cannot ...`. Where there is no database, the folder or DATABASE_URL is wrong: exit code 2."""
    is_setting = isinstance(error, NoDatabaseError | CannotConnectError)
    fail(f"Cannot {doing}: {error}", WRONG_SETTINGS if is_setting else 1)


def require_file(url: str, sentence: str) -> None:
    """End the command with the sentence where the database is PostgreSQL's."""
    if is_postgresql(url):
        fail(sentence, WRONG_SETTINGS)
