"""An HTTP proxy on loopback that also is each machine behind it: it ends TLS with the tests' own certificate."""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_LIMIT = 2**24


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Certificate and key for every name below `.test`."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = "subjectAltName=DNS:*.ideogram.test,DNS:*.discord.test,DNS:discord.test,IP:127.0.0.1"
    options = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    program = shutil.which("openssl") or "openssl"
    command = [program, "req", *options, *files, "-subj", "/CN=tests", "-addext", names]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - no word of it comes from outside
    return certificate, key


@dataclass(eq=False, slots=True)
class ConnectProxy:
    """`ports`: where on loopback each host behind it is, without TLS. No name of them can be resolved elsewhere.

    `troubles` has the next troubles of a host: a status instead of a connection, or `hang up`, `no tls`, `cut` (when
    the host begins to answer).
    """

    tls: ssl.SSLContext
    ports: Mapping[str, int]
    password: str = ""
    is_secure: bool = False
    """The way to the proxy itself has TLS too."""
    troubles: dict[str, list[int | str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """What each connection asked for, such as `CONNECT api.ideogram.test:443`."""
    port: int = 0
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, limit=_LIMIT, ssl=self.tls if self.is_secure else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        user = f"user:{self.password}@" if self.password else ""
        return f"{'https' if self.is_secure else 'http'}://{user}127.0.0.1:{self.port}"

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            try:
                await self._connect(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.split("\r\n")[0].split()
        self.asked.append(f"{method} {target}")
        host = target.rpartition(":")[0]
        trouble = self.troubles[host].pop(0) if self.troubles.get(host) else None
        if self.password and "Proxy-Authorization: Basic " not in head:
            trouble = 407
        if trouble == "hang up":
            return
        status = trouble if isinstance(trouble, int) else 200
        writer.write(
            f"HTTP/1.1 {status} As told\r\nContent-Length: 0\r\n\r\n".encode()
            if status != 200
            else b"HTTP/1.1 200 Connection established\r\n\r\n"
        )
        await writer.drain()
        if status != 200 or trouble == "no tls":
            return
        await writer.start_tls(self.tls)
        there, back = await asyncio.open_connection("127.0.0.1", self.ports[host], limit=_LIMIT)
        try:
            await self._pass_on((reader, writer), (there, back), cut=trouble == "cut")
        finally:
            back.close()

    async def _pass_on(self, client, host, *, cut: bool) -> None:
        """Until one side ends; with `cut` until the host answers."""
        asking = asyncio.create_task(_copy(client[0], host[1]))
        answering = asyncio.create_task(host[0].read(1) if cut else _copy(host[0], client[1]))
        try:
            await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asking.cancel()
            answering.cancel()
            await asyncio.gather(asking, answering, return_exceptions=True)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(2**16):
        target.write(data)
        await target.drain()
