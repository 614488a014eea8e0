"""Reads the body of a request that carries a message: JSON, or a form with `payload_json` and `files[n]`."""

import io
import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web
from PIL import Image

from tests.wire.loopback_discord.model import Attachment

from . import errors

FILE_FIELD = re.compile(r"files\[(\d+)\]")
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as sent, before it belongs to a message."""

    filename: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """`files` by their number in the field's name."""

    payload: dict[str, Any]
    files: dict[int, Upload]


async def read_form(request: web.Request, *, request_limit: int) -> Form:
    """ApiError 413 for a request of more than that many bytes, 400 for what cannot be read."""
    if (request.content_length or 0) > request_limit:
        await _drain(request)
        raise errors.too_large()
    if request.content_type != "multipart/form-data":
        return Form(_parse(await request.read()), {})
    return await _read_multipart(request)


async def _drain(request: web.Request) -> None:
    while not request.content.at_eof():
        await request.content.readany()


async def _read_multipart(request: web.Request) -> Form:
    payload: dict[str, Any] = {}
    files: dict[int, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise errors.invalid_form("a form inside the form")
        number = FILE_FIELD.fullmatch(part.name or "")
        data = bytes(await part.read())
        if number:
            files[int(number[1])] = Upload(part.filename or "file", data)
        elif part.name == "payload_json":
            payload = _parse(data)
        else:
            raise errors.invalid_form(f"unknown field {part.name}")
    return Form(payload, files)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(data or b"{}")
    except ValueError:
        raise errors.ApiError(400, 50109, "The request body contains invalid JSON.") from None
    if not isinstance(parsed, dict):
        raise errors.invalid_form("not an object")
    return parsed


def measured(attachment: Attachment) -> Attachment:
    """With width and height, where the bytes are a picture."""
    try:
        with Image.open(io.BytesIO(attachment.data)) as picture:
            attachment.width, attachment.height = picture.size
    except UNREADABLE:
        pass
    return attachment
