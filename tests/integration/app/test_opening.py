"""Building the bot on its files: one at a time, everything made that is missing, everything let go at the end."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings.settings import Settings
from bot.storage.engine.blobs.store import BlobsUnusableError
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.databases.errors import DatabaseInUseError
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import DatabaseTooNewError, migrate
from bot.storage.remixes import jobs
from bot.wiring import open_app
from tests.integration.made_storage import add_job


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        discord_token=SecretStr("no-token"),
        ideogram_api_key=SecretStr("no-key"),
        database_url=f"sqlite:///{(tmp_path / 'new' / 'remix.db').as_posix()}",
        blob_dir=tmp_path / "pictures" / "blobs",
    )


async def test_a_first_start_makes_database_and_folders(settings):
    async with open_app(settings) as app:
        assert settings.blob_dir.is_dir()
        job = await app.core.database.transaction(add_job)
        assert (await app.remixes.statuses.of(job.id)).job == job


async def test_a_second_bot_on_the_same_database_is_refused_and_the_first_goes_on(settings):
    async with open_app(settings) as app:
        with pytest.raises(DatabaseInUseError):
            async with open_app(settings):
                pytest.fail("two bots on one database")
        await app.core.database.transaction(add_job)


async def test_after_the_end_the_next_start_finds_everything(settings):
    async with open_app(settings) as app:
        job = await app.core.database.transaction(add_job)
        first_lease = app.core.lease
    with pytest.raises(DatabaseUnavailableError):
        await app.core.database.transaction(add_job)
    async with open_app(settings) as app:
        assert await app.core.database.transaction(jobs.get, job.id) == job
        assert app.core.lease != first_lease


async def test_a_failure_inside_lets_go_of_the_database(settings):
    with pytest.raises(ZeroDivisionError):
        async with open_app(settings):
            raise ZeroDivisionError
    with process_lock(settings.database_url):
        pass


async def test_a_database_of_a_newer_version_is_refused_and_let_go(settings):
    migrate(settings.database_url)
    path = settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as writer, writer:
        writer.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNewError):
        async with open_app(settings):
            pytest.fail("opened what it does not know")
    with process_lock(settings.database_url):
        pass


async def test_the_pictures_of_another_place_are_refused_and_the_database_is_let_go(settings, tmp_path):
    async with open_app(settings) as app:
        await app.core.database.transaction(add_job)
    wrong = settings.model_copy(update={"blob_dir": tmp_path / "wrong"})
    with pytest.raises(BlobsUnusableError, match=r"wrong/store\.id does not say [0-9a-f]{16}\. Correct BLOB_DIR"):
        async with open_app(wrong):
            pytest.fail("opened with other pictures")
    with process_lock(settings.database_url):
        pass


async def test_half_written_pictures_are_cleared_at_a_start(settings):
    leftover = settings.blob_dir / "ab" / "abcd.1234.part"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"pict")
    async with open_app(settings):
        assert not leftover.exists()


async def test_neither_token_nor_key_is_in_the_apps_repr(settings):
    async with open_app(settings) as app:
        assert "no-token" not in repr(app)
        assert "no-key" not in repr(app)
