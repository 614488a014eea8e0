"""Ends connections in ways that real servers and networks do by accident."""

import socket
import struct

from aiohttp import web


def reset(request: web.Request) -> web.Response:
    """Resets the connection. aiohttp wants a response from the handler, but cannot send this one any more."""
    if request.transport is not None:
        # With SO_LINGER at 0 seconds, closing sends a TCP reset (socket(7)).
        connection: socket.socket = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


async def break_off(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Announces the whole body, sends half of it and closes the connection."""
    body = bytes(answer.body) if isinstance(answer.body, bytes) else b""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
