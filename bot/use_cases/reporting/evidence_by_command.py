"""What the operator does with sealed evidence on the command line. Each step is recorded with who did it."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.rules.reports import EvidenceAct, EvidenceEnd
from bot.storage.engine.backups.stopped import opened_to_change
from bot.storage.engine.blobs.store import BlobMissingError, BlobStore
from bot.storage.engine.database import Connection
from bot.storage.engine.sealing import unseal
from bot.storage.matters import sealed
from bot.storage.matters.sealed import Evidence
from bot.storage.remixes import families, results
from bot.storage.standing import pictures

_RESULT = "result-"


class NoEvidenceError(Exception):
    """There is none with that number, or nothing of it is kept."""


def export_evidence(
    url: str, blobs: BlobStore, number: int, private_key: str, by: str, now: datetime
) -> Mapping[str, bytes]:
    """The files of it, by name. Raises NoEvidenceError and WrongKeyError."""
    with opened_to_change(url) as database:
        run = database.transaction_now
        found = _kept(run, number)
        files = _unsealed(blobs, found, private_key)
        run(lambda connection: sealed.note(connection, number, EvidenceAct.EXPORTED, by, now))
        return files


def destroy_evidence(url: str, blobs: BlobStore, number: int, by: str, now: datetime) -> None:
    with opened_to_change(url) as database:
        run = database.transaction_now
        found = _kept(run, number)
        run(lambda connection: sealed.end(connection, number, EvidenceEnd.DESTROYED, by, now))
        blobs.delete_all([found.sealed or ""], datetime.max.replace(tzinfo=now.tzinfo))


def restore_evidence(url: str, blobs: BlobStore, number: int, private_key: str, by: str, now: datetime) -> int:
    """Give its author the results back, in /my-remixes. Returns how many. Their messages stay deleted."""
    with opened_to_change(url) as database:
        run = database.transaction_now
        found = _kept(run, number)
        files = _unsealed(blobs, found, private_key)
        made = {int(name.removeprefix(_RESULT)): data for name, data in files.items() if name.startswith(_RESULT)}
        names = {position: blobs.put(data) for position, data in made.items()}
        source = blobs.put(files["source"]) if "source" in files else None

        def restore(connection: Connection) -> None:
            for position, name in names.items():
                results.mark_stored(connection, found.job_id, position, name)
            families.bring_back(connection, found.job_id, source)
            pictures.take_off_job(connection, found.server_id, found.job_id)
            sealed.end(connection, number, EvidenceEnd.RESTORED, by, now)

        run(restore)
        blobs.delete_all([found.sealed or ""], datetime.max.replace(tzinfo=now.tzinfo))
        return len(names)


def _kept(run: Callable[[Callable[[Connection], Evidence | None]], Evidence | None], number: int) -> Evidence:
    found = run(lambda connection: sealed.find(connection, number))
    if found is None or found.sealed is None:
        raise NoEvidenceError
    return found


def _unsealed(blobs: BlobStore, found: Evidence, private_key: str) -> Mapping[str, bytes]:
    try:
        packed = unseal(blobs.get(found.sealed or ""), private_key)
    except BlobMissingError:
        raise NoEvidenceError from None
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
