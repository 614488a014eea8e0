"""Reads a picture as a remix would take it, and makes its fingerprints."""

from dataclasses import dataclass, field

from bot.images.errors import UnreadablePictureError
from bot.images.pictures import SourceLimits
from bot.images.processes.pool import PicturePool
from bot.rules.refusals import Reason, Refused
from bot.storage.engine.blobs.store import name_of


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """The prepared file, its name in the store, and its fingerprints; empty: there is too little in it."""

    hash: str
    data: bytes = field(repr=False)
    prints: bytes = field(repr=False)


async def read_picture(
    pool: PicturePool, limits: SourceLimits, data: bytes, person: int, *, keep: bool
) -> ReadPicture | Refused:
    """`keep`: the fingerprints that are listed, else those that are looked for. Refused: it cannot be a source."""
    prepared = await pool.prepare(data, limits, person)
    if isinstance(prepared, Refused):
        return prepared
    try:
        prints = await pool.prints(prepared.data, person, keep=keep)
    except UnreadablePictureError:
        return Refused(Reason.PICTURE_UNREADABLE)
    return ReadPicture(name_of(prepared.data), prepared.data, prints)
