"""What is remembered of the last backup, beside the database."""

import os
from datetime import UTC, datetime

import pytest

from bot.storage.engine.last_backup import LastBackup, read_last_backup, write_last_backup

AT = datetime(2026, 5, 1, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.mark.sqlite_only  # it stands beside the file
def test_it_is_read_as_it_was_written_with_an_absolute_folder(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_last_backup(url, LastBackup(AT, tmp_path.relative_to(tmp_path) / "copy"))
    assert read_last_backup(url) == LastBackup(AT, tmp_path / "copy")
    assert [path.name for path in tmp_path.glob("last-backup*")] == ["last-backup.json"]


@pytest.mark.parametrize(
    "content", [None, "", "{}", "[]", "null", '{"at": "soon", "folder": "x"}', '{"at": 3, "folder": "x"}']
)
def test_nothing_or_nonsense_is_no_backup(url, tmp_path, content):
    if content is not None:
        (tmp_path / "last-backup.json").write_text(content)
    assert read_last_backup(url) is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="others cannot give files away")
@pytest.mark.sqlite_only
def test_a_backup_by_root_is_known_to_the_account_of_the_bot(url, tmp_path):
    """Else the alarm about an old backup began and never ended."""
    os.chown(tmp_path, 4321, 4321)
    write_last_backup(url, LastBackup(AT, tmp_path / "copy"))
    assert (tmp_path / "last-backup.json").stat().st_uid == 4321
