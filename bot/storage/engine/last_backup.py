"""Remembers the last backup in a file beside the database, so that others can say when there was none for too long."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.file_owner import write_whole

_FILE = "last-backup.json"


@dataclass(frozen=True, slots=True)
class LastBackup:
    """When the newest complete backup was begun (aware UTC), and its folder."""

    at: datetime
    folder: Path


def read_last_backup(database_url: str) -> LastBackup | None:
    """None: `remix-bot backup` has never finished here, or the file cannot be read."""
    file = _file(database_url)
    try:
        written = json.loads(file.read_text("utf-8")) if file is not None else {}
        return LastBackup(datetime.fromisoformat(written["at"]).astimezone(UTC), Path(written["folder"]))
    except (OSError, ValueError, KeyError, TypeError):
        # What is damaged says nothing: the next backup writes it again.
        return None


def write_last_backup(database_url: str, last: LastBackup) -> None:
    """Raises OSError."""
    file = _file(database_url)
    if file is None:
        return
    # The bot has to read it, and a backup can be made by root.
    write_whole(file, json.dumps({"at": last.at.isoformat(), "folder": str(last.folder.absolute())}) + "\n")


def _file(database_url: str) -> Path | None:
    path = sqlite_path(database_url)
    return None if path is None else Path(path).with_name(_FILE)
