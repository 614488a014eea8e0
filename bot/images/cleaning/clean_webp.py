"""Removes everything but the picture from a WebP, and finds out whether its pixels are complete.

Source: https://developers.google.com/speed/webp/docs/riff_container
"""

from collections.abc import Iterator

from bot.images.cleaning.icc import UncopiedProfileError, copy_profile
from bot.images.errors import UnreadablePictureError
from bot.images.files import webp
from bot.images.files.vp8 import read_partitions
from bot.images.formats import Cleaned, PictureFormat
from bot.images.pillow_files import open_picture, translate_errors

_KEPT = (b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L")
_PIXELS = frozenset({b"VP8 ", b"VP8L"})
_HAS_PROFILE, _HAS_ALPHA = 0x20, 0x10
_VP8X_BYTES = 10
_CUT = 4
"""Encoders pad a stream by up to two bytes, and a decoder needs all but those."""

_Chunks = dict[bytes, bytes]


def clean_webp(data: bytes) -> Cleaned:
    """The picture, its alpha and its colour profile. An animation has to be encoded again.

    `sendable` only says that the envelope is known: `has_leftovers` has to look at the pixels. Raises
    UnreadablePictureError if the file is truncated, or its headers disagree about the size.
    """
    chunks = list(webp.walk(data))
    if any(name == b"ANMF" for name, _, _ in chunks):
        return Cleaned(data, sendable=False)
    kept = [chunk for chunk in chunks if chunk[0] in _KEPT]
    sizes = {webp.read_size(data, chunk) for chunk in kept if chunk[0] in _PIXELS or chunk[0] == b"VP8X"}
    contents = {name: data[start:end] for name, start, end in reversed(kept)}  # of repeated ones the first
    if sum(name in _PIXELS for name, _, _ in kept) != 1 or len(sizes) != 1 or None in sizes:
        raise UnreadablePictureError("the WebP has several pictures or sizes")
    try:
        return Cleaned(_write(_copy(contents)), sendable=True)
    except UncopiedProfileError:
        return Cleaned(data, sendable=False)


def has_leftovers(data: bytes) -> bool:
    """Whether bytes stand behind pixels or alpha that no decoder needs. For a file that `clean_webp` has cleaned.

    Nothing in the file tells where a stream ends, so it is decoded without its last bytes: where that works too, they
    were no pixels. Decodes up to four times; 0.1 s each for four megapixels. Raises UnreadablePictureError.
    """
    contents = {name: data[start:end] for name, start, end in webp.walk(data)}
    if not _can_decode(contents):
        raise UnreadablePictureError("the pixels of the WebP")
    frame = contents.get(b"VP8 ")
    if frame is not None:
        partitions = read_partitions(frame)
        if partitions is None or partitions.count > 1:
            return True  # each of several partitions may have leftovers; encoders make one unless asked for more
    return any(_can_decode(shorter) for shorter in _cut_each(contents))


def _cut_each(contents: _Chunks) -> Iterator[_Chunks]:
    """The file without the last bytes of each of its streams in turn."""
    for name in (b"ALPH", b"VP8 ", b"VP8L"):
        if name in contents:
            yield {**contents, name: contents[name][:-_CUT]}
    frame = contents.get(b"VP8 ")
    partitions = read_partitions(frame) if frame else None
    if frame and partitions:
        tag = int.from_bytes(frame[:3], "little") - (_CUT << 5)
        end = partitions.first_end
        yield {**contents, b"VP8 ": tag.to_bytes(3, "little") + frame[3 : end - _CUT] + frame[end:]}


def _can_decode(contents: _Chunks) -> bool:
    try:
        with translate_errors():
            open_picture(_write(contents), PictureFormat.WEBP).load()
    except UnreadablePictureError:
        return False
    return True


def _copy(contents: _Chunks) -> _Chunks:
    """In the order that the container prescribes. Raises UncopiedProfileError."""
    if b"VP8X" not in contents:
        return {name: contents[name] for name in _PIXELS & contents.keys()}
    profile = copy_profile(contents.pop(b"ICCP", b""))
    # The flags name the chunks that follow, so they must not promise the EXIF and XMP that were dropped. The next three
    # bytes are reserved.
    flags = contents[b"VP8X"][0] & _HAS_ALPHA | (_HAS_PROFILE if profile else 0)
    contents[b"VP8X"] = bytes([flags, 0, 0, 0]) + contents[b"VP8X"][4:_VP8X_BYTES]
    if b"VP8L" in contents:
        contents.pop(b"ALPH", None)  # lossless pixels have their own alpha
    if profile:
        contents[b"ICCP"] = profile
    return {name: contents[name] for name in _KEPT if name in contents}


def _write(contents: _Chunks) -> bytes:
    body = b"".join(
        part
        for name, content in contents.items()
        for part in (name, len(content).to_bytes(4, "little"), content, bytes(len(content) % 2))
    )
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body
