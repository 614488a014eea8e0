"""A bot in a terminal outlives it: closing the window sends SIGHUP, and nothing can be written there afterwards."""

import asyncio
import os
import sys

import pytest

from tests.wire.bot_process import open_house

if os.name == "nt":
    pytest.skip("Windows has no terminals of this kind", allow_module_level=True)

import fcntl
import pty
import signal
import termios


class Terminal:
    """The starter of a House: the bot gets a terminal of its own, as in a window."""

    async def launch(self, arguments, cwd, env):
        master, slave = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=cwd,
            env=env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        process.stderr = asyncio.StreamReader(limit=2**20)
        loop, window = asyncio.get_running_loop(), os.fdopen(master, "rb", 0)
        protocol = asyncio.StreamReaderProtocol(process.stderr)
        self.transport, _ = await loop.connect_read_pipe(lambda: protocol, window)
        return process

    def close(self):
        self.transport.close()


async def test_a_bot_whose_terminal_is_closed_goes_on_and_can_be_stopped_in_order(tmp_path):
    async with open_house(tmp_path) as house:
        terminal = Terminal()
        house.starter = terminal.launch
        bot = await house.start()
        house.ideogram.dials.latency_s = 600
        remix = await house.accepted()
        await house.ideogram.until_running(1)
        await remix.until_told("**Making it now.**")
        terminal.close()
        bot.signal(signal.SIGHUP)
        house.ideogram.dials.latency_s = 0  # for a call that has only just begun, and does not hang yet
        house.ideogram.release()
        await remix.until_told("**Done.**")
        remix.assert_served_once()
        assert await bot.stop() == 0
