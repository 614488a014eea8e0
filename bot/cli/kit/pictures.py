"""Opens the store of the pictures for a subcommand."""

from bot.cli.kit.exits import WRONG_SETTINGS, fail
from bot.rules_from_settings import picture_place
from bot.settings.settings import Settings
from bot.storage.engine.blobs.opening import open_blobs
from bot.storage.engine.blobs.store import BlobStore, BlobsUnusableError


def pictures_of(settings: Settings, blob_url: str | None = None) -> BlobStore:
    """That of the settings, or at another address. Ends the command if it cannot be opened."""
    try:
        return open_blobs(picture_place(settings, blob_url))
    except (BlobsUnusableError, ValueError) as error:
        fail(f"{error}.", WRONG_SETTINGS)
