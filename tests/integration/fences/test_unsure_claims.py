"""A claim that may be stored is looked up later, also if this process may not act in between."""

import asyncio
from datetime import timedelta
from pathlib import Path

from bot.storage.engine.databases.process import OnlyProcess
from bot.worker import stage, worker
from tests.chaos.unsure_database import World, opened

UNSURE, IN_VAIN = 4, 8
"""Claims: all stages make one before one of them makes its second."""
SOON_S = 10


class Hesitant(OnlyProcess):
    may_act = True


async def test_what_was_claimed_is_not_lost_while_the_process_may_not_act(
    migrated: bytes, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(stage, "_WAIT_AFTER_ERROR_S", 0.0)
    monkeypatch.setattr(worker, "_LOOK_AGAIN", timedelta(0))
    process = Hesitant()

    def fails(name, nth):
        if name != "claim":
            return None
        process.may_act = not UNSURE <= nth < UNSURE + IN_VAIN
        return World.STORED if nth < UNSURE else None

    (tmp_path / "remix.db").write_bytes(migrated)
    async with opened(tmp_path, fails) as bot:
        bot.use_process(process)
        job = await bot.remix(1)
        async with asyncio.timeout(SOON_S):
            await bot.work(job.id)
        assert await bot.has_delivered(job)
    assert len(bot.poster.posted) == 1
