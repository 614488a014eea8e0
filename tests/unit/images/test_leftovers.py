"""Text wherever a decoder does not look, in all three formats and in profiles: none is left, and the picture stays."""

import zlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from bot.images.cleaning.clean_png import _Header
from bot.images.files import jpeg, webp
from bot.images.files.vp8 import read_partitions
from bot.images.prepare import prepare_source
from bot.rules.refusals import Reason, Refused
from tests.unit.images.made_pictures import (
    LIMITS,
    PROFILE,
    assert_same_colours,
    corners,
    file_of,
    jpeg_segment,
    noise,
    opened,
    png_chunk,
    prepared,
    webp_chunk,
    webp_of,
    with_chunks,
    with_segments,
)

MARK = b"Jane"
"""Repeated, it makes a text of any length: at least three times."""


def profile_with(text: bytes) -> dict[str, bytes]:
    """A profile in which the text is a tag of its own, a tail, or behind the content of a known tag."""
    count = int.from_bytes(PROFILE[128:132], "big")
    table_end = 132 + 12 * count
    moved = b"".join(
        PROFILE[at : at + 4]
        + (int.from_bytes(PROFILE[at + 4 : at + 8], "big") + 12).to_bytes(4, "big")
        + PROFILE[at + 8 : at + 12]
        for at in range(132, table_end, 12)
    )
    private = b"priv" + (len(PROFILE) + 12).to_bytes(4, "big") + len(text).to_bytes(4, "big")
    with_tag = PROFILE[4:128] + (count + 1).to_bytes(4, "big") + moved + private + PROFILE[table_end:] + text
    tail = PROFILE[4:] + text
    return {
        "its own tag": (len(with_tag) + 4).to_bytes(4, "big") + with_tag,
        "a tail": (len(tail) + 4).to_bytes(4, "big") + tail,
        "a description": file_description(text),
    }


def file_description(text: bytes) -> bytes:
    """The text in place of the profile's own copyright, as long as that is."""
    at = PROFILE.index(b"N\0o\0 \0c\0o\0p\0y") if b"N\0o\0 \0c\0o\0p\0y" in PROFILE else PROFILE.index(b"No copyright")
    return PROFILE[:at] + text[:16] + PROFILE[at + len(text[:16]) :]


@cache
def plain(name: str) -> bytes:
    image = noise((48, 32))
    alpha = noise((48, 32))
    alpha.putalpha(Image.linear_gradient("L").resize((48, 32)))
    return {
        "jpeg": lambda: file_of(image, "JPEG", subsampling=0, quality=90),
        "progressive": lambda: file_of(image, "JPEG", progressive=True, quality=90),
        "restarts": lambda: file_of(image, "JPEG", restart_marker_rows=1, quality=90),
        "grey jpeg": lambda: file_of(image.convert("L"), "JPEG"),
        "png": lambda: file_of(image, "PNG"),
        "palette png": lambda: file_of(corners(mode="P"), "PNG", transparency=bytes(range(4))),
        "webp": lambda: file_of(image, "WEBP", quality=90),
        "lossless webp": lambda: file_of(image, "WEBP", lossless=True),
        "alpha webp": lambda: file_of(alpha, "WEBP"),
    }[name]()


def jpeg_places(data: bytes, text: bytes) -> dict[str, bytes]:
    segments = list(jpeg.walk(data))
    scans = [each for each in segments if each.marker == jpeg.START_OF_SCAN]
    after_first = segments[segments.index(scans[0]) + 1].start
    restarts = data.find(b"\xff\xd0", scans[0].end)
    places = {
        "before the end": data[:-2] + text + data[-2:],
        "instead of the end": data[:-2] + text,
        "behind the end": data + text,
        "behind the first scan": data[:after_first] + text + data[after_first:],
        "between segments": data[:20] + text + data[20:],
        "an unused quantization table": with_segments(data, jpeg_segment(0xDB, b"\x03" + text.ljust(64)[:64])),
        "an unused Huffman table": with_segments(data, huffman_table(text)),
        "a profile that is none": with_segments(data, jpeg_segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + text)),
        "Adobe's segment": with_segments(data, jpeg_segment(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x01" + text)),
    }
    if restarts > 0:
        places["before a restart"] = data[:restarts] + text + data[restarts:]
    for where, profile in profile_with(text).items():
        places[f"a profile: {where}"] = with_segments(data, jpeg_segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + profile))
    return places


