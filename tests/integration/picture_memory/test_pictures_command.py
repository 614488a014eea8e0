"""`remix-bot pictures` as a process: it lists while the bot runs, and changes the list only while it is stopped."""

from contextlib import closing

from bot.images.likeness.fingerprint import prints_to_find
from bot.images.likeness.known import KnownPictures
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.migrations import migrate
from bot.storage.standing import pictures
from tests.unit.images.made_pictures import PHOTOS, corners, file_of, photo

HORSE = str(PHOTOS / "horse.png")


def test_it_lists_files_and_takes_them_off(run, default_url, tmp_path):
    migrate(default_url)
    flat = tmp_path / "flat.png"
    flat.write_bytes(file_of(corners().convert("L").point(lambda _value: 9), "PNG"))
    assert run("pictures").stdout == "No picture is listed.\n"
    done = run("pictures", "add", HORSE, str(flat), "--note", "a logo")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"Listed {HORSE} as 1.",
        f"Listed {flat} as 2. There is too little in it for a comparison: only the same file is refused.",
    ]
    with closing(Database(default_url)) as database:
        _version, known = database.transaction_now(pictures.read_known, pictures.EVERYWHERE)
    assert [near.number for near in KnownPictures(known).find("", prints_to_find(photo("horse.png")))] == [1]
    with process_lock(default_url):
        shown = run("pictures").stdout.splitlines()
        refused = run("pictures", "remove", "1")
    assert [line[:2] for line in shown] == ["2 ", "1 ", "2 "]
    assert "only this file" in shown[0]
    assert shown[1].endswith("  a logo")
    assert shown[-1] == "2 listed."
    assert (refused.returncode, "running" in refused.stderr) == (1, True)
    assert run("pictures", "remove", "1", "7").stdout == "Took 1 off the list.\n7 is not on the list.\n"
    assert run("pictures", "remove", "1").returncode == 1


def test_one_wrong_file_and_nothing_is_listed(run, default_url, tmp_path):
    migrate(default_url)
    (tmp_path / "notes.png").write_bytes(b"no picture")
    done = run("pictures", "add", HORSE, "notes.png")
    assert done.returncode == 1
    assert "Cannot list notes.png: it isn't a picture that the bot can read." in done.stderr
    done = run("pictures", "add", "missing.png")
    assert (done.returncode, "Cannot read missing.png: No such file" in done.stderr) == (1, True)
    assert run("pictures").stdout == "No picture is listed.\n"


def test_without_a_database_it_says_so(run):
    done = run("pictures", "add", HORSE)
    assert done.returncode != 0
    assert "there is no database" in done.stderr
