"""Finds out whether the coded pixels of a JPEG are complete, and whether bytes stand among them that are no pixels.

Decoders skip what stands between the last pixel of a scan and the next marker, and phones leave text there. No marker
tells where the pixels end, so libjpeg has to: it is fed the last bytes of each scan one by one. As long as pixels are
missing it leaves bytes unread; once it has all of them it skips whatever follows, byte by byte.
"""

import re
from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from bot.images.cleaning.clean_jpeg import scan_pixels
from bot.images.errors import UnreadablePictureError
from bot.images.files import jpeg
from bot.images.formats import PictureFormat
from bot.images.pillow_files import open_picture, translate_errors

_PROGRESSIVE = 0xC2
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_MOST_RESTARTS = 20_000
_FED_SINGLY = 12
_SLACK = 2
"""libjpeg left bytes unread up to one or two bytes before the end, in 50 kinds of files. Nine bytes of text give 3."""
_PROBE = 24
_SETTLED = 8
"""It may ask for up to six bytes more than it needs, because it fills a buffer of bits ahead."""


class Scans(Enum):
    EXACT = "exact"
    LEFTOVER = "leftover"
    """Complete, with up to any number of bytes that are no pixels."""
    INCOMPLETE = "incomplete"


def check(data: bytes) -> Scans:
    """Of a file that `clean_jpeg` has cleaned. Decodes at an eighth of the size. Raises UnreadablePictureError."""
    with translate_errors():
        segments = list(jpeg.walk(data))
        scans = sum(segment.marker == jpeg.START_OF_SCAN for segment in segments)
        in_rows = scans == 1 and not any(segment.marker == _PROGRESSIVE for segment in segments)
        ends = _find_ends(data, segments)
        # Behind a restart marker a decoder also skips bytes while pixels are missing. Only rows tell it apart then.
        if len(ends) > _MOST_RESTARTS or (len(ends) > scans and not in_rows):
            return Scans.LEFTOVER
        return _Feeder(data, in_rows=in_rows).feed_all(ends)


def _find_ends(data: bytes, segments: Sequence[jpeg.Segment]) -> list[int]:
    """Where coded pixels end: before each restart marker and at the end of each scan."""
    ends: list[int] = []
    for segment, following in pairwise(segments):
        if segment.marker == jpeg.START_OF_SCAN:
            start, end = scan_pixels(data, segment, following)
            ends += [found.start() for found in _RESTART.finditer(data, start, end)]
            ends.append(end)
    return ends


class _AllRowsError(Exception):
    """Not an error: the decoder has all rows and reads no further."""


class _Feeder:
    """Feeds libjpeg, and remembers where it last left bytes unread.

    `in_rows`: the file has one sequential scan, so that rows come out while it is read, not at the end.
    """

    def __init__(self, data: bytes, *, in_rows: bool) -> None:
        self._in_rows = in_rows
        self._data = memoryview(data)
        file = open_picture(data, PictureFormat.JPEG)
        if not isinstance(file, JpegImageFile):
            raise UnreadablePictureError("no JPEG")
        file.draft(None, (max(1, file.width // 8), max(1, file.height // 8)))
        # Pillow's own loop around its decoder feeds a whole file. `ImageFile.Parser` would feed pieces, but decodes at
        # full size and does not tell what was left unread.
        arguments = (file.tile[0].args,) if isinstance(file.tile[0].args, str) else file.tile[0].args
        self._decoder = Image._getdecoder(file.mode, "jpeg", arguments, file.decoderconfig)  # noqa: SLF001 - see above
        self._pixels = Image.new(file.mode, file.size)
        self._decoder.setimage(self._pixels.im, (0, 0, *file.size))
        self._unread = b""
        self._position = 0

    def feed_all(self, ends: Sequence[int]) -> Scans:
        slack = 0
        try:
            for end in ends:
                slack = max(slack, self._feed_to(end))
        except _AllRowsError:
            # One of sequential scans: what was not needed is not pixels.
            return Scans.EXACT if self._position == ends[-1] and slack <= _SLACK else Scans.LEFTOVER
        if not self._is_complete():
            return Scans.INCOMPLETE
        return Scans.EXACT if slack <= _SLACK else Scans.LEFTOVER

    def _feed_to(self, end: int) -> int:
        """How many bytes before `end` the decoder last asked for more than it had."""
        start = max(self._position, end - _FED_SINGLY)
        self._feed(bytes(self._data[self._position : start]))
        last = self._position if self._unread else None
        while self._position < end:
            self._feed(bytes(self._data[self._position : self._position + 1]))
            if self._unread and self._position < end:
                last = self._position
        return _FED_SINGLY if last is None else end - last

    def _feed(self, piece: bytes) -> None:
        if not piece:
            return
        self._position += len(piece)
        self._unread += piece
        read, error = self._decoder.decode(self._unread)
        if read < 0:
            if error < 0:
                raise UnreadablePictureError(f"libjpeg: {error}")
            raise _AllRowsError
        self._unread = self._unread[read:]

    def _is_complete(self) -> bool:
        """Zeros are skipped by a decoder that has all pixels; one that has not takes them for pixels and waits."""
        try:
            for number in range(_PROBE):
                self._feed(b"\x00")
                if self._unread and number >= _SETTLED:
                    return False
        except _AllRowsError:
            return number <= _SETTLED
        return not self._in_rows