def huffman_table(text: bytes) -> bytes:
    return jpeg_segment(0xC4, b"\x13" + bytes(7) + bytes([min(len(text), 200)]) + bytes(8) + text[:200])


def png_places(data: bytes, text: bytes) -> dict[str, bytes]:
    at = data.index(b"IDAT") - 4
    end = at + 12 + int.from_bytes(data[at : at + 4], "big")
    packed = data[at + 8 : end - 4]
    raw = zlib.decompress(packed)

    def with_pixels(stream: bytes) -> bytes:
        return data[:at] + png_chunk(b"IDAT", stream) + data[end:]

    places = {
        "behind the stream": with_pixels(packed + text),
        "in a second stream": data[:end] + png_chunk(b"IDAT", text) + data[end:],
        "behind the rows": with_pixels(zlib.compress(raw + text)),
        "in pHYs": with_chunks(data, png_chunk(b"pHYs", text)),
        "in gAMA": with_chunks(data, png_chunk(b"gAMA", text)),
        "in sBIT": with_chunks(data, png_chunk(b"sBIT", text)),
        "in sRGB": with_chunks(data, png_chunk(b"sRGB", b"\x00" + text)),
        "in cICP": with_chunks(data, png_chunk(b"cICP", text)),
        "in tRNS": data[:at] + png_chunk(b"tRNS", text * 80) + data[at:],
        "behind IEND": data + text,
        "a profile that is none": with_chunks(data, png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(text))),
        "a profile's name": with_chunks(data, png_chunk(b"iCCP", text[:79] + b"\0\0" + zlib.compress(PROFILE))),
        "behind a profile": with_chunks(data, png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(PROFILE) + text)),
    }
    if data[25] == 2:
        places["a palette that is only suggested"] = with_chunks(data, png_chunk(b"PLTE", text.ljust(3 * len(text))))
    for where, profile in profile_with(text).items():
        places[f"a profile: {where}"] = with_chunks(data, png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile)))
    return places


def webp_places(data: bytes, text: bytes) -> dict[str, bytes]:
    chunks = {name: data[start:end] for name, start, end in webp.walk(data)}
    pixels = "VP8 " if b"VP8 " in chunks else "VP8L"

    def written(changed: dict[bytes, bytes]) -> bytes:
        return webp_of(*(webp_chunk(name, content) for name, content in changed.items()))

    places = {"behind the end": data + text}
    for name in (pixels, "ALPH"):
        if (key := name.encode()) in chunks:
            places[f"behind {name}"] = written({**chunks, key: chunks[key] + text})
    if partitions := read_partitions(chunks.get(b"VP8 ", b"")):
        frame, end = chunks[b"VP8 "], partitions.first_end
        tag = (int.from_bytes(frame[:3], "little") + (len(text) << 5)).to_bytes(3, "little")
        places["behind the first partition"] = written({**chunks, b"VP8 ": tag + frame[3:end] + text + frame[end:]})
    head = chunks.get(b"VP8X", b"\x00\x00\x00\x00\x2f\x00\x00\x1f\x00\x00")
    flags = bytes([head[0] | 0x20])
    rest = {name: content for name, content in chunks.items() if name != b"VP8X"}
    for where, profile in {"that is none": text, **profile_with(text)}.items():
        places[f"a profile {where}"] = written({b"VP8X": flags + head[1:], b"ICCP": profile, **rest})
    places["behind VP8X"] = written({b"VP8X": head + text, **rest})
    places["behind a second picture's header"] = written({**chunks, b"XMP ": text})
    return places


