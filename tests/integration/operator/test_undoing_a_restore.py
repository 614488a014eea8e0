"""What a restore leaves to others: the folder with what was there, a half-done exchange, decisions to make again."""

import os

import pytest

from bot.cli.kit.restore_lines import restored_lines
from bot.rules.job_states import JobState
from bot.storage.engine.backups import restore as engine
from bot.storage.engine.backups.restore import backup_in
from bot.storage.remixes import jobs
from tests.integration.operator.made_restores import Place


def test_the_folder_with_what_was_there_is_a_source_itself(database_file, blobs, tmp_path):
    file = database_file.rename(tmp_path / "discord.sqlite")
    place = Place(f"sqlite:///{file}", blobs, file, tmp_path)
    place.add(1)
    place.back_up()
    later = place.add(2)
    _, done = place.restore()
    assert place.run(jobs.find, later.id) is None
    assert not blobs.path(later.source_hash).exists()
    _, undone = place.restore(backup_in(done.aside, without_manifest=True), entered=0)
    assert place.run(jobs.get, later.id).user_id == 2
    assert undone.missing == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="others cannot give files away")
def test_the_account_of_the_bot_can_finish_what_a_killed_restore_of_root_began(
    url, database_file, blobs, tmp_path, monkeypatch
):
    place = Place(url, blobs, database_file, tmp_path)
    place.back_up()
    place.add(1)
    os.chown(database_file, 4321, 4321)

    def die(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(engine.shutil, "move", die)
        with pytest.raises(KeyboardInterrupt):
            place.restore()
    (aside,) = tmp_path.glob("remix.db.before-*")
    folders = [path for path in (aside, *aside.rglob("*")) if path.is_dir()]
    assert len(folders) == 3
    assert {path.stat().st_uid for path in folders} == {4321}


def test_what_was_parked_already_is_named_because_the_decisions_about_it_are_lost(url, database_file, blobs, tmp_path):
    place = Place(url, blobs, database_file, tmp_path)
    before = place.add(1, JobState.GENERATING, JobState.OUTCOME_UNKNOWN)
    now = place.add(2, JobState.GENERATING)
    place.back_up()
    prepared, done = place.restore()
    said = list(restored_lines(prepared, done, {}))
    assert [line.partition(". ")[0] for line in said if line.startswith("1 remixes")] == [
        f"1 remixes were being made and are parked: {now.id}",
        f"1 remixes were parked already: {before.id}",
    ]
