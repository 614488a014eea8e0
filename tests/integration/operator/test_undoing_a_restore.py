"""What a restore moves aside can be restored in its turn, whatever name the database has."""

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
