"""Raw servers that do what no HTTP library would, and a picture to send."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image

from bot.ideogram.wire import SourcePicture

KEY = "ik-0123456789-very-secret"
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class RawServer:
    """Reads a request, then lets `script` do with the connection what it likes, then closes it."""

    script: Script
    read_body: bool = True
    url: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def host(self) -> str:
        return self.url.partition("//")[2]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            if self.read_body:
                self.bodies.append(await reader.readexactly(self._length(self.requests[-1])))
            self.asked.set()
            await self.script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has gone, or never meant HTTP
        finally:
            writer.close()

    @staticmethod
    def _length(head: bytes) -> int:
        lines = head.lower().split(b"\r\n")
        return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)


def picture(format_: str = "PNG", size: tuple[int, int] = (96, 64)) -> SourcePicture:
    """A picture with something to see in it: a gradient, red to the left and blue to the right."""
    gradient = Image.linear_gradient("L").rotate(90).resize(size)
    file = BytesIO()
    Image.merge("RGB", (gradient.point(lambda level: 255 - level), gradient.point(lambda _: 60), gradient)).save(
        file, format_
    )
    return SourcePicture(file.getvalue(), f"image/{format_.lower()}", format_.lower())


def reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def ok(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", b""]) + body


def says(*parts: bytes):
    """A script that writes the parts and closes."""

    async def script(_reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()

    return script
