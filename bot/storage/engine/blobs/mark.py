"""Notices that a process would use other pictures than those of its database: both have the same mark."""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.blobs.store import BlobStore, BlobsUnusableError
from bot.storage.engine.database import Database
from bot.storage.engine.tables.pictures import picture_store
from bot.storage.engine.tables.processes import processes
from bot.storage.engine.tables.remixes import jobs

# Copied by other tools than `move-blobs`, a store may lack its mark. These show that it is the right one.
_LOOKED_AT = 20


class OtherPicturesError(BlobsUnusableError):
    """The store is not the one that has the pictures of the database. Nothing was changed."""


def prepare_ours(database: Database, pictures: BlobStore, lease: str) -> None:
    """Make the store ready for a start, and compare the marks.

    The first start, and the only process on a database without pictures, take the store that they find.

    `lease`: of this process. Raises BlobsUnusableError, OSError and DatabaseUnavailableError.
    """
    pictures.prepare()
    known = database.transaction_now(_known_or_taken, pictures, lease)
    if require_known(known, database.transaction_now(newest_named), pictures):
        pictures.write_mark(known)


def require_known(known: str | None, named: Sequence[str], pictures: BlobStore) -> bool:
    """True: the store has no mark yet, but pictures of `named`. Raises OtherPicturesError and OSError."""
    if known is None or (mark := pictures.read_mark()) == known:
        return False
    if mark is None and len(pictures.missing(named)) < len(named):
        return True
    raise OtherPicturesError(
        f"the pictures of this database are elsewhere: {pictures.mark_place} does not say {known}. Correct BLOB_DIR or"
        " BLOB_URL. To go on with this place, write that into it; what it does not have is then lost"
    )


def read_known(connection: Connection) -> str | None:
    """The mark that the store of this database has. None: no bot has started on it yet."""
    return connection.scalar(sa.select(picture_store.c.mark))


def newest_named(connection: Connection) -> Sequence[str]:
    """Hashes of the newest sources, which the store should have."""
    newest = sa.select(jobs.c.source_hash).where(jobs.c.source_hash.is_not(None)).order_by(jobs.c.id.desc())
    return connection.scalars(newest.limit(_LOOKED_AT)).all()


def forget(connection: Connection) -> None:
    """The next start takes the store that it finds."""
    connection.execute(sa.delete(picture_store))


def _known_or_taken(connection: Connection, pictures: BlobStore, lease: str) -> str:
    """Takes the store within the transaction: of two first starts, the second finds the mark of the first."""
    known = read_known(connection)
    others = sa.select(processes.c.number).where(processes.c.lease != lease)
    if known is not None and (newest_named(connection) or connection.execute(others.limit(1)).first()):
        return known
    mark = pictures.read_mark()
    if mark is None:
        mark = secrets.token_hex(8)
        pictures.write_mark(mark)
    forget(connection)
    connection.execute(sa.insert(picture_store).values(mark=mark))
    return mark
