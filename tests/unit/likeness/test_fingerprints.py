"""Copies of a picture are found however they were changed, and pictures with little in them are left alone."""

import sys
from functools import cache
from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from bot.images.errors import UnreadablePictureError
from bot.images.likeness.fingerprint import prints_to_find, prints_to_keep
from bot.images.likeness.known import KnownPictures
from bot.images.likeness.prints import PRINT_BYTES, are_prints, pack, unpack
from bot.rules.picture_memory import KnownPicture, Likeness, PictureMemory
from tests.bench.look_alikes import copies, encoded
from tests.unit.images.made_pictures import PHOTOS, photo

NAMES = ("horse.png", "heather.webp")


@cache
def small(name):
    with Image.open(BytesIO(photo(name))) as file:
        image = file.convert("RGB")
    image.thumbnail((320, 320))
    return image


@cache
def known():
    return KnownPictures(
        [KnownPicture(n, name, prints_to_keep(encoded(small(name), "PNG"))) for n, name in enumerate(NAMES)]
    )


def found(data):
    """The nearest known picture and the strictest setting that finds it."""
    return [
        (NAMES[near.number], Likeness(near.number, by_operator=False, wave=near.wave, slope=near.slope).strictest)
        for near in known().find("", prints_to_find(data))
    ]


CHANGED = [pytest.param(name, data, id=f"{name}: {what}") for name in NAMES for what, data in copies(small(name))]


@pytest.mark.parametrize(("name", "data"), CHANGED)
def test_a_changed_copy_is_found_and_nothing_else(name, data):
    ((like, level),) = found(data)
    assert like == name
    assert level in {PictureMemory.STRICT, PictureMemory.NEAR}


def test_other_pictures_are_not():
    assert found(photo("plumeria-gps-rotated.jpg")) == []


def gradient(*, mode="L", turned=0):
    return Image.linear_gradient("L").rotate(turned).convert(mode)


def horizon(sky, ground):
    image = Image.new("RGB", (200, 150), sky)
    ImageDraw.Draw(image).rectangle((0, 100, 200, 150), fill=ground)
    return image


def page():
    image = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(image).text((150, 140), "hello", fill="black")
    return image


SIMPLE = {
    "one colour": Image.new("RGB", (200, 150), "red"),
    "one pixel": Image.new("RGB", (1, 1), "red"),
    "a thin line": Image.new("L", (900, 1), 3),
    "a gradient": gradient(),
    "a gradient from left to right": gradient(turned=90),
    "a horizon": horizon("skyblue", "green"),
    "a page with a word": page(),
    "nothing that can be seen": Image.new("RGBA", (200, 150), (255, 0, 0, 0)),
}


@pytest.mark.parametrize("image", SIMPLE.values(), ids=SIMPLE)
def test_what_has_little_in_it_has_no_fingerprints(image):
    """All of them would be found as copies of each other."""
    file = BytesIO()
    image.save(file, "PNG")
    assert prints_to_keep(file.getvalue()) == prints_to_find(file.getvalue()) == b""


def test_what_is_transparent_counts_as_discord_shows_it():
    whole = small("horse.png").convert("RGBA")
    cut_out = Image.new("RGBA", (whole.width * 2, whole.height), (250, 250, 250, 0))
    cut_out.paste(whole, (whole.width // 2, 0))
    file = BytesIO()
    cut_out.save(file, "PNG")
    assert [name for name, _ in found(file.getvalue())] == ["horse.png"]


def test_of_an_animation_the_first_frame_counts():
    frames = [small(name).resize((320, 213)) for name in NAMES]
    file = BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], quality=80)
    assert [name for name, _ in found(file.getvalue())] == ["horse.png"]


@pytest.mark.parametrize("data", [b"", b"no picture", (PHOTOS / "horse.png").read_bytes()[:400]])
def test_what_is_no_picture_has_none(data):
    for prints in (prints_to_keep, prints_to_find):
        with pytest.raises(UnreadablePictureError):
            prints(data)


def test_the_same_file_is_found_without_any_fingerprint():
    flat = KnownPictures([KnownPicture(7, "its name", b"")])
    assert [(near.number, near.wave, near.slope) for near in flat.find("its name", b"")] == [(7, 0, 0)]
    assert flat.find("another name", prints_to_find(photo("horse.png"))) == []


def test_packed_fingerprints_are_the_same_again():
    packed = prints_to_find(encoded(small("heather.webp")))
    assert pack(unpack(packed)) == packed
    assert are_prints(packed, 16)
    assert not are_prints(packed, 7)
    assert not are_prints(packed + b"x", 16)
    assert are_prints(b"", 0)
    assert len(packed) == 8 * PRINT_BYTES


def test_a_bot_that_lists_no_picture_does_without_numpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert KnownPictures(()).find("a name", bytes(PRINT_BYTES)) == []
    assert KnownPictures([KnownPicture(1, "a name", b"")]).find("a name", bytes(PRINT_BYTES))
