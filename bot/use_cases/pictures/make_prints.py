"""Makes the fingerprints of pictures that were listed with a stored file, which is deleted afterwards."""

import structlog

from bot.images.errors import UnreadablePictureError
from bot.storage.engine.blobs.store import BlobMissingError, BlobsAwayError
from bot.storage.standing import pictures
from bot.use_cases.core import Core
from bot.use_cases.watch import Watch

_AT_ONCE = 20

log = structlog.get_logger(__name__)


class MakePrints(Watch):
    """Within a second of a removal. Until then only the same file is found."""

    look_again_s = 60.0

    def __init__(self, core: Core) -> None:
        super().__init__()
        self._core = core

    async def _look(self) -> None:
        after = ""
        while missing := await self._core.database.read_long(pictures.without_prints, _AT_ONCE, after):
            for after in missing:
                try:
                    prints = await self._prints_of(after)
                except OSError as error:
                    # Its file stays until then. If that file alone cannot be read, the others need not wait for it.
                    log.warning("a removed picture is remembered by its file alone for now", reason=error.strerror)
                    if isinstance(error, BlobsAwayError):
                        return
                    continue
                await self._core.database.transaction(pictures.write_prints, after, prints)

    async def _prints_of(self, hash_: str) -> bytes:
        """Empty: the file is gone, or cannot be read. Raises OSError: not now."""
        try:
            data = await self._core.blobs.in_thread(self._core.blobs.get, hash_)
            return await self._core.pictures.prints(data, None, keep=True)
        except BlobMissingError:
            return b""
        except UnreadablePictureError as error:
            log.warning("a removed picture is remembered by its file alone", error=str(error))
            return b""
