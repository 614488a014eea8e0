"""health.json: replaced at once, private, and written in place on a full disk."""

import pytest

from bot.monitoring import health_file
from bot.monitoring.health_file import Health, Phase, health_path, read_health, write_health
from bot.storage.engine.owner_only import is_open_to_others
from tests.integration.made_storage import START
from tests.wire.test_bot_small_disk import MOUNTED, SmallDisk, trouble_with

HEALTH = Health(
    START, 5.0, 7, "1.2", Phase.RUNNING, START, gateway_since=START, gateway_latency_s=0.1, jobs={"queued": 2}, held="x"
)


def test_beside_a_server_it_lies_beside_the_folder_of_the_pictures(tmp_path):
    assert health_path("postgresql://db/remix", tmp_path / "blobs") == tmp_path / "health.json"


def test_what_is_written_is_read_again_and_only_the_owner_can(tmp_path):
    path = health_path(f"sqlite:///{(tmp_path / 'remix.db').as_posix()}", tmp_path / "pictures" / "blobs")
    assert path == tmp_path / "health.json"
    write_health(path, HEALTH)
    write_health(path, HEALTH)
    assert read_health(path) == HEALTH
    assert not is_open_to_others(path)
    assert [each.name for each in tmp_path.iterdir()] == ["health.json"]


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"phase": "running"}', '{"phase": "unheard of"}'])
def test_what_nobody_can_read_is_no_health(tmp_path, text):
    path = tmp_path / "health.json"
    if text is not None:
        path.write_text(text)
    assert read_health(path) is None


def test_a_field_of_a_newer_version_is_ignored(tmp_path):
    path = tmp_path / "health.json"
    write_health(path, HEALTH)
    path.write_bytes(path.read_bytes().replace(b'{"time"', b'{"new": 1, "time"'))
    assert read_health(path) == HEALTH


def test_where_no_new_file_can_be_made_the_old_one_is_overwritten_in_place(tmp_path, monkeypatch):
    path = tmp_path / "health.json"
    write_health(path, Health(START, 1.0, 1, "1", Phase.STARTING, START))
    before = path.stat()

    def full(_path, _data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(health_file, "_replace", full)
    write_health(path, HEALTH)
    assert read_health(path) == HEALTH
    assert (path.stat().st_ino, path.stat().st_size) == (before.st_ino, before.st_size)


@pytest.fixture
async def disk(tmp_path):
    folder = tmp_path / "small-disk"
    folder.mkdir()
    if trouble := await trouble_with(*MOUNTED, folder):
        pytest.skip(f"cannot mount a small disk here: {trouble}")
    yield SmallDisk(folder)
    assert await trouble_with("umount", folder) is None


async def test_on_a_disk_without_a_free_byte_it_goes_on(disk):
    path = disk.folder / "health.json"
    write_health(path, Health(START, 1.0, 1, "1", Phase.STARTING, START))
    disk.fill()
    with pytest.raises(OSError, match="No space"):
        (disk.folder / "new").write_bytes(b"new")
    write_health(path, HEALTH)
    assert read_health(path) == HEALTH
    assert not path.with_name("health.json.new").exists()
