"""JSON answers as Discord sends them."""

import json
from typing import Any

from aiohttp import web


def answer(body: Any, status: int = 200) -> web.Response:
    """Without a charset in the content type: discord.py compares the header as a whole."""
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")


def no_content() -> web.Response:
    return web.Response(status=204)
