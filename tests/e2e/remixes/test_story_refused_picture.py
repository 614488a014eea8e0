"""Attachments that cannot be remixed are refused privately: nothing is queued, charged or counted."""

import asyncio
import struct
from io import BytesIO
from zlib import crc32

import pytest
from PIL import Image

from tests.e2e.world import private_words


def png(width: int, height: int) -> bytes:
    file = BytesIO()
    Image.new("L", (width, height), 128).save(file, "PNG")
    return file.getvalue()


def bomb() -> bytes:
    """A few bytes that claim to be a picture of 3.6 thousand million pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + struct.pack(">I", crc32(chunk)) + png(1, 1)[33:]
    )


REFUSED = {
    "a text": (b"just words, whatever the name says", "That isn't a picture I can read."),
    "a video": (b"\x00\x00\x00\x18ftypmp42" + bytes(2000), "That isn't a picture I can read."),
    "nothing": (b"", "That isn't a picture I can read."),
    "a bomb": (bomb(), "That picture has too many pixels for me."),
    "too many pixels": (png(1400, 1000), "That picture has too many pixels for me."),
    "too many bytes": (png(100, 100) + bytes(1_000_000), "That file is too large for me."),
}


async def refused(world, data, sentence):
    result = await world.remix(world.mia, ("holiday.jpg", data))

    told = await world.told(result, sentence)
    assert "charged" not in told
    assert result.ephemeral
    assert world.jobs() == []
    assert world.ideogram.calls == []
    assert world.cards() == []


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_no_picture_or_too_much_of_one_is_refused(make_world, what):
    world = await make_world(max_source_mb=1, max_source_megapixels=1)

    await refused(world, *REFUSED[what])


@pytest.mark.parametrize("photo", ["plumeria", "pug", "heather", "horse"])
async def test_a_truncated_photo_is_refused(world, request, photo):
    _, data = request.getfixturevalue(photo)

    await refused(world, data[: len(data) // 2], "damaged or incomplete")


async def test_a_refused_picture_starts_no_cooldown(world, horse):
    result = await world.remix(world.mia, ("holiday.jpg", b"words"))
    await world.told(result, "That isn't a picture I can read.")

    await world.make(world.mia, horse)


async def test_an_attachment_that_discord_no_longer_has_is_told_and_not_queued(world, horse, monkeypatch):
    monkeypatch.setattr(world.discord.backend.cdn, "get", lambda _url: None)

    result = await world.remix(world.mia, horse)

    await world.told(result, "Discord didn't give me your picture in time.")
    assert world.jobs() == []


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
    ben = await world.remix(world.ben, horse, "a small one")
    await world.until(lambda: private_words(ben), "ben's first words")
    # The first of hers takes as long to decode as several of his.
    assert not all(private_words(each) for each in results)
    await world.until(lambda: all(private_words(each) for each in results), "everybody is answered")

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


async def test_a_tiny_picture_is_refused_before_money(world):
    result = await world.remix(world.mia, ("dot.png", _drawn("PNG", (1, 1))))

    await world.told(result, "Please attach one that is at least 64 pixels wide and high.")
    assert world.jobs() == []
    assert world.ideogram.calls == []


async def test_the_author_of_an_animation_reads_that_its_first_frame_counts(world):
    result = await world.remix(world.mia, ("dance.gif", _drawn("GIF", (80, 80), frames=3)))

    assert (await world.told(result, "**Done.**")).endswith(
        "Your picture is an animation. Only its first frame is remixed."
    )


def _drawn(format_: str, size: tuple[int, int], frames: int = 1) -> bytes:
    pictures = [Image.new("RGB", size, (60 * number, 90, 30)) for number in range(frames)]
    file = BytesIO()
    pictures[0].save(file, format_, **({"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}))
    return file.getvalue()
