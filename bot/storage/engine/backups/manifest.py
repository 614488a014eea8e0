"""The manifest of a backup: what it has, and so whether it is whole. It is written last."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = "manifest.json"
DATABASE = "remix.db"
PICTURES = "blobs"
_FORMAT = 1
_AT_ONCE = 1 << 20


class NoManifestError(Exception):
    """The folder is no complete backup that `remix-bot backup` made. The text says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `remix-bot backup` wrote.

    `at`: aware UTC; what happened later may not be in it. `origin`: the path of the database that was copied. `schema`:
    the revision of its tables. `size` and `sha256`: of the database's copy. `pictures`: their hashes, which are their
    names. `missing`: how many the database names that were not on the disk.
    """

    at: datetime
    version: str
    origin: str
    schema: str
    counts: Mapping[str, int]
    size: int
    sha256: str
    pictures: Sequence[str]
    missing: int


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Raises OSError."""
    file = folder / FILE
    content = {
        "format": _FORMAT,
        "at": manifest.at.isoformat(),
        "version": manifest.version,
        "origin": manifest.origin,
        "schema": manifest.schema,
        "counts": dict(manifest.counts),
        "database": {"file": DATABASE, "bytes": manifest.size, "sha256": manifest.sha256},
        "pictures": sorted(manifest.pictures),
        "pictures_missing": manifest.missing,
    }
    with file.open("w", encoding="utf-8") as open_file:
        json.dump(content, open_file, indent=1)
        open_file.write("\n")
        open_file.flush()
        os.fsync(open_file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """Raises NoManifestError."""
    try:
        content = json.loads((folder / FILE).read_text("utf-8"))
    except FileNotFoundError:
        raise NoManifestError("it has no manifest.json, so it is not complete, or an earlier version made it") from None
    except (OSError, ValueError) as error:
        raise NoManifestError(f"its manifest.json cannot be read: {error}") from None
    try:
        return _read(content)
    except (KeyError, TypeError, ValueError):
        raise NoManifestError("its manifest.json was not written by this version of remix-bot") from None


def _read(content: Any) -> Manifest:  # noqa: ANN401 - what JSON can hold
    if content["format"] != _FORMAT:
        raise ValueError(content["format"])
    database = content["database"]
    return Manifest(
        at=datetime.fromisoformat(content["at"]).astimezone(UTC),
        version=str(content["version"]),
        origin=str(content["origin"]),
        schema=str(content["schema"]),
        counts={str(name): int(number) for name, number in content["counts"].items()},
        size=int(database["bytes"]),
        sha256=str(database["sha256"]),
        pictures=[str(name) for name in content["pictures"]],
        missing=int(content["pictures_missing"]),
    )


def sha256_of(file: Path, heard: Callable[[int], None] = lambda _bytes: None) -> str:
    """Of the bytes of the file, as hex. `heard` gets how many were read so far."""
    digest, done = hashlib.sha256(), 0
    with file.open("rb") as open_file:
        while part := open_file.read(_AT_ONCE):
            digest.update(part)
            done += len(part)
            heard(done)
    return digest.hexdigest()
