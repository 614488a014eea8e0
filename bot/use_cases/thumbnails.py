"""Small copies of stored pictures, for private replies."""

from collections import OrderedDict

import structlog

from bot.images.errors import UnreadablePictureError
from bot.images.processes.pool import PicturePool
from bot.storage.engine.blobs.store import BlobMissingError, BlobStore

# About 5 MB: a page of a list is turned back and forth, and a waiting remix is asked for once.
_KEPT = 500

log = structlog.get_logger(__name__)


class Thumbnails:
    """Keeps the latest in memory, by the hash of the picture."""

    def __init__(self, blobs: BlobStore, pictures: PicturePool) -> None:
        self._blobs = blobs
        self._pictures = pictures
        self._made: OrderedDict[str, bytes] = OrderedDict()

    async def of(self, hash_: str, person: int) -> bytes | None:
        """A WebP. None: the picture is no longer stored, or cannot be read. `person`: who waits for it."""
        try:
            # Also for one that is in memory: a picture that was deleted must not be shown.
            data = await self._blobs.in_thread(self._blobs.get, hash_)
            small = self._made.pop(hash_, None) or await self._pictures.thumbnail(data, person)
        except (BlobMissingError, OSError):
            self._made.pop(hash_, None)
            return None
        except UnreadablePictureError as error:
            log.warning("a stored picture has no thumbnail", error=str(error))
            return None
        self._made[hash_] = small
        if len(self._made) > _KEPT:
            self._made.popitem(last=False)
        return small
