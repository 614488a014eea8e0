"""Reads remix requests as strictly as the reference, and refuses everything that it does not document.

It also refuses what the stand-in does not have: webhooks, collections, stored assets, and so JSON bodies.

Source: https://developer.ideogram.ai/api-reference/api-reference/remix-v4
"""

import asyncio
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Final

from aiohttp import BodyPartReader, web
from PIL import Image

from bot.demo.ideogram_stand_in.pictures import MAX_SEED, Drawing
from bot.rules.generations import IdeogramApi
from bot.rules.prices import Speed
from bot.rules.remix_request import MAX_WEIGHT, MIN_WEIGHT
from bot.rules.resolutions import Resolution, parse_resolution, same_shape

MAX_IMAGE_BYTES: Final = {
    IdeogramApi.V1: 25_000_000,
    IdeogramApi.V1_ASYNC: 25_000_000,
    IdeogramApi.V2: 50_000_000,
}
MAX_V2_IMAGES: Final = 8
MAX_TEXT_BYTES: Final = 100_000
MAX_V2_PROMPT_CHARS: Final = 10_000
FORMATS: Final = ("JPEG", "PNG", "WEBP")
# The largest results have about this many pixels, so a larger source would not make them better.
ENOUGH_PIXELS: Final = (2048, 2048)


class FormRefusedError(Exception):
    """The request is refused with `status`. The text says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class RemixForm:
    """The parts as sent: texts by name, and the bytes of the file, or None without one."""

    texts: Mapping[str, str]
    image: bytes | None

    @property
    def source_sha256(self) -> str:
        return sha256(self.image).hexdigest() if self.image else ""


@dataclass(frozen=True, slots=True)
class RemixCall:
    """A valid request, with its picture decoded to at most ENOUGH_PIXELS. `images` None: as many as the dial says."""

    source: Image.Image
    prompt: str
    weight: int | None
    resolution: Resolution | None
    speed: Speed
    images: int | None
    is_async: bool

    def drawing(self, size: tuple[int, int]) -> Drawing:
        """One image of this call, with its own seed. `size` is in pixels."""
        return Drawing(self.source, self.prompt, self.weight, size, secrets.randbelow(MAX_SEED))


async def read_form(request: web.Request, api: IdeogramApi) -> RemixForm:
    """Reads all parts of the body. Raises FormRefusedError."""
    if request.content_type != "multipart/form-data":
        raise FormRefusedError(400, "multipart/form-data is required")
    texts: dict[str, str] = {}
    image: bytes | None = None
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                raise FormRefusedError(400, "a part has no name")
            if part.name in texts or (part.name == "image" and image is not None):
                raise FormRefusedError(400, f"{part.name} is given twice")
            if part.name == "image":
                image = await _read_file(part, MAX_IMAGE_BYTES[api])
            else:
                texts[part.name] = (await _read_part(part, MAX_TEXT_BYTES)).decode("utf-8")
    except ValueError as error:
        raise FormRefusedError(400, "the form is invalid") from error
    return RemixForm(texts, image)


async def check_form(form: RemixForm, api: IdeogramApi, *, exact_ratio: bool) -> RemixCall:
    """Checks all fields and decodes the picture. Raises FormRefusedError."""
    rules, prompt = (_RULES_V2, "prompt") if api is IdeogramApi.V2 else (_RULES_V1, "text_prompt")
    for name, text in form.texts.items():
        if name not in rules:
            raise FormRefusedError(400, f"unknown field {name}")
        if not rules[name](text):
            raise FormRefusedError(400, f"wrong value for {name}")
    if prompt not in form.texts or not form.image:
        raise FormRefusedError(400, f"image and {prompt} are required")
    source, shape = await asyncio.to_thread(_decode, form.image)
    weight, size = form.texts.get("image_weight"), form.texts.get("resolution")
    resolution = parse_resolution(size) if size else None
    if weight and resolution and not _keeps_shape(shape, resolution, exact=exact_ratio):
        raise FormRefusedError(400, "image_weight with a resolution of another aspect ratio")
    speed = Speed(form.texts.get("rendering_speed", Speed.DEFAULT).upper())
    return RemixCall(
        source,
        form.texts[prompt],
        int(weight) if weight else None,
        resolution,
        speed,
        images=int(form.texts["num_images"]) if "num_images" in form.texts else None,
        is_async=api is IdeogramApi.V1_ASYNC or form.texts.get("async") == "true",
    )


def _keeps_shape(shape: tuple[int, int], resolution: Resolution, *, exact: bool) -> bool:
    width, height = shape
    if exact:
        return width * resolution.height == height * resolution.width
    return same_shape(width, height, resolution)


def _is_weight(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,3}", text)) and MIN_WEIGHT <= int(text) <= MAX_WEIGHT


def _is_resolution(text: str) -> bool:
    return str(parse_resolution(text)) == text


def _is_boolean(text: str) -> bool:
    return text in {"true", "false"}


_RULES_BOTH: Mapping[str, Callable[[str], bool]] = {
    "image_weight": _is_weight,
    "resolution": _is_resolution,
    "enable_copyright_detection": _is_boolean,
}
_RULES_V1: Mapping[str, Callable[[str], bool]] = {
    **_RULES_BOTH,
    "text_prompt": lambda text: bool(text.strip()),
    # The published enum also has FLASH and BALANCED, but Ideogram 4.0 answers 400 to them.
    "rendering_speed": lambda text: text in set(Speed),
}
_RULES_V2: Mapping[str, Callable[[str], bool]] = {
    **_RULES_BOTH,
    "prompt": lambda text: bool(text.strip()) and len(text) <= MAX_V2_PROMPT_CHARS,
    "rendering_speed": lambda text: text in {speed.lower() for speed in Speed},
    "async": _is_boolean,
    "num_images": lambda text: text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_V2_IMAGES,
    "private": _is_boolean,
}


async def _read_file(part: BodyPartReader, limit: int) -> bytes:
    if part.filename is None:
        raise FormRefusedError(400, "image is not a file")
    return await _read_part(part, limit)


async def _read_part(part: BodyPartReader, limit: int) -> bytes:
    """Reads to the end even past the limit: a client that is still sending might see a reset instead of the 400."""
    data = bytearray()
    size = 0
    while chunk := await part.read_chunk():
        size += len(chunk)
        if size <= limit:
            data += chunk
    if size > limit:
        # The reference has no 413 for this call.
        raise FormRefusedError(400, f"more than {limit} bytes")
    return bytes(data)


def _decode(data: bytes) -> tuple[Image.Image, tuple[int, int]]:
    """The picture, and the size that it had in the file."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            shape = image.size
            # Decoding a large photo at a reduced size is several times faster, and ten calls may run at once.
            image.thumbnail(ENOUGH_PIXELS)
            return image.convert("RGB"), shape
    except (OSError, ValueError, SyntaxError) as error:
        raise FormRefusedError(400, "image is not a JPEG, PNG or WebP") from error
