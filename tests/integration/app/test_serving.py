"""A bot whose worker has ended by an error takes commands that nobody works on: it must end too, and say why."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import run
from bot.images.processes.pool import PicturePool
from bot.settings.settings import Settings
from bot.wiring import App, open_app
from bot.worker.stage import Stage


@pytest.fixture
async def app(tmp_path: Path, monkeypatch):
    """Never logged in. Its work is over as soon as it begins, by an error that no stage survives."""
    settings = Settings(
        _env_file=None,
        discord_token=SecretStr("no-token"),
        ideogram_api_key=SecretStr("no-key"),
        database_url=f"sqlite:///{(tmp_path / 'remix.db').as_posix()}",
        blob_dir=tmp_path / "blobs",
    )
    monkeypatch.setattr(Stage, "claim_and_start", broken)
    # These tests end while the processes would still be starting.
    monkeypatch.setattr(PicturePool, "start", nothing)
    async with open_app(settings) as opened:
        yield opened


async def broken(_stage):
    raise ZeroDivisionError


async def nothing(_pool):
    return


async def test_the_error_that_ended_the_worker_is_raised_to_who_waits_for_its_end(app: App):
    await app.start_work()
    with pytest.raises(ZeroDivisionError):
        await app.work_ended()
    await app.stop_work(10)


async def test_a_bot_whose_worker_has_ended_by_an_error_ends_with_it(app: App, monkeypatch):
    async def connected(_client):
        await asyncio.Event().wait()

    monkeypatch.setattr(run, "stay_connected", connected)
    await app.start_work()
    with pytest.raises(ZeroDivisionError):
        await run._serve(app, asyncio.Event(), 10, lambda: None)
    assert app._working.done()
    assert all(each.task.done() for each in app.tasks._tasks.values())


async def test_a_worker_that_has_ended_is_not_alive(app: App):
    assert app.worker_alive is None
    await app.start_work()
    with pytest.raises(ZeroDivisionError):
        await app.work_ended()
    assert app.worker_alive is False
    await app.stop_work(10)


async def test_a_worker_that_has_lost_one_stage_is_not_alive(app: App, monkeypatch):
    """It would be noticed at the stop only: the other stages go on."""
    lost = asyncio.Event()

    async def claim(stage):
        if stage._name != "deliver":
            return 60.0
        lost.set()
        raise ZeroDivisionError

    monkeypatch.setattr(Stage, "claim_and_start", claim)
    await app.start_work()
    await asyncio.wait_for(lost.wait(), 10)
    await asyncio.wait(app.worker._other_stages, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    assert app.worker_alive is False
    assert not app._working.done()
    with pytest.raises(ZeroDivisionError):
        await app.stop_work(10) or await app.work_ended()