PLACES = {
    "jpeg": jpeg_places,
    "progressive": jpeg_places,
    "restarts": jpeg_places,
    "grey jpeg": jpeg_places,
    "png": png_places,
    "palette png": png_places,
    "webp": webp_places,
    "lossless webp": webp_places,
    "alpha webp": webp_places,
}
LEFTOVER = {
    "name": st.sampled_from(sorted(PLACES)),
    "place": st.integers(0, 99),
    "times": st.integers(3, 40),
    "before": st.binary(max_size=8),
}
ALL = [(name, place) for name, places in PLACES.items() for place in places(plain(name), MARK * 4)]


def check(name: str, place: str, text: bytes) -> None:
    data = PLACES[name](plain(name), text)[place]
    source = prepare_source(data, LIMITS)
    if isinstance(source, Refused):
        assert source.reason is Reason.PICTURE_UNREADABLE
        return
    assert MARK * 2 not in source.data
    for at in (source.data.find(b"iCCP"), source.data.find(b"IDAT")):
        if at > 0 and source.data[:4] == b"\x89PNG":
            assert MARK * 2 not in unpacked(source.data, at)
    before, after = opened(plain(name)).convert("RGBA"), opened(source.data).convert("RGBA")
    assert after.size == before.size
    assert max(ImageStat.Stat(ImageChops.difference(before, after)).mean) < 15  # noise, encoded again


def unpacked(data: bytes, at: int) -> bytes:
    content = data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at], "big")]
    return zlib.decompress(content.partition(b"\0\0")[2] if data[at : at + 4] == b"iCCP" else content)


@pytest.mark.parametrize(("name", "place"), ALL, ids=[f"{name}, {place}" for name, place in ALL])
def test_text_is_left_nowhere(name, place):
    check(name, place, MARK * 5)
    assert isinstance(prepare_source(PLACES[name](plain(name), MARK * 5)[place], LIMITS), Refused) is False


@settings(max_examples=300, derandomize=True)
@given(**LEFTOVER)
def test_any_text_is_left_nowhere(name, place, times, before):
    places = sorted(PLACES[name](plain(name), MARK))
    check(name, places[place % len(places)], before + MARK * times)


@pytest.mark.parametrize("name", sorted(PLACES))
def test_a_picture_without_leftovers_is_not_encoded_again(name):
    source = prepared(plain(name))

    assert opened(source.data).convert("RGBA").tobytes() == opened(plain(name)).convert("RGBA").tobytes()
    assert prepared(source.data).data == source.data
    assert len(source.data) <= len(plain(name)) + 20


@pytest.mark.parametrize("where", ["its own tag", "a tail", "a description"])
def test_a_profile_loses_its_texts_and_keeps_its_colours(where):
    profile = profile_with(MARK * 4)[where]
    source = prepared(file_of(noise((48, 32)), "JPEG", icc_profile=profile))

    kept = opened(source.data).info["icc_profile"]
    assert MARK not in kept
    assert_same_colours(kept, profile)


def test_interlaced_rows_are_counted_as_they_are():
    for size in [(1, 1), (5, 3), (3, 9), (17, 11)]:
        header = _Header(*size, 8, 2, interlaced=True)
        rows = b"".join(bytes(row_bytes) for rows, row_bytes in header.passes() for _ in range(rows))
        head = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + b"\x08\x02\x00\x00\x01"
        start = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head)
        whole = start + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
        short = start + png_chunk(b"IDAT", zlib.compress(rows[:-1])) + png_chunk(b"IEND", b"")
        assert opened(prepared(whole).data).size == size
        assert prepare_source(short, LIMITS) == Refused(Reason.PICTURE_UNREADABLE)
