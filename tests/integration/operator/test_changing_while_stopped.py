"""Commands that change a stopped bot's database look at it first, as a start does, and lose nothing."""

import shutil
from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import pytest
import typer

from bot.cli.migrate import migrate as migrate_command
from bot.rules.erasures import ErasureKind
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.engine.backups import restore as engine
from bot.storage.engine.backups.check import DatabaseDamagedError
from bot.storage.engine.backups.newest import DatabaseOlderError, newest_entry, remember_newest
from bot.storage.engine.backups.restore import finish_exchange
from bot.storage.engine.database import Database, DatabaseUnavailableError
from bot.storage.privacy import erasures
from bot.use_cases.operator.decide_parked import NotDecided, decide_by_command
from bot.use_cases.privacy.erase_while_stopped import erase_while_stopped
from tests.integration.made_storage import add_job
from tests.integration.operator.made_restores import LATER, Place

PERSON = 7


@pytest.fixture
def place(url, blobs, database_file, tmp_path):
    return Place(url, blobs, database_file, tmp_path)


def forget(place):
    return erase_while_stopped(place.url, place.blobs, ErasureKind.PERSON, PERSON, LATER, lambda _: None)


def decide(place):
    return decide_by_command(place.url, place.blobs, 1, ParkedDecision.RETRIED, timedelta(hours=1), LATER)


def update(place):
    migrate_command(SimpleNamespace(obj=SimpleNamespace(database_url=place.url)))


def interrupt_a_restore(place, monkeypatch):
    def die(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(engine, "_set_aside", die)
        with pytest.raises(KeyboardInterrupt):
            place.restore()


def test_nothing_is_changed_in_a_database_that_an_interrupted_restore_is_about_to_move_aside(
    place, monkeypatch, capsys
):
    """A request to be forgotten was carried out there, and came back with the restored database."""
    place.add(PERSON)
    place.back_up()
    interrupt_a_restore(place, monkeypatch)
    for change in (forget, decide):
        with pytest.raises(DatabaseUnavailableError, match="a restore was interrupted"):
            change(place)
    with pytest.raises(typer.Exit):
        update(place)
    assert "a restore was interrupted" in capsys.readouterr().err
    finish_exchange(place.url, place.blobs)
    forget(place)
    assert decide(place) is NotDecided.NOT_PARKED
    update(place)
    assert place.run(erasures.due, LATER) is not None


@pytest.mark.parametrize("change", [forget, decide, update])
def test_a_log_of_another_file_is_not_mixed_in(place, change):
    with closing(Database(place.url)) as database:
        for _ in range(60):
            database.transaction_now(add_job)
        place.back_up()
        for _ in range(300):
            database.transaction_now(add_job)
    with closing(Database(place.url)) as database:
        for _ in range(60):
            database.transaction_now(add_job)
        shutil.copyfile(f"{place.file}-wal", place.folder / "left")
    shutil.copyfile(place.backup / "remix.db", place.file)
    shutil.copyfile(place.folder / "left", f"{place.file}-wal")
    before = place.file.read_bytes()
    with pytest.raises((DatabaseDamagedError, typer.Exit)):
        change(place)
    assert place.file.read_bytes() == before


@pytest.mark.parametrize("change", [forget, decide])
def test_an_older_copy_is_refused(place, change):
    place.add(PERSON)
    place.back_up()
    place.add(PERSON)
    remember_newest(place.url, place.run(newest_entry))
    shutil.copyfile(place.backup / "remix.db", place.file)
    with pytest.raises(DatabaseOlderError):
        change(place)
