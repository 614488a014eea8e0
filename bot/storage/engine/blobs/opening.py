"""Opens the store of the pictures: a folder, or a bucket of S3."""

from pathlib import Path

from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.s3_place import S3Place
from bot.storage.engine.blobs.store import BlobStore, BlobsUnusableError


def open_blobs(place: Path | S3Place, *, shared: bool = False) -> BlobStore:
    """Asks nothing yet. `shared`: other processes may use it too.

    Raises BlobsUnusableError without the package that S3 needs.
    """
    if isinstance(place, Path):
        return FileBlobs(place, shared=shared)
    try:
        from bot.storage.engine.blobs.s3 import S3Blobs  # noqa: PLC0415 - it needs the extra `s3`
    except ModuleNotFoundError as error:
        raise BlobsUnusableError(
            f"BLOB_URL with s3:// needs the package {error.name}. In the checkout, with the bot's own pip: pip install "
            "--require-hashes -r requirements/s3.txt"
        ) from None
    return S3Blobs(place)
