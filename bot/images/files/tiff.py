"""Reads the directories of a TIFF: which page is the picture, and whether it is a camera raw file.

Sources: TIFF 6.0, section 2; TIFF Tech Note 1 (SubIFDs); DNG 1.6 and TIFF/EP (ISO 12234-2) for the tags of raw files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.images.formats import StoredSize

_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\x00": "little", b"MM\x00*": "big"}
_ENTRY_BYTES = 12
_BYTES_BY_TYPE = {1: 1, 3: 2, 4: 4, 13: 4}  # BYTE, SHORT, LONG and IFD: the types of all values that we read
_MOST_PAGES = 200
_MOST_CHILDREN = 10

_SUBFILE_TYPE, _OLD_SUBFILE_TYPE, _WIDTH, _HEIGHT = 254, 255, 256, 257
_COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _CHILDREN = 259, 262, 274, 330
_REDUCED, _MASK, _OLD_REDUCED = 1, 4, 2
_RAW_TAGS = frozenset({33422, 37398, 50706})  # a colour filter's pattern, TIFF/EP, the DNG version
_RAW_PHOTOMETRICS = frozenset({32803, 34892})  # a colour filter, and LinearRaw
_RAW_COMPRESSIONS = frozenset({32767, 34713, 65000, 65535})  # Sony, Nikon, Kodak, Pentax
_CANON_MARK = b"CR"


@dataclass(frozen=True, slots=True)
class _Directory:
    """The first value of each tag; 0 for types that we do not read. `children`: where its sub-directories are."""

    values: dict[int, int]
    children: tuple[int, ...]
    following: int

    @property
    def is_reduced(self) -> bool:
        subfile = self.values.get(_SUBFILE_TYPE, 0)
        return bool(subfile & (_REDUCED | _MASK)) or self.values.get(_OLD_SUBFILE_TYPE) == _OLD_REDUCED

    @property
    def is_raw(self) -> bool:
        return (
            bool(_RAW_TAGS & self.values.keys())
            or self.values.get(_PHOTOMETRIC) in _RAW_PHOTOMETRICS
            or self.values.get(_COMPRESSION) in _RAW_COMPRESSIONS
        )


def is_camera_raw(data: bytes) -> bool:
    """Most cameras' raw files begin like a TIFF whose first page is a small preview."""
    pages = list(_pages(data))
    if not pages:
        return False
    children = (_read(data, at) for page in pages for at in page.children)
    has_hidden_picture = pages[0].is_reduced and bool(pages[0].children)
    is_raw = any(each.is_raw for each in (*pages, *children) if each)
    return has_hidden_picture or is_raw or data[8:10] == _CANON_MARK


def main_page(data: bytes) -> int:
    """The index of the first page that is neither a thumbnail nor a mask; 0 if there is none."""
    return next((number for number, page in enumerate(_pages(data)) if not page.is_reduced), 0)


def measure_tiff(data: bytes) -> StoredSize | None:
    """Of the main page. None if it has no valid size."""
    page = next((page for number, page in enumerate(_pages(data)) if number == main_page(data)), None)
    if page is None or not page.values.get(_WIDTH) or not page.values.get(_HEIGHT):
        return None
    orientation = page.values.get(_ORIENTATION, 1)
    return StoredSize(page.values[_WIDTH], page.values[_HEIGHT], orientation if orientation in range(1, 9) else 1)


def _pages(data: bytes) -> Iterator[_Directory]:
    order = _ORDERS.get(data[:4])
    at, seen = (int.from_bytes(data[4:8], order) if order else 0), set[int]()
    while at and at not in seen and len(seen) < _MOST_PAGES:
        seen.add(at)
        directory = _read(data, at)
        if directory is None:
            return
        yield directory
        at = directory.following


def _read(data: bytes, start: int) -> _Directory | None:
    order = _ORDERS[data[:4]]
    if not 0 < start <= len(data) - 2:
        return None
    count = int.from_bytes(data[start : start + 2], order)
    end = start + 2 + count * _ENTRY_BYTES
    values: dict[int, int] = {}
    children: tuple[int, ...] = ()
    # The count is from the file and may be 65,535, so never read past the end of the data.
    for at in range(start + 2, min(end, len(data) - _ENTRY_BYTES + 1), _ENTRY_BYTES):
        tag = int.from_bytes(data[at : at + 2], order)
        numbers = _numbers(data, at, order)
        values.setdefault(tag, numbers[0] if numbers else 0)
        if tag == _CHILDREN:
            children = numbers
    return _Directory(values, children, int.from_bytes(data[end : end + 4], order))


def _numbers(data: bytes, entry: int, order: Literal["little", "big"]) -> tuple[int, ...]:
    """The first numbers of an entry: in it if they fit into four bytes, else where it points."""
    size = _BYTES_BY_TYPE.get(int.from_bytes(data[entry + 2 : entry + 4], order), 0)
    count = int.from_bytes(data[entry + 4 : entry + 8], order)
    at = entry + 8 if size * count <= 4 else int.from_bytes(data[entry + 8 : entry + 12], order)  # noqa: PLR2004 - bytes of the value field
    wanted = range(at, at + size * min(count, _MOST_CHILDREN), size) if size else ()
    return tuple(int.from_bytes(data[number : number + size], order) for number in wanted)
