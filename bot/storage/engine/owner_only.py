"""Keeps the database, the pictures and the backups readable for the account that runs the bot, and nobody else."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import structlog

from bot.storage.engine.databases.sqlite import sqlite_path

DEFAULT_BACKUPS = Path("backups")
"""Where `remix-bot backup` puts its copies if it is given no folder."""

_BESIDE_IT = frozenset({"last-backup.json", "health.json"})
"""Files of ours in the database's folder whose names do not begin with the database's."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Windows has access lists instead of modes: a new file has those of its folder.
_HAS_MODES = os.name != "nt"

log = structlog.get_logger(__name__)


def is_open_to_others(path: Path) -> bool:
    """Whether the group or everybody can read, write or enter it."""
    return _HAS_MODES and path.exists() and bool(path.stat().st_mode & _OTHERS)


def close_to_others(url: str, blobs: Path | None, backups: Path = DEFAULT_BACKUPS) -> None:
    """Take the group's and everybody's permissions off what an earlier version left open. One log line counts it.

    `blobs` None: the pictures are in no folder.
    """
    mended = failed = 0
    for path in _open_paths(url, blobs, backups) if _HAS_MODES else ():
        try:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
            mended += 1
        except FileNotFoundError:
            continue
        except OSError:
            failed += 1
    if mended:
        log.warning("other accounts could read files of the bot; now only its own can", files=mended)
    if failed:
        log.warning("other accounts can read files of the bot, which belong to another account", files=failed)


def _open_paths(url: str, blobs: Path | None, backups: Path) -> Iterator[Path]:
    for folder in (blobs, backups) if blobs is not None else (backups,):
        # What is in a closed folder is out of reach, so a million pictures are looked through once and never again.
        # The folder itself comes last: after a crash in between, the next start goes on.
        if is_open_to_others(folder):
            yield from (path for path in folder.rglob("*") if not path.is_symlink() and is_open_to_others(path))
            yield folder
    database = sqlite_path(url)
    if database is None:
        return
    folder, name = Path(database).parent, Path(database).name
    beside = (folder / other for other in _BESIDE_IT)
    yield from (path for path in (*folder.glob(f"{name}*"), *beside) if is_open_to_others(path))
    if is_open_to_others(folder) and _holds_only_ours(folder, name, blobs):
        yield folder


def _holds_only_ours(folder: Path, database: str, blobs: Path | None) -> bool:
    """A database can lie in a folder that others use too, such as the one that the bot is started in."""
    return all(
        path.name.startswith(database)
        or path.name in _BESIDE_IT
        or (blobs is not None and path.resolve() == blobs.resolve())
        for path in folder.iterdir()
    )
