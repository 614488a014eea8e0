"""Pictures made for the tests, and the pieces of files that cameras and programs put around them."""

from io import BytesIO
from pathlib import Path
from zlib import crc32

import pillow_heif
from PIL import Image, ImageCms

from bot.images.prepare import PreparedSource, SourceLimits, prepare_source

PHOTOS = Path(__file__).parents[2] / "photos"
LIMITS = SourceLimits(max_upload_bytes=10_000_000, max_file_bytes=50_000_000, max_pixels=50_000_000, max_side=4096)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SECRETS = (b"48.52.36", b"Meg's iPhone", b"xpacket", b"Exif\x00\x00", b"Jane at home")
"""What the metadata below holds and what no prepared picture may."""
EXIF = b"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x10\x00\x02\x00\x00\x00\x0d\x00\x00\x00\x1aMeg's iPhone 48.52.36\x00"
XMP = b"http://ns.adobe.com/xap/1.0/\x00<?xpacket begin?>Jane at home<?xpacket end?>"


def photo(name: str) -> bytes:
    return (PHOTOS / name).read_bytes()


def corners(size: tuple[int, int] = (96, 64), mode: str = "RGB") -> Image.Image:
    """Red, green, blue and white quarters: top left, top right, bottom left, bottom right."""
    image = Image.new("RGB", size, "white")
    width, height = size[0] // 2, size[1] // 2
    for colour, at in (("red", (0, 0)), ("lime", (width, 0)), ("blue", (0, height))):
        image.paste(Image.new("RGB", (width, height), colour), at)
    return image.convert(mode)


def noise(size: tuple[int, int]) -> Image.Image:
    """What no encoder can shrink much."""
    return Image.merge("RGB", [Image.effect_noise(size, 100) for _ in range(3)])


def file_of(image: Image.Image, file_format: str, **options: object) -> bytes:
    if file_format == "HEIF":
        pillow_heif.register_heif_opener()
    buffer = BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """Decoded by Pillow in the common way."""
    with Image.open(BytesIO(data)) as image:
        image.load()
        return image


def prepared(data: bytes, limits: SourceLimits = LIMITS) -> PreparedSource:
    source = prepare_source(data, limits)
    assert isinstance(source, PreparedSource), source
    return source


def exif_with_orientation(orientation: int) -> bytes:
    """A TIFF block with that one tag."""
    return b"II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + bytes(
        [orientation, 0, 0, 0, 0, 0, 0, 0]
    )


def jpeg_segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def png_chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + crc32(name + content).to_bytes(4, "big")


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """Right behind IHDR."""
    return png[:33] + b"".join(chunks) + png[33:]


def webp_chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\x00" * (len(content) % 2)


def webp_of(*chunks: bytes) -> bytes:
    body = b"".join(chunks)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def extended_webp(size: tuple[int, int], flags: int, *chunks: bytes) -> bytes:
    extended = bytes([flags, 0, 0, 0]) + (size[0] - 1).to_bytes(3, "little") + (size[1] - 1).to_bytes(3, "little")
    return webp_of(webp_chunk(b"VP8X", extended), *chunks)


def assert_same_colours(one: bytes | None, other: bytes | None) -> None:
    """Both profiles make the same of all colours of a picture; what else they hold does not matter."""
    if one is None or other is None:
        assert one == other
        return
    image = noise((64, 64))
    assert _in_srgb(image, one) == _in_srgb(image, other)


def _in_srgb(image: Image.Image, profile: bytes) -> bytes:
    made = ImageCms.ImageCmsProfile(BytesIO(profile))
    return ImageCms.profileToProfile(image, made, ImageCms.createProfile("sRGB"), outputMode="RGB").tobytes()
