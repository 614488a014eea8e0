"""Reads single numbers from the first TIFF directory of EXIF data. Never raises, whatever the bytes are.

Source: TIFF 6.0, section 2; EXIF 2.32 (CIPA DC-008) for the tags.
"""

from typing import Literal

WIDTH = 0x0100
HEIGHT = 0x0101
ORIENTATION = 0x0112

_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\x00": "little", b"MM\x00*": "big"}
_PREFIX = b"Exif\x00\x00"
_ENTRY_BYTES = 12
_BYTES_BY_TYPE = {3: 2, 4: 4}  # SHORT and LONG: the only types of a size or an orientation


def read_orientation(exif: bytes) -> int:
    """The orientation, 1 to 8, of an EXIF block with or without its `Exif` prefix; 1 if it has no valid one."""
    orientation = read_first_directory(exif.removeprefix(_PREFIX)).get(ORIENTATION, 1)
    return orientation if 1 <= orientation <= 8 else 1  # noqa: PLR2004 - EXIF knows eight


def read_first_directory(tiff: bytes) -> dict[int, int]:
    """The single integers in the first directory, by tag. If a tag is repeated, the first one counts."""
    order = _ORDERS.get(tiff[:4])
    if order is None:
        return {}
    start = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[start : start + 2], order)
    values: dict[int, int] = {}
    # The count is from the file and may be 65,535, so never read past the end of the data.
    for at in range(start + 2, min(start + 2 + count * _ENTRY_BYTES, len(tiff)), _ENTRY_BYTES):
        size = _BYTES_BY_TYPE.get(int.from_bytes(tiff[at + 2 : at + 4], order))
        if size and int.from_bytes(tiff[at + 4 : at + 8], order) == 1:
            tag = int.from_bytes(tiff[at : at + 2], order)
            values.setdefault(tag, int.from_bytes(tiff[at + 8 : at + 8 + size], order))
    return values
