"""Reads the segments of a JPEG, and measures it by them.

Source: ITU-T T.81 annex B.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.images.errors import UnreadablePictureError
from bot.images.files.exif import read_orientation
from bot.images.formats import StoredSize

APP0, APP1, APP2, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
COMMENT = 0xFE
START_OF_SCAN = 0xDA
END = 0xD9
HUFFMAN_TABLES, QUANTIZATION_TABLES, RESTART_INTERVAL = 0xC4, 0xDB, 0xDD
# The markers 0xC0 to 0xCF start frames, except for Huffman tables, a reserved one and arithmetic tables.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
PICTURE_MARKERS = FRAMES | {HUFFMAN_TABLES, 0xCC, START_OF_SCAN, QUANTIZATION_TABLES, 0xDC, RESTART_INTERVAL}
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # not a stuffed zero, a restart marker or a fill byte
_EXIF = b"Exif\x00\x00"
_MOST_SEGMENTS = 5000


@dataclass(frozen=True, slots=True)
class Segment:
    """`data[start:end]` is the segment and `data[body:end]` its content. Coded pixels follow the segment of a scan."""

    marker: int
    start: int
    body: int
    end: int


def measure_jpeg(data: bytes) -> StoredSize | None:
    """Reads up to the first scan. None if there is no valid frame header before it."""
    orientation = None
    frame = None
    try:
        for segment in walk(data):
            if segment.marker in FRAMES:
                frame = segment
            elif segment.marker == START_OF_SCAN:
                break
            elif segment.marker == APP1 and orientation is None and data.startswith(_EXIF, segment.body):
                orientation = read_orientation(data[segment.body : segment.end])
    except UnreadablePictureError:
        return None
    return _measure_frame(data, frame, orientation or 1) if frame else None


def _measure_frame(data: bytes, frame: Segment, orientation: int) -> StoredSize | None:
    height = int.from_bytes(data[frame.body + 1 : frame.body + 3], "big")
    width = int.from_bytes(data[frame.body + 3 : frame.body + 5], "big")
    return StoredSize(width, height, orientation) if width and height else None


def walk(data: bytes, start: int = 2) -> Iterator[Segment]:
    """The segments up to and including the end marker. Bytes between two of them are a scan's pixels or padding.

    Behind the first scan the picture also ends where no valid segment follows: phones and broken uploads leave files
    without an end marker, and clients show them. The pixels then tell whether anything is missing.
    """
    position, has_scan = start, False
    for _ in range(_MOST_SEGMENTS):
        segment = _read_segment(data, position)
        if segment is None and has_scan:
            end = len(data) if (found := _MARKER.search(data, position)) is None else found.start()
            segment = Segment(END, end, end, end)
        if segment is None:
            raise UnreadablePictureError("an invalid JPEG segment, or no end")
        yield segment
        if segment.marker == END:
            return
        has_scan = has_scan or segment.marker == START_OF_SCAN
        position = segment.end
    raise UnreadablePictureError("the JPEG has too many segments")


def _read_segment(data: bytes, position: int) -> Segment | None:
    found = _MARKER.search(data, position)
    if found is None:
        return None
    start, marker = found.start(), data[found.start() + 1]
    if marker == END:
        return Segment(marker, start, start + 2, start + 2)
    body = start + 4
    end = start + 2 + int.from_bytes(data[start + 2 : body], "big")
    known = marker in PICTURE_MARKERS or APP0 <= marker <= APP15 or marker == COMMENT
    return Segment(marker, start, body, end) if known and body <= end <= len(data) else None
