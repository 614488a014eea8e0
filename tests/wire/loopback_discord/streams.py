"""How gateway messages are packed for the websocket, by what the client asked for in `compress`.

https://discord.com/developers/docs/events/gateway#transport-compression
"""

import importlib
import json
import zlib
from typing import Any, Protocol


class Stream(Protocol):
    """One for each connection: a compressed stream goes on from message to message."""

    def pack(self, message: dict[str, Any]) -> str | bytes: ...


class PlainStream:
    def pack(self, message: dict[str, Any]) -> str:
        return json.dumps(message)


class ZlibStream:
    """What discord.py asks for on Pythons without zstd."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj()

    def pack(self, message: dict[str, Any]) -> bytes:
        data = self._compressor.compress(json.dumps(message).encode())
        return data + self._compressor.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """What discord.py asks for where the package `zstandard` is installed; so here it is, too."""

    def __init__(self) -> None:
        zstandard = importlib.import_module("zstandard")
        self._compressor = zstandard.ZstdCompressor().compressobj()
        self._flush_block = zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def pack(self, message: dict[str, Any]) -> bytes:
        data: bytes = self._compressor.compress(json.dumps(message).encode())
        return data + bytes(self._compressor.flush(self._flush_block))


def stream_for(compress: str | None) -> Stream:
    match compress:
        case "zlib-stream":
            return ZlibStream()
        case "zstd-stream":
            return ZstdStream()
        case None:
            return PlainStream()
    raise ValueError(f"no such compression: {compress}")
