"""The picture formats we know, and telling them apart by their first bytes."""

from dataclasses import dataclass, field
from enum import StrEnum


class PictureFormat(StrEnum):
    """A format by its content; names and content types that came with a file are never asked."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    BMP = "bmp"
    TIFF = "tiff"
    AVIF = "avif"
    HEIC = "heic"

    @property
    def mime(self) -> str:
        return f"image/{self.value}"

    @property
    def extension(self) -> str:
        """With its dot: `.jpg`, `.png`."""
        return ".jpg" if self is PictureFormat.JPEG else f".{self.value}"


@dataclass(frozen=True, slots=True)
class StoredSize:
    """Width and height in pixels as stored, and the orientation (EXIF 1 to 8) in which they are to be shown."""

    width: int
    height: int
    orientation: int = 1


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file without metadata, its pixels untouched. `sendable` is no where it must be decoded and encoded anew."""

    data: bytes = field(repr=False)
    sendable: bool


_SIGNATURES = (
    (b"\xff\xd8\xff", PictureFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", PictureFormat.PNG),
    (b"GIF87a", PictureFormat.GIF),
    (b"GIF89a", PictureFormat.GIF),
    (b"II*\x00", PictureFormat.TIFF),
    (b"MM\x00*", PictureFormat.TIFF),
)
_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_LONGEST_FTYP = 256


def sniff_format(data: bytes) -> PictureFormat | None:
    """The format that the first bytes tell; None for all others."""
    for signature, picture_format in _SIGNATURES:
        if data.startswith(signature):
            return picture_format
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureFormat.WEBP
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return PictureFormat.BMP
    return _sniff_brands(data) if data[4:8] == b"ftyp" else None


def _sniff_brands(data: bytes) -> PictureFormat | None:
    """AVIF and HEIC share one container and differ in its brands (ISO/IEC 23008-12). A film has neither."""
    end = min(int.from_bytes(data[:4], "big"), _LONGEST_FTYP)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return PictureFormat.AVIF
    return PictureFormat.HEIC if brands & _HEIC_BRANDS else None
