"""Ends a subcommand that cannot use the database, in the same way in all of them."""

from typing import NoReturn

from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.storage.engine.read_only import NoDatabaseError


def fail_for(error: Exception, doing: str) -> NoReturn:
    """`doing` completes `Cannot ...`. Where there is no database, the folder or DATABASE_URL is wrong: exit code 2."""
    fail(f"Cannot {doing}: {error}", WRONG_SETTINGS if isinstance(error, NoDatabaseError) else 1)
