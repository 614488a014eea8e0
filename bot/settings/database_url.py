"""Reads DATABASE_URL alone, with the standard library: pydantic takes ten times longer to import than to be used here.

A container runs `remix-bot health` every 30 seconds. Everything else uses `load_settings`, and a test compares the two.
"""

from collections.abc import Mapping
from pathlib import Path

from bot.settings.values import DEFAULT_DATABASE_URL, ENCODING, read_database_url, unquoted

_NAME = "database_url"


def read_database_url_alone(environment: Mapping[str, str], env_file: Path) -> str:
    """Raises ValueError, whose text completes the sentence `DATABASE_URL ...`, OSError and UnicodeError."""
    for found in (environment, _read_file(env_file)):
        # Settings also accept the name in lower case, and take an empty value for an unset one.
        written = next((value for name, value in found.items() if name.lower() == _NAME and value), "")
        if text := unquoted(written):
            return read_database_url(text)
    return DEFAULT_DATABASE_URL


def _read_file(env_file: Path) -> Mapping[str, str | None]:
    if not env_file.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - containers have no such file, and need not import it

    return dotenv_values(env_file, encoding=ENCODING)
