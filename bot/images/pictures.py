"""Values that the bot exchanges with the processes that handle pictures. Imports no decoder."""

from dataclasses import dataclass, field

from bot.images.formats import PictureFormat

LARGEST_SOURCE_SIDE = 4096
"""Pixels. A source that has to be encoded again is scaled down to it: the longest side of a result is 3328."""

SMALLEST_SOURCE_SIDE = 64
"""Pixels. Icons and tracking pixels cost as much as photos, and nothing of them can be seen in the result."""


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """Limits for the picture we accept (`max_file_bytes`, `max_pixels`, `min_side`) and for the one we send.

    `max_pixels` counts all pixels, `min_side` those of the shorter side, and `max_side` those of the longer one. That
    applies only to pictures that have to be encoded again. `max_upload_bytes` is at least `encode.MIN_BYTES`.
    """

    max_upload_bytes: int
    max_file_bytes: int
    max_pixels: int
    max_side: int
    min_side: int = 1


@dataclass(frozen=True, slots=True)
class PreparedSource:
    """The picture for the API: JPEG, PNG or WebP, with its colour profile and no other metadata.

    `was_animated`: it is the first frame of several.
    """

    data: bytes = field(repr=False)
    format: PictureFormat
    width: int
    height: int
    was_animated: bool = False


@dataclass(frozen=True, slots=True)
class FittedPicture:
    """`changed`: whether the picture was encoded again. Width and height are in pixels, as displayed."""

    data: bytes = field(repr=False)
    format: PictureFormat
    width: int
    height: int
    changed: bool
