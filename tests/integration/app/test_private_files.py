"""Prompts, pictures and reply tokens are readable for the bot's own account alone, whatever the umask is."""

import os
import stat
import sys

import pytest

from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.owner_only import close_to_others, is_open_to_others

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")

LOOSE = ("-c", "import os; os.umask(0o022); from bot.cli import main; main()")


def open_paths(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if is_open_to_others(path))


def loosen(folder):
    for path in [*folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_all_that_the_command_line_writes_is_private(run, tmp_path):
    assert run("migrate", program=LOOSE).returncode == 0
    assert run("backup", program=LOOSE).returncode == 0
    assert (tmp_path / "data" / "remix.db").is_file()
    assert list((tmp_path / "backups").rglob("remix.db"))
    assert open_paths(tmp_path) == []


def test_what_an_earlier_version_left_open_is_closed(run, tmp_path, default_url, capsys):
    blobs = FileBlobs(tmp_path / "data" / "blobs")
    run("migrate")
    blobs.put(b"picture")
    run("backup")
    for name in ("remix.db-wal", "remix.db-shm", "remix.db.0001-x.bak", "last-backup.json", "health.json"):
        (tmp_path / "data" / name).touch()
    loosen(tmp_path)
    close_to_others(default_url, tmp_path / "data" / "blobs", tmp_path / "backups")
    assert open_paths(tmp_path) == []
    assert capsys.readouterr().out.count("only its own can") == 1
    close_to_others(default_url, tmp_path / "data" / "blobs", tmp_path / "backups")
    assert capsys.readouterr().out == ""


def test_a_folder_that_others_use_too_is_left_open(tmp_path):
    (tmp_path / "remix.db").touch(0o644)
    (tmp_path / "notes.txt").touch(0o644)
    tmp_path.chmod(0o755)
    close_to_others(f"sqlite:///{tmp_path / 'remix.db'}", tmp_path / "blobs", tmp_path / "backups")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert open_paths(tmp_path) == ["notes.txt"]


def test_a_file_of_another_account_is_said_and_stops_nothing(tmp_path, monkeypatch, capsys):
    (tmp_path / "remix.db").touch(0o644)

    def refuse(*_arguments, **_options):
        raise PermissionError(1, "not yours")

    monkeypatch.setattr(os, "chmod", refuse)
    close_to_others(f"sqlite:///{tmp_path / 'remix.db'}", tmp_path / "blobs", tmp_path / "backups")
    assert "belong to another account" in capsys.readouterr().out


@pytest.mark.parametrize(("mode", "warned"), [(0o640, True), (0o604, True), (0o600, False)])
def test_an_env_file_that_others_can_read_is_warned_of(run, tmp_path, default_url, mode, warned):
    env = tmp_path / ".env"
    env.write_text("DISCORD_TOKEN=a-token\nIDEOGRAM_API_KEY=a-key\nDISCORD_API_URL=http://127.0.0.1:9/api/v10\n")
    env.chmod(mode)
    with process_lock(default_url):  # so that it ends at once
        done = run("run")
    assert ("chmod 600 .env" in done.stderr) is warned
