"""Fixtures: a migrated SQLite file, a folder for pictures, a stand-in for Ideogram, and a bot that uses them."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zlib import crc32

import pytest

from bot.demo.ideogram_stand_in import IdeogramStandIn
from bot.ideogram.client import IdeogramClient
from bot.rules.generations import IdeogramApi
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Database
from bot.use_cases.core import Core, News
from tests.integration.made_bot import Bot
from tests.integration.made_storage import LEASE, Clock
from tests.pictures_here import PicturesHere
from tests.postgresql_cluster import Cluster

ON_BOTH = frozenset(
    (
        "appeals",
        "consent",
        "departures",
        "endings",
        "moderation",
        "operator",
        "picture_memory",
        "pictures",
        "privacy",
        "remixes",
        "reporting",
        "removal",
        "review",
        "server_log",
        "server_policy",
        "sets",
        "storage",
        "styles",
        "usage",
        "words",
        "worker",
    )
)
"""The folders whose tests run on both databases."""

_ALL_ON_BOTH = "BOTH_DATABASES" in os.environ
"""Set by `make test-databases`. Else all tests of storage run on PostgreSQL, and a fourth of the others, each with the
first of its cases: all of them take two minutes, and the whole suite should stay under ten."""

_ONE_IN = 4


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = metafunc.fixturenames
    if "url" not in names or "database_file" in names or metafunc.definition.get_closest_marker("sqlite_only"):
        return
    if metafunc.definition.path.parent.name in ON_BOTH:
        metafunc.parametrize("url", ["sqlite", "postgresql"], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _ALL_ON_BOTH:
        return
    kept, left_out, functions = [], [], set()
    for item in items:
        function = item.nodeid.partition("[")[0]
        if not _is_on_postgresql(item):
            kept.append(item)
        # By the name, so that a test is always among them or never.
        elif crc32(function.encode()) % _ONE_IN or function in functions:
            left_out.append(item)
        else:
            kept.append(item)
            functions.add(function)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def _is_on_postgresql(item: pytest.Item) -> bool:
    cases = getattr(item, "callspec", None)
    return cases is not None and cases.params.get("url") == "postgresql" and item.path.parent.name != "storage"


@pytest.fixture
def database_file(tmp_path: Path, migrated: bytes) -> Path:
    path = tmp_path / "remix.db"
    path.write_bytes(migrated)
    return path


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a migrated database: of both kinds in the folders of ON_BOTH, else of SQLite."""
    if getattr(request, "param", "sqlite") == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgresql")
        with cluster.lend() as name:
            yield cluster.url(name)
    else:
        yield f"sqlite:///{request.getfixturevalue('database_file')}"


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
    store = FileBlobs(tmp_path / "blobs")
    store.prepare()
    return store


@pytest.fixture
def core(database: Database, blobs: BlobStore, clock: Clock) -> Core:
    return Core(database, blobs, clock, lambda: 0.0, LEASE, News(), PicturesHere())


@pytest.fixture
async def stand_in() -> AsyncIterator[IdeogramStandIn]:
    async with IdeogramStandIn(api_key="key") as server:
        server.dials.long_side = 32
        yield server


@pytest.fixture
def api() -> IdeogramApi:
    """Tests of the other APIs parametrize `api`."""
    return IdeogramApi.V1


@pytest.fixture
async def ideogram(stand_in: IdeogramStandIn, api: IdeogramApi) -> AsyncIterator[IdeogramClient]:
    async with IdeogramClient(
        api_url=stand_in.url,
        api_key="key",
        timeout_s=30.0,
        image_hosts=[stand_in.image_host],
        max_result_bytes=200_000,
        api=api,
    ) as client:
        yield client


@pytest.fixture
def bot(database: Database, blobs: BlobStore, ideogram: IdeogramClient, stand_in: IdeogramStandIn, clock: Clock) -> Bot:
    return Bot(database, blobs, ideogram, stand_in, clock)
