"""Copies a colour profile tag by tag, so that nothing but colour is left in it.

A profile has room for text that no decoder looks at: descriptions, private tags, gaps between tags, a tail. Calibration
software names the screen's owner there. So the copy has only the tags that turn colours into other colours, each cut
to the length that its type prescribes.

Source: ICC.1:2022, 7.2 (header), 7.3 (tag table), 9 and 10 (tags and their types).
"""

from io import BytesIO

from PIL import ImageCms

_HEADER_BYTES = 128
_ENTRY_BYTES = 12
_MOST_TAGS = 100
_CLASSES = frozenset({b"mntr", b"scnr", b"prtr", b"spac"})
_SPACES = frozenset({b"RGB ", b"GRAY"})
_CONNECTIONS = frozenset({b"XYZ ", b"Lab "})
_COLOUR_TAGS = (
    *(b"wtpt", b"chad", b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC"),
    *(b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2"),
)
_D50 = bytes.fromhex("0000f6d6000100000000d32d")
_DATE = bytes.fromhex("07d0000100010000 00000000")
_TABLE_HEADER_BYTES = 52
_CURVE_PARAMETERS = (1, 3, 4, 5, 7)
_NAME = b"colours"


class UncopiedProfileError(Exception):
    """A profile whose tags we cannot measure, such as multi-process tables. Its picture has to be converted to sRGB."""


def copy_profile(profile: bytes) -> bytes | None:
    """The colours of that profile and nothing else; None if it is no profile. Raises UncopiedProfileError."""
    if not is_profile(profile) or profile[12:16] not in _CLASSES or profile[16:20] not in _SPACES:
        return None
    if profile[20:24] not in _CONNECTIONS:
        return None
    tags = _read_tags(profile)
    copied = _write(profile, {name: _copy_tag(tags[name]) for name in _COLOUR_TAGS if name in tags})
    if not is_profile(copied):
        raise UncopiedProfileError("the copy is not a valid profile")
    return copied


def is_profile(data: bytes) -> bool:
    """Whether Little CMS can open it."""
    if data[36:40] != b"acsp":
        return False
    try:
        ImageCms.ImageCmsProfile(BytesIO(data))
    except (ImageCms.PyCMSError, OSError):
        return False
    return True


def _read_tags(profile: bytes) -> dict[bytes, bytes]:
    count = int.from_bytes(profile[_HEADER_BYTES : _HEADER_BYTES + 4], "big")
    tags: dict[bytes, bytes] = {}
    for number in range(min(count, _MOST_TAGS)):
        at = _HEADER_BYTES + 4 + number * _ENTRY_BYTES
        start = int.from_bytes(profile[at + 4 : at + 8], "big")
        end = start + int.from_bytes(profile[at + 8 : at + 12], "big")
        tags.setdefault(profile[at : at + 4], profile[start:end])
    return tags


def _copy_tag(tag: bytes) -> bytes:
    length = _measure_tag(tag)
    if length is None or length > len(tag):
        raise UncopiedProfileError(repr(tag[:4]))
    return tag[:4] + bytes(4) + tag[8:length]  # bytes 4 to 7 are reserved


def _measure_tag(tag: bytes) -> int | None:
    """The bytes that this type of tag has; None for types that we do not know."""
    head = tag.ljust(_TABLE_HEADER_BYTES, b"\0")
    match tag[:4]:
        case b"XYZ ":
            length = 8 + 12
        case b"sf32":
            length = 8 + 9 * 4  # only `chad` has it: a matrix of three rows
        case b"curv":
            length = 12 + 2 * int.from_bytes(head[8:12], "big")
        case b"para" if head[8] == 0 and head[9] < len(_CURVE_PARAMETERS):
            length = 12 + 4 * _CURVE_PARAMETERS[head[9]]
        case b"mft1":
            length = 48 + _table_values(head, 256, 256)
        case b"mft2":
            before, after = int.from_bytes(head[48:50], "big"), int.from_bytes(head[50:52], "big")
            length = 52 + 2 * _table_values(head, before, after)
        case _:
            return None
    return length


def _table_values(head: bytes, before: int, after: int) -> int:
    """Curves for each input, a grid, and curves for each output."""
    inputs, outputs, grid = head[8], head[9], head[10]
    return before * inputs + int(grid**inputs) * outputs + after * outputs


def _write(profile: bytes, tags: dict[bytes, bytes]) -> bytes:
    is_v4 = profile[8] >= 4  # noqa: PLR2004 - texts have another type since version 4
    tags = {b"desc": _describe(is_v4=is_v4), b"cprt": _localized() if is_v4 else b"text\0\0\0\0none\0", **tags}
    start = _HEADER_BYTES + 4 + _ENTRY_BYTES * len(tags)
    table, body, places = b"", b"", dict[bytes, int]()
    for name, content in tags.items():
        if content not in places:  # the three curves of most profiles are one and the same
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += name + places[content].to_bytes(4, "big") + len(content).to_bytes(4, "big")
    header = b"".join(
        [
            (start + len(body)).to_bytes(4, "big"),
            bytes(4),
            profile[8:10] + bytes(2),
            profile[12:24],
            _DATE,
            b"acsp",
            bytes(24),
            bytes([0, 0, 0, profile[67] & 3]),  # the rendering intent
            _D50,
        ]
    )
    return header.ljust(_HEADER_BYTES, b"\0") + len(tags).to_bytes(4, "big") + table + body


def _describe(*, is_v4: bool) -> bytes:
    if is_v4:
        return _localized()
    text = _NAME + b"\0"
    return b"desc\0\0\0\0" + len(text).to_bytes(4, "big") + text + bytes(4 + 4 + 2 + 1 + 67)


def _localized() -> bytes:
    text = _NAME.decode().encode("utf-16-be")
    record = b"enUS" + len(text).to_bytes(4, "big") + (28).to_bytes(4, "big")
    return b"mluc\0\0\0\0" + (1).to_bytes(4, "big") + (12).to_bytes(4, "big") + record + text
