"""A bot process that is watched: by `remix-bot health`, as a container does, and by systemd's socket."""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import closing

import aiohttp
import pytest

from bot.monitoring.judgement import STALE_S
from tests.wire.bot_process import RECONNECTING, ROOT, WITHIN_S
from tests.wire.loopback_discord import GATEWAY, Answer


@pytest.fixture
def notified(tmp_path):
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as link:
        link.bind(str(tmp_path / "notify"))
        link.setblocking(False)
        yield link


async def until_told(link, words):
    """The message to systemd with these words in it."""
    async with asyncio.timeout(WITHIN_S):
        while words not in (told := (await asyncio.get_running_loop().sock_recv(link, 2_000)).decode()):
            pass
    return told


async def health(house):
    environment = {**os.environ, "DATABASE_URL": "sqlite:///remix.db", "PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", "bot", "health")
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
    run = await asyncio.create_subprocess_exec(*command, cwd=house.folder, env=environment, **pipes)
    said, _ = await run.communicate()
    return run.returncode, said.decode()


def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


async def get(port, path):
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as response:
        return response.status, await response.text()


def age(file, seconds):
    """As if the file had been written that much earlier."""
    written = json.loads(file.read_bytes())
    written["monotonic_s"] -= seconds
    file.write_text(json.dumps(written).ljust(4096))


async def test_a_hang_is_told_from_an_outage_of_discord_and_from_a_stop(often_started, notified):
    house = often_started
    house.expected_errors.add(RECONNECTING)
    assert (await health(house))[0] == 1
    notify, port = house.folder / "notify", free_port()
    bot = await house.start(NOTIFY_SOCKET=notify, WATCHDOG_USEC="90000000", METRICS_LISTEN=f"127.0.0.1:{port}")
    assert "WATCHDOG=1" in await until_told(notified, "READY=1")
    code, said = await health(house)
    assert (code, "Connected to Discord since" in said) == (0, True)
    assert await get(port, "/readyz") == (200, said.strip())
    status, text = await get(port, "/metrics")
    assert (status, "\nremixbot_gateway_connected 1.0\n" in text) == (200, True)

    bot.signal(signal.SIGSTOP)
    age(house.folder / "health.json", STALE_S)
    code, said = await health(house)
    assert (code, "it hangs, or it was killed" in said) == (1, True)
    bot.signal(signal.SIGCONT)

    # Else it can be connected again before it has looked.
    house.discord.faults.add("GET", GATEWAY, Answer(503), times=None)
    await house.discord.drop_gateway()
    await until_told(notified, "Not connected to Discord")
    house.discord.faults.clear()
    await until_told(notified, "Connected to Discord")
    assert (await health(house))[0] == 0

    assert await bot.stop() == 0
    await until_told(notified, "STOPPING=1")
    code, said = await health(house)
    assert (code, "The bot was stopped at" in said) == (1, True)
