"""The picture formats we know, recognized by their first bytes."""

from dataclasses import dataclass, field
from enum import StrEnum


class PictureFormat(StrEnum):
    """A format by its content. File names and content types are only what the sender claims, so they are ignored."""

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
        """The file extension with its dot, such as `.jpg` or `.png`."""
        return ".jpg" if self is PictureFormat.JPEG else f".{self.value}"


@dataclass(frozen=True, slots=True)
class StoredSize:
    """Width and height in pixels as stored, and the EXIF orientation (1 to 8) that viewers apply to them."""

    width: int
    height: int
    orientation: int = 1


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file without metadata and with unchanged pixels. If not `sendable`, it has to be encoded again first."""

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
_RAW_SIGNATURES = (
    b"FUJIFILMCCD-RAW",
    b"IIRO",  # Olympus
    b"IIRS",
    b"MMOR",
    b"IIU\x00",  # Panasonic
    b"FOVb",  # Sigma
    b"\x00MRM",  # Minolta
    b"II\x1a\x00\x00\x00HEAPCCDR",  # Canon CRW
)
_CANON_BRAND = b"crx "
# "BM" alone would also match text, so the size of the second header must be one that exists.
_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_LONGEST_FTYP = 256


def sniff_format(data: bytes) -> PictureFormat | None:
    """The format according to the first bytes; None if it is not one of ours."""
    for signature, picture_format in _SIGNATURES:
        if data.startswith(signature):
            return picture_format
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureFormat.WEBP
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return PictureFormat.BMP
    return _sniff_brands(data) if data[4:8] == b"ftyp" else None


def _sniff_brands(data: bytes) -> PictureFormat | None:
    """AVIF and HEIC share one container and differ in its brands (ISO/IEC 23008-12). Videos have other brands."""
    end = min(int.from_bytes(data[:4], "big"), _LONGEST_FTYP)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return PictureFormat.AVIF
    return PictureFormat.HEIC if brands & _HEIC_BRANDS else None


def is_raw_by_signature(data: bytes) -> bool:
    """A camera raw file that does not begin like a TIFF; `tiff.is_camera_raw` knows the others."""
    return data.startswith(_RAW_SIGNATURES) or (data[4:8] == b"ftyp" and data[8:12] == _CANON_BRAND)
