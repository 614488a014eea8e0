"""Attachments that cannot be remixed are refused privately: nothing is queued, charged or counted."""

import struct
from io import BytesIO
from zlib import crc32

import pytest
from PIL import Image


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
