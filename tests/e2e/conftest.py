"""The world that the stories happen in, and the photos that people bring."""

from pathlib import Path

import pytest

from bot.demo.ideogram_stand_in import IdeogramStandIn
from tests.e2e.world import World

PHOTOS = Path(__file__).parents[1] / "photos"
SMALL = 256
"""Pixels of a result's long side: enough to look at, and quick to draw."""


@pytest.fixture
async def ideogram():
    async with IdeogramStandIn(api_key="demo-key") as stand_in:
        stand_in.dials.long_side = SMALL
        yield stand_in


@pytest.fixture
async def make_world(tmp_path, ideogram, migrated):
    """Makes a world whose bot has the settings given (`cooldown_s=0`), the others as shipped."""
    (tmp_path / "remix.db").write_bytes(migrated)
    made = []

    async def make(**settings):
        world = World(tmp_path, ideogram, **settings)
        made.append(world)
        await world.open()
        return world

    yield make
    for world in made:
        await world.close()


@pytest.fixture
async def world(make_world):
    """With the settings as shipped."""
    return await make_world()


@pytest.fixture
async def hasty_world(make_world):
    """Without a cooldown: for stories in which one person makes several remixes."""
    return await make_world(cooldown_s=0)


@pytest.fixture(scope="session")
def horse():
    return "horse.png", (PHOTOS / "horse.png").read_bytes()


@pytest.fixture(scope="session")
def plumeria():
    """Stored lying on its side, with a place in its EXIF."""
    return "plumeria.jpg", (PHOTOS / "plumeria-gps-rotated.jpg").read_bytes()


@pytest.fixture(scope="session")
def pug():
    """As an iPhone stores it, with a place in its EXIF."""
    return "IMG_0001.HEIC", (PHOTOS / "pug.heic").read_bytes()


@pytest.fixture(scope="session")
def heather():
    return "heather.webp", (PHOTOS / "heather.webp").read_bytes()
