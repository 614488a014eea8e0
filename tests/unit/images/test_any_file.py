"""The judge of any folder of files, `tests.chaos.any_file`: over a dozen of our own, and over wrong results."""

import os
import signal
from pathlib import Path

import pytest
from PIL import Image

from bot.images.formats import PictureFormat
from bot.images.pictures import PreparedSource
from tests.chaos import any_file
from tests.chaos.any_file import bad, run
from tests.unit.images.made_pictures import (
    PROFILE,
    corners,
    exif_with_orientation,
    file_of,
    jpeg_segment,
    noise,
    png_chunk,
    with_chunks,
    with_segments,
)

TURNED = {"exif": b"Exif\x00\x00" + exif_with_orientation(6)}


def dozen() -> dict[str, tuple[bytes, str]]:
    """Files, and what is said of them."""
    image, jpeg, png = noise((96, 64)), file_of(noise((96, 64)), "JPEG"), file_of(corners(), "PNG")
    return {
        "a.jpg": (jpeg, "same pixels"),
        "progressive.jpg": (file_of(image, "JPEG", progressive=True, icc_profile=PROFILE), "same pixels"),
        "comment.jpg": (with_segments(jpeg, jpeg_segment(0xFE, b"Jane")), "same pixels"),
        "turned.jpg": (file_of(corners(), "JPEG", **TURNED), "alike"),
        "cmyk.jpg": (file_of(corners(mode="CMYK"), "JPEG"), "not compared: CMYK"),
        "text.png": (with_chunks(png, png_chunk(b"tEXt", b"Author\0Jane")), "same pixels"),
        "palette.png": (file_of(corners(mode="P"), "PNG"), "same pixels"),
        "a.gif": (file_of(corners(), "GIF"), "same pixels"),
        "a.webp": (file_of(image, "WEBP"), "same pixels"),
        "a.avif": (file_of(corners(), "AVIF"), "alike"),
        "a.tif": (file_of(corners(), "TIFF"), "same pixels"),
        "half.png": (png[: len(png) // 2], "refused: picture_unreadable"),
        "a.txt": (b"no picture", "refused: picture_unsupported"),
    }


def test_a_dozen_files_are_judged(tmp_path):
    for name, (data, _) in dozen().items():
        (tmp_path / name).write_bytes(data)
    verdicts = run(sorted(tmp_path.iterdir()))
    assert {path.name: verdict for path, verdict in verdicts.items()} == {
        name: verdict for name, (_, verdict) in sorted(dozen().items())
    }
    assert bad(verdicts) == {}


def crash(_data, _limits):
    os.kill(os.getpid(), signal.SIGKILL)


def sent(data: bytes, picture_format: PictureFormat = PictureFormat.PNG, size: tuple[int, int] = (96, 64)):
    return lambda _data, _limits: PreparedSource(data, picture_format, *size)


def fails(_data, _limits):
    raise KeyError


def never(_data, _limits):
    while True:
        pass


WRONG = {
    "crash": crash,
    "exception": fails,
    "hang": never,
    "other pixels": sent(file_of(Image.new("RGB", (96, 64)), "PNG")),
    "metadata left": sent(with_chunks(file_of(corners(), "PNG"), png_chunk(b"tEXt", b"Author\0Jane"))),
    "wrong format": sent(file_of(corners(), "PNG"), size=(64, 96)),
}


@pytest.mark.parametrize("verdict", WRONG)
def test_whatever_goes_wrong_is_told(tmp_path: Path, monkeypatch, verdict):
    monkeypatch.setattr(any_file, "prepare_source", WRONG[verdict])
    monkeypatch.setattr(any_file, "_LONGEST_S", 3.0)
    path = tmp_path / "a.png"
    path.write_bytes(file_of(corners(), "PNG"))
    (told,) = bad(run([path])).values()
    assert told.startswith(verdict)
