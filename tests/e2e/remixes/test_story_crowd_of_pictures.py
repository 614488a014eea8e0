"""One member sends many pictures at once, or broken ones: others do not notice, and it does not go on for ever."""

import asyncio
import time
from io import BytesIO

import pytest
from PIL import Image

from tests.e2e.world import private_words


@pytest.fixture(scope="module")
def heavy():
    """A WebP of 60 megapixels in 160 kB, which takes two seconds of a processor to decode."""
    file = BytesIO()
    shades = Image.linear_gradient("L").resize((10_000, 6_000))
    Image.merge("RGB", (shades, shades.transpose(Image.Transpose.FLIP_LEFT_RIGHT), shades)).save(
        file, "WEBP", quality=30, method=0
    )
    return "heavy.webp", file.getvalue()


async def test_twelve_heavy_pictures_of_one_keep_no_other_waiting(world, horse, heavy):
    crowd = [asyncio.create_task(world.remix(world.mia, heavy, f"heavy {number}")) for number in range(12)]
    results = await asyncio.gather(*crowd)
    began = time.monotonic()
    ben = await world.remix(world.ben, horse, "a small one")
    await world.until(lambda: private_words(ben), "ben's first words")
    waited_s = time.monotonic() - began
    await world.until(lambda: all(private_words(each) for each in results), "everybody is answered")

    assert waited_s < 2
    assert sum("You can start your next remix" in private_words(each) for each in results) == 11
    assert len([job for job in world.jobs() if job.user_id == world.mia.id]) == 1


async def test_the_third_broken_picture_starts_the_cooldown(world, horse):
    broken = ("broken.png", horse[1][: len(horse[1]) // 2])
    for _ in range(3):
        result = await world.remix(world.mia, broken)
        await world.told(result, "That picture is damaged or incomplete")

    result = await world.remix(world.mia, horse)
    await world.told(result, "You can start your next remix")
    assert world.jobs() == []
    other = await world.remix(world.ben, horse)
    await world.told(other, "**Done.**")
