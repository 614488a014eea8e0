"""A migrated SQLite file, the one thread that writes to it, and a folder for pictures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.blobs import BlobStore
from bot.storage.database import Database
from bot.storage.migrations import migrate
from tests.integration.made_storage import Clock


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Migrating takes a tenth of a second: done once, and the file is copied."""
    path = tmp_path_factory.mktemp("migrated") / "remix.db"
    migrate(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture
def database_file(tmp_path: Path, _migrated: bytes) -> Path:
    path = tmp_path / "remix.db"
    path.write_bytes(_migrated)
    return path


@pytest.fixture
def url(database_file: Path) -> str:
    return f"sqlite:///{database_file}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    store = BlobStore(tmp_path / "blobs")
    store.prepare()
    return store
