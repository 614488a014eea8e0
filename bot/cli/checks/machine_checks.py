"""Checks the disk, the owners and modes of the bot's files, the store of the pictures, and the clock."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bot.cli.checks.accounts import ROOT, account_name, own_account, owner_of
from bot.cli.checks.findings import Finding, Subject, fail, ok, skipped, warn
from bot.cli.checks.reading import read_or
from bot.rules_from_settings import picture_place
from bot.settings.settings import MB
from bot.storage.engine.blobs.mark import OtherPicturesError, newest_named, read_known, require_known
from bot.storage.engine.blobs.opening import open_blobs
from bot.storage.engine.blobs.s3_place import S3Place
from bot.storage.engine.blobs.store import BlobsAwayError, BlobsUnusableError
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.migrations import newest_revision, revision_of
from bot.storage.engine.owner_only import is_open_to_others
from bot.storage.engine.read_only import read_snapshot

DISK, FILES, PICTURES, CLOCK = "disk", "files", "pictures", "clock"
CLOCK_WARNS_ABOVE = timedelta(seconds=30)
CLOCK_FAILS_ABOVE = timedelta(minutes=5)
_BESIDE = ("health.json", "last-backup.json")
_NEARLY_FULL = 5
"""Warn below this many times MIN_FREE_DISK_MB."""


def disk(subject: Subject) -> list[Finding]:
    least = subject.settings.min_free_disk_mb
    remedy = "Free some disk, or lower KEEP_PICTURES_DAYS."
    found: list[Finding] = []
    # Mostly both folders are on one disk, which is one finding.
    folders = {folder.stat().st_dev: folder for folder in map(_existing, _folders(subject))}
    for folder in folders.values():
        free = shutil.disk_usage(folder).free // MB
        where = f"{free} MB are free for {folder}"
        if free < least * _NEARLY_FULL:
            verdict = fail if free < least else warn
            found.append(verdict(DISK, f"Only {where}. Below {least} MB new remixes are refused.", remedy))
        else:
            found.append(ok(DISK, f"{where}."))
    return found or [skipped(DISK, "Neither the database nor the pictures are on a disk of this machine.")]


def files(subject: Subject) -> list[Finding]:
    """That all files belong to one account, that others cannot read them, and that this account can write them."""
    paths = [path for path in _files(subject) if path.exists()]
    if next(_folders(subject), None) is None:
        return [skipped(FILES, "Neither the database nor the pictures are in files of this machine.")]
    on_server = sqlite_path(subject.settings.database_url) is None
    if not paths:
        return [
            ok(FILES, f"There {'are no pictures' if on_server else 'is no database'} yet. The first start makes it.")
        ]
    found = [*_of_other_owners(paths), *_read_by_others(paths), *_not_writable(paths)]
    ours = "The pictures" if on_server else "The database and the pictures"
    if subject.settings.picture_folder is None:
        ours = "The files of the database"
    return found or [ok(FILES, f"{ours} belong to one account, and only it can read them.")]


async def pictures(subject: Subject) -> list[Finding]:
    """Writes, reads and deletes an object in S3. Of a folder, `files` tells. Compares the mark with the database's."""
    place = picture_place(subject.settings)
    try:
        await asyncio.to_thread(_look_at_pictures, subject, place)
    except OtherPicturesError as error:
        sentence = str(error).partition(". ")[0]
        remedy = "Correct BLOB_DIR or BLOB_URL, or copy the pictures there by `remix-bot move-blobs` (docs/scaling.md)."
        return [fail(PICTURES, f"{sentence[:1].upper()}{sentence[1:]}.", remedy)]
    except (BlobsUnusableError, BlobsAwayError) as error:
        remedy = "Correct BLOB_URL and the settings that begin with AWS_, or look after the store (docs/scaling.md)."
        return [fail(PICTURES, f"{str(error)[:1].upper()}{str(error)[1:]}.", remedy)]
    if isinstance(place, Path):
        return [ok(PICTURES, f"The pictures are in {place}.")]
    return [ok(PICTURES, f"An object could be written, read and deleted at {place}.")]


def _look_at_pictures(subject: Subject, place: Path | S3Place) -> None:
    """Raises BlobsUnusableError and BlobsAwayError."""
    store, url = open_blobs(place), subject.settings.database_url
    if not isinstance(place, Path):
        store.prepare()
    if read_or(url, revision_of, None) == newest_revision():
        known, named = read_snapshot(url, lambda connection: (read_known(connection), newest_named(connection)))
        require_known(known, named, store)


def _of_other_owners(paths: list[Path]) -> Iterator[Finding]:
    bot = owner_of(paths[0])
    if bot in {None, ROOT}:
        return
    others = [path for path in paths if owner_of(path) != bot]
    if others:
        listed = ", ".join(f"{path} ({account_name(owner_of(path))})" for path in others)
        sentence = f"{paths[0]} belongs to {account_name(bot)}, but not {listed}, so the bot may fail to open it."
        yield fail(FILES, sentence, f"chown -R {account_name(bot)} {' '.join(map(str, others))}")


def _read_by_others(paths: list[Path]) -> Iterator[Finding]:
    readable = [path for path in paths if is_open_to_others(path)]
    # What lies in a folder that is closed is out of reach.
    if readable and is_open_to_others(paths[0].parent):
        listed = " ".join(map(str, readable))
        yield warn(FILES, f"Other accounts can read {listed}.", f"chmod -R go= {listed}, or restart the bot.")


def _not_writable(paths: list[Path]) -> Iterator[Finding]:
    closed = [path for path in paths if not os.access(path, os.R_OK | os.W_OK)]
    if closed:
        mine, theirs = account_name(own_account()), account_name(owner_of(closed[0]))
        listed = ", ".join(map(str, closed))
        remedy = f"Run the bot and this check as {theirs}, or make {mine} the owner: chown -R {mine} {listed}"
        yield fail(FILES, f"This account ({mine}) cannot write {listed}.", remedy)


def _files(subject: Subject) -> Iterator[Path]:
    """The database comes first, then what the bot keeps beside it, such as its log and its lock."""
    database = sqlite_path(subject.settings.database_url)
    if database is not None:
        path = Path(database)
        yield path
        yield from sorted(path.parent.glob(f"{path.name}?*"))
        yield from (path.with_name(name) for name in _BESIDE)
    if subject.settings.picture_folder is not None:
        yield subject.settings.picture_folder


def _folders(subject: Subject) -> Iterator[Path]:
    database = sqlite_path(subject.settings.database_url)
    if database is not None:
        yield Path(database).parent
    if subject.settings.picture_folder is not None:
        yield subject.settings.picture_folder


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())


async def clock(subject: Subject) -> list[Finding]:
    """Compares it with Discord's, from the date of an answer."""
    error = (await subject.account()).clock_error
    if error is None:
        return [skipped(CLOCK, "Discord's answer had no date to compare the clock with.")]
    seconds = abs(round(error.total_seconds()))
    off = f"This machine's clock is {seconds} s {'ahead of' if error > timedelta(0) else 'behind'} Discord's."
    remedy = "Synchronise the clock: timedatectl set-ntp true"
    if abs(error) > CLOCK_FAILS_ABOVE:
        return [fail(CLOCK, f"{off} Budgets, cooldowns and time-outs follow the clock.", remedy)]
    if abs(error) > CLOCK_WARNS_ABOVE:
        return [warn(CLOCK, off, remedy)]
    return [ok(CLOCK, "The clock agrees with Discord's.")]
