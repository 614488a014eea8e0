"""Values that the bot exchanges with the processes that handle pictures. Imports no decoder."""

from dataclasses import dataclass, field

from bot.images.formats import PictureFormat


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """Limits for the picture we accept (`max_file_bytes`, `max_pixels`) and for the one we send (the other two).

    `max_pixels` counts all pixels. `max_side` counts those of the longer side, and applies only to pictures that have
    to be encoded again. `max_upload_bytes` is at least `encode.MIN_BYTES`.
    """

    max_upload_bytes: int
    max_file_bytes: int
    max_pixels: int
    max_side: int


@dataclass(frozen=True, slots=True)
class PreparedSource:
    """The picture for the API: JPEG, PNG or WebP, with its colour profile and no other metadata."""

    data: bytes = field(repr=False)
    format: PictureFormat
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class FittedPicture:
    """`changed`: whether the picture was encoded again. Width and height are in pixels, as displayed."""

    data: bytes = field(repr=False)
    format: PictureFormat
    width: int
    height: int
    changed: bool
