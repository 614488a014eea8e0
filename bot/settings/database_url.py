"""Reads DATABASE_URL and BLOB_DIR alone, with the standard library.

Pydantic takes ten times longer to import than to be used here. A container runs `remix-bot health` every
30 seconds. Everything else uses `load_settings`, and a test compares the two.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from bot.settings.pictures import BOTH_SET, folder_of
from bot.settings.values import (
    DEFAULT_BLOB_DIR,
    DEFAULT_DATABASE_URL,
    ENCODING,
    read_blob_url,
    read_database_url,
    read_path,
    unquoted,
)

_NAME = "database_url"


def read_database_url_alone(environment: Mapping[str, str], env_file: Path) -> str:
    """Raises ValueError, whose text is the complaint, OSError and UnicodeError."""
    in_file = _read_file(env_file)
    if _given(environment, f"{_NAME}_file") or _given(in_file, f"{_NAME}_file") or _is_credential(environment):
        return _read_with_all(env_file)
    for found in (environment, in_file):
        if text := _given(found, _NAME):
            try:
                return read_database_url(text)
            except ValueError as error:
                raise ValueError(f"DATABASE_URL {error}") from None
    return DEFAULT_DATABASE_URL


def read_blob_dir_alone(environment: Mapping[str, str], env_file: Path) -> Path:
    """The default where the pictures are in S3. Raises what `read_database_url_alone` raises."""
    in_file = _read_file(env_file)
    folder, url = (_given(environment, name) or _given(in_file, name) for name in ("blob_dir", "blob_url"))
    try:
        by_url = folder_of(read_blob_url(url)) if url else None
        by_dir = read_path(folder) if folder else None
    except ValueError as error:
        raise ValueError(f"{'BLOB_URL' if url else 'BLOB_DIR'} {error}") from None
    if folder and url:
        raise ValueError(BOTH_SET)
    return by_url or by_dir or DEFAULT_BLOB_DIR


def read_health_file_alone(environment: Mapping[str, str], env_file: Path) -> Path | None:
    """None: where `health_path` has it. Raises what `read_database_url_alone` raises."""
    text = _given(environment, "health_file") or _given(_read_file(env_file), "health_file")
    try:
        return read_path(text) if text else None
    except ValueError as error:
        raise ValueError(f"HEALTH_FILE {error}") from None


def _given(found: Mapping[str, str | None], name: str) -> str:
    # Settings also accept names in small letters, and take an empty value for an unset one.
    return unquoted(next((value for key, value in found.items() if key.lower() == name and value), ""))


def _is_credential(environment: Mapping[str, str]) -> bool:
    folder = _given(environment, "credentials_directory")
    return bool(folder) and os.path.lexists(Path(folder) / _NAME)


def _read_file(env_file: Path) -> Mapping[str, str | None]:
    if not env_file.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - containers have no such file, and need not import it

    return dotenv_values(env_file, encoding=ENCODING)


def _read_with_all(env_file: Path) -> str:
    """The address is in a file of its own, which is rare enough to be slow."""
    from bot.settings.settings import SettingsError, load_settings  # noqa: PLC0415 - see above

    try:
        return load_settings(env_file, needs="storage").database_url
    except SettingsError as error:
        raise ValueError(error) from None
