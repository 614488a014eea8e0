"""A disk that really is full under the database alone or the pictures alone, or read-only: a small tmpfs."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.wire.bot_process import WITHIN_S, open_house
from tests.wire.test_bot_full_disk import CANNOT_STORE

MOUNTED = ("mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs")
PRICE = 60_000
WORDS = {
    "database": "cannot record a job's outcome yet; will try again",
    "pictures": "a paid result could not be stored",
}
"""What the log says of a paid result that has no room there."""


class SmallDisk:
    """Of eight megabytes; `fill` leaves no byte of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        file = os.open(self._ballast, os.O_WRONLY | os.O_CREAT)
        try:
            while os.write(file, bytes(4096)):
                pass
        except OSError:
            return
        finally:
            os.close(file)

    def empty(self) -> None:
        self._ballast.unlink()

    async def make_read_only(self) -> None:
        assert await trouble_with("mount", "-o", "remount,ro", self.folder) is None


async def trouble_with(*command: object) -> str | None:
    """What it says if it does not work."""
    try:
        run = await asyncio.create_subprocess_exec(*map(str, command), stderr=asyncio.subprocess.PIPE)
    except OSError as error:
        return str(error)
    _, said = await run.communicate()
    return said.decode().strip() if run.returncode else None


@pytest.fixture
async def disk(tmp_path) -> AsyncIterator[SmallDisk]:
    folder = tmp_path / "small-disk"
    folder.mkdir()
    if trouble := await trouble_with(*MOUNTED, folder):
        pytest.skip(f"no disk can be mounted here: {trouble}")
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: also if something of a test that failed is still open.
        assert await trouble_with("umount", "--lazy", folder) is None


@pytest.mark.parametrize("full", WORDS)
async def test_where_one_of_the_two_has_no_room_new_ones_are_refused_and_what_was_paid_is_posted_later(
    disk, tmp_path, full
):
    folder, blobs = (disk.folder, tmp_path / "blobs") if full == "database" else (tmp_path, disk.folder / "blobs")
    async with open_house(folder) as house:
        house.ideogram.dials.latency_s = 600
        bot = await house.start(BLOB_DIR=blobs, MIN_FREE_DISK_MB=1)
        running = await house.accepted()
        async with asyncio.timeout(WITHIN_S):
            await house.ideogram.until_running(1)
        disk.fill()
        refused = await house.remix()
        await refused.until_told(CANNOT_STORE)
        # After a failed commit the database's log is closed, which has made room.
        disk.fill()
        house.ideogram.dials.latency_s = 0
        house.ideogram.release()
        await bot.logged(WORDS[full])
        assert (running.posts, house.calls_for(running)) == ([], 1)
        disk.empty()
        await running.until_told("**Done.**")
        running.assert_served_once()
        assert (house.calls_for(running), house.money_of(running)) == (1, ("settled", PRICE))
        assert (house.state_of(refused), house.calls_for(refused)) == (None, 0)
        following = await house.remix()
        await following.until_told("**Done.**")


async def test_a_start_on_a_read_only_disk_ends_with_a_clear_line_and_asks_for_nothing(disk):
    async with open_house(disk.folder) as house:
        assert await (await house.start()).stop() == 0
        requests = len(house.discord.requests)
        await disk.make_read_only()
        stuck = await house.launch()
        assert await stuck.ended() == 1
        assert [line.partition(":")[0] for line in stuck.told] == ["Cannot run"]
        assert (len(house.discord.requests), house.ideogram.calls) == (requests, [])
