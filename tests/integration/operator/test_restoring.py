"""A restored backup knows nothing of what came after it: nothing is paid, posted or said twice, and nothing is lost."""

import os
import shutil
import sqlite3
import stat
import sys
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.rules.budgets import Period
from bot.rules.erasures import ErasureKind
from bot.rules.failures import FailureKind
from bot.rules.generations import Generation, IdeogramApi
from bot.rules.job_states import JobState
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.removals import Removal
from bot.storage.engine import synced_commands
from bot.storage.engine.backups import restore as engine
from bot.storage.engine.backups.check import require_sound
from bot.storage.engine.backups.newest import newest_entry, remember_newest, require_newest
from bot.storage.engine.backups.restore import BackupUnusableError, backup_in, finish_exchange, in_place
from bot.storage.engine.blobs.files import FileBlobs
from bot.storage.engine.database import Database
from bot.storage.engine.databases.process_lock import DatabaseInUseError, process_lock
from bot.storage.engine.migrations import DatabaseTooNewError
from bot.storage.engine.synced_commands import Synced
from bot.storage.engine.tables.moderation import log_entries as log_table
from bot.storage.engine.tables.remixes import jobs as jobs_table
from bot.storage.privacy import erasures, opt_outs
from bot.storage.remixes import claims, decisions, families, jobs, ledger, spending
from bot.storage.server_log import log_entries
from bot.storage.standing import servers
from bot.use_cases.operator.audit_ledger import audit
from bot.use_cases.operator.restore_backup import RestoreFinishedError
from bot.use_cases.remixes.endings import finish_delivery
from tests.integration.made_storage import START, add_job, add_result, events, new_job, walk
from tests.integration.operator.made_restores import LATER, TODAY, Place

MAKING = (JobState.GENERATING,)
MADE = (JobState.GENERATING, JobState.GENERATED)


def deliver(connection, job):
    """As the worker does, whatever the job was."""
    state = jobs.get(connection, job.id).state
    if state is not JobState.GENERATED:
        steps = MADE if state is JobState.QUEUED else MADE[1:]
        walk(connection, job, *steps, now=LATER)
        add_result(connection, job, None)
        ledger.settle(connection, job.id, 30_000, LATER)
    finish_delivery(connection, jobs.get(connection, job.id), "posted", LATER)


@pytest.fixture
def place(url, blobs, database_file, tmp_path):
    return Place(url, blobs, database_file, tmp_path)


def open_jobs(place):
    queued, making, submitted, made = (
        place.add(1),
        place.add(2, *MAKING),
        place.add(3, *MAKING),
        place.add(4, *MADE),
    )
    generation = Generation(IdeogramApi.V2, "gen")
    place.run(claims.mark_submitted, submitted, generation, START)
    return queued, making, submitted, made


def test_what_waited_ends_uncharged_what_was_being_made_is_parked_and_what_was_made_is_looked_for_first(place):
    opened = open_jobs(place)
    place.back_up()
    for job in opened:
        place.run(deliver, job)
    prepared, done = place.restore()
    queued, making, submitted, made = (place.run(jobs.get, job.id) for job in opened)
    assert (queued.state, queued.failure_kind) == (JobState.FAILED, FailureKind.RESTORED)
    assert [job.state for job in (making, submitted)] == [JobState.OUTCOME_UNKNOWN] * 2
    # The operator looks it up at Ideogram by its id.
    assert submitted.generation == Generation(IdeogramApi.V2, "gen")
    assert made.state is JobState.GENERATED
    assert made.posting_at == LATER
    assert (prepared.settled.ended, prepared.settled.parked, prepared.settled.to_post) == (
        1,
        (making.id, submitted.id),
        1,
    )
    assert done.missing == 0
    assert place.run(events, making.id)[-1] == ("generating", "outcome_unknown", "restored")
    # What is parked is still reserved, and what ended was paid for afterwards.
    assert prepared.spent_since == {(TODAY, 11): 30_000}
    assert place.spent_today() == 4 * 30_000
    assert place.run(audit).violations == []


def test_what_was_spent_is_compared_for_each_parked_remix(place):
    """Else one that cost nothing in the end would hide what another one has cost."""
    place.add(1, *MAKING)
    place.back_up()
    place.run(lambda connection: end_uncharged(connection, 1))
    place.run(deliver, place.add(2))
    prepared, _ = place.restore()
    assert prepared.spent_since == {(TODAY, 11): 30_000}
    assert place.spent_today() == 60_000


def end_uncharged(connection, job_id):
    walk(
        connection,
        jobs.get(connection, job_id),
        JobState.FAILED,
        failure_kind=FailureKind.PROMPT_UNSAFE,
        finished_at=LATER,
    )
    ledger.release(connection, job_id, LATER)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_the_files_stay_private_and_belong_to_the_account_that_the_bot_runs_as(place):
    picture = place.add(1, *MAKING).source_hash
    place.back_up()
    place.blobs.path(picture).unlink()
    account = 4321 if os.geteuid() == 0 else os.geteuid()
    os.chown(place.file, account, -1)
    _, done = place.restore()
    found = [place.file, place.blobs.path(picture), done.aside]
    assert [path.stat().st_uid for path in found] == [account] * 3
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600


def test_a_restore_to_an_empty_place_leaves_nothing_aside(place):
    # It is parked, and so its picture is still needed.
    place.add(1, *MAKING)
    place.back_up()
    for file in place.folder.glob("remix.db*"):
        file.unlink()
    _, done = place.restore(entered=0)
    assert done.aside is None
    assert not list(place.folder.glob("remix.db.*before*"))
    assert place.run(audit).violations == []


def test_nobody_is_told_again(place):
    opened = open_jobs(place)
    ended = place.add(5, *MAKING)

    def end(connection):
        decisions.add(connection, ended.id, ParkedDecision.WRITTEN_OFF, None, START)
        connection.execute(sa.insert(log_table).values(guild_id=11, kind="case", at=START, due_at=START, subject=1))
        synced_commands.write(connection, "everywhere", Synced("as it was"))

    place.run(end)
    place.back_up()
    place.restore()
    assert all(place.run(jobs.get, job.id).reply_token is None for job in (*opened, ended))
    assert place.run(jobs.find_unnotified, START - timedelta(days=1)) == []
    assert place.run(decisions.find_unnotified) == []
    assert place.run(log_entries.due_servers, LATER, [], 5) == []
    assert place.run(synced_commands.read) == {}


def test_results_of_a_set_whose_other_jobs_were_still_to_be_made_wait_for_their_author(place):
    first, second, alone = place.add(1, *MADE), place.add(1, interaction_id=-77), place.add(2, *MADE)

    def join(connection):
        both = jobs_table.c.id.in_([first.id, second.id])
        connection.execute(sa.update(jobs_table).where(both).values(set_id=first.id))

    place.run(join)
    place.back_up()
    prepared, _ = place.restore()
    assert place.run(jobs.get, first.id).due_at is None
    assert place.run(jobs.get, alone.id).due_at is not None
    assert prepared.settled.to_post == 1


def test_no_number_that_people_saw_is_given_again(place):
    place.add(1)
    place.run(servers.next_case_number, 11)
    place.back_up()
    for user_id in range(5):
        place.add(user_id)
    for guild_id in (11, 11, 12):
        place.run(servers.next_case_number, guild_id)
    place.restore()
    assert place.run(lambda connection: jobs.add(connection, new_job(), LATER)).id == 7
    assert place.run(servers.next_case_number, 11) == 4
    assert place.run(servers.next_case_number, 12) == 2


def test_where_the_old_database_cannot_be_read_numbers_leap_and_the_operator_says_what_was_spent(place):
    job = place.add(1)
    place.run(servers.next_case_number, 11)
    place.back_up()
    place.file.write_bytes(b"shopping list" * 100)
    prepared, done = place.restore(entered=1_200_000)
    assert (prepared.old, prepared.spent_since) == (None, None)
    assert place.spent_today() == 1_200_000
    assert place.run(lambda connection: jobs.add(connection, new_job(), LATER)).id == job.id + 100_001
    assert place.run(servers.next_case_number, 11) == 1_002
    assert (done.aside / "remix.db").read_bytes() == b"shopping list" * 100
    # An amount that was entered belongs to no server.
    assert place.run(spending.read_server, 11, START)[Period.DAY].micros == 0


def test_an_older_copy_put_there_by_hand_does_not_say_what_was_spent_but_what_people_asked_for_counts(place):
    job = place.add(1)
    place.back_up()
    place.run(opt_outs.add, 5, LATER)
    place.run(erasures.ask, ErasureKind.PERSON, 6, LATER)
    remember_newest(place.url, place.run(newest_entry) + 12)
    prepared, done = place.restore(entered=780_000)
    assert (prepared.old, prepared.spent_since, done.erasures) == (None, None, 1)
    assert place.spent_today() == 780_000
    assert place.run(opt_outs.since, 5) == LATER
    assert place.run(lambda connection: jobs.add(connection, new_job(), LATER)).id == job.id + 100_001
    require_newest(place.url)


def test_removals_opt_outs_and_requests_to_be_forgotten_are_not_undone(place):
    made, shown = place.add(1, *MADE), place.add(2, *MADE)
    place.run(deliver, shown)
    place.back_up()
    for job in (made, shown):
        place.run(families.mark_removed, job.id, Removal.MODERATOR, LATER)
    place.run(opt_outs.add, 5, LATER)
    place.run(erasures.ask, ErasureKind.PERSON, 6, LATER)
    _, done = place.restore()
    assert [place.run(jobs.get, job.id).removal for job in (made, shown)] == [Removal.MODERATOR] * 2
    assert place.run(jobs.get, shown.id).source_hash is None
    assert place.run(opt_outs.since, 5) == LATER
    assert done.erasures == 1
    assert place.run(erasures.due, LATER).subject_id == 6


def test_the_old_database_its_log_and_its_pictures_are_moved_aside_and_those_of_the_backup_are_added(place):
    place.add(1, *MADE)
    place.back_up()
    source, made = FileBlobs(place.backup / "blobs"), place.blobs
    later = place.add(2, *MADE)
    named = [path.name for path in (place.backup / "blobs").glob("*/*")]
    made.path(named[0]).unlink()
    made.path(named[1]).write_bytes(b"damaged")
    remember_newest(place.url, place.run(newest_entry))
    with closing(Database(place.url)) as killed:
        killed.transaction_now(add_job, 3)
        for end in ("", "-wal", "-shm"):
            shutil.copyfile(f"{place.file}{end}", place.folder / f"left{end}")
    for end in ("", "-wal", "-shm"):
        shutil.copyfile(place.folder / f"left{end}", f"{place.file}{end}")
    _, done = place.restore()
    require_sound(place.url)
    require_newest(place.url)
    assert not list(place.folder.glob("remix.db-*"))
    assert [made.get(name) for name in named] == [source.get(name) for name in named]
    with closing(Database(f"sqlite:///{done.aside / 'remix.db'}")) as old:
        assert old.transaction_now(jobs.get, 3).user_id == 3
    aside = FileBlobs(done.aside / "blobs")
    assert aside.get(later.source_hash) == b"2"
    assert not made.path(later.source_hash).exists()


def files(place):
    return {
        str(path.relative_to(place.folder)): path.read_bytes()
        for path in place.folder.rglob("*")
        # A reader leaves an empty log.
        if path.is_file() and "copy" not in path.parts and not path.name.endswith((".lock", "-shm", "-wal"))
    }


@pytest.mark.parametrize("step", ["_copy", "migrate", "bring_pictures", "begin_exchange"])
def test_a_restore_that_ends_before_the_exchange_changes_nothing_and_can_be_repeated(place, monkeypatch, step):
    place.add(1)
    place.back_up()
    place.add(2)
    before = files(place)
    from bot.use_cases.operator import restore_backup  # noqa: PLC0415 - only patched here

    def refuse(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(engine if hasattr(engine, step) and step[0] in "_m" else restore_backup, step, refuse)
        with pytest.raises(OSError, match="No space left"):
            place.restore()
    assert files(place) == before
    place.restore()
    assert place.run(jobs.find, 2) is None


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", ["_set_aside", "_set_pictures_aside", "named_pictures", "sync_folder", "newest_file"])
@pytest.mark.parametrize("is_done", [False, True])
def test_a_restore_that_is_killed_in_the_exchange_is_finished_by_the_next_start(place, monkeypatch, step, is_done):
    place.add(1)
    place.back_up()
    lost = place.add(2, *MADE)
    real, begun = getattr(engine, step), []

    def kill(*arguments):
        if not list(place.folder.glob("remix.db.restoring-*")):
            return real(*arguments)
        begun.append(step)
        if is_done:
            real(*arguments)
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(engine, step, kill)
        with pytest.raises(Killed):
            place.restore()
    assert begun
    aside = finish_exchange(place.url, place.blobs)
    assert finish_exchange(place.url, place.blobs) is None
    assert place.run(jobs.get, 1).failure_kind is FailureKind.RESTORED
    assert place.run(jobs.find, 2) is None
    with closing(Database(f"sqlite:///{aside / 'remix.db'}")) as old:
        assert old.transaction_now(jobs.get, lost.id).user_id == 2
    assert FileBlobs(aside / "blobs").get(lost.source_hash) == b"2"


def test_the_command_finishes_an_interrupted_restore_and_does_no_second_one(place, monkeypatch):
    place.add(1)
    place.back_up()
    with monkeypatch.context() as broken:
        broken.setattr(engine, "_set_aside", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            place.restore()
    with pytest.raises(RestoreFinishedError):
        place.restore()
    assert len(list(place.folder.glob("remix.db.before-*"))) == 1


def test_an_older_copy_that_was_put_there_by_hand_is_settled_in_place(place):
    opened = open_jobs(place)
    place.back_up()
    for job in opened:
        place.run(deliver, job)
    remember_newest(place.url, place.run(newest_entry))
    shutil.copyfile(place.backup / "remix.db", place.file)
    prepared, done = place.restore(in_place(place.url), entered=30_000)
    assert (prepared.settled.ended, len(prepared.settled.parked), prepared.settled.to_post) == (1, 2, 1)
    assert prepared.backup_at == START
    assert (done.aside / "remix.db").read_bytes() == (place.backup / "remix.db").read_bytes()
    require_newest(place.url)


def spoil_the_database(backup):
    with (backup / "remix.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)


def make_newer(backup):
    (backup / "manifest.json").unlink()
    with closing(sqlite3.connect(backup / "remix.db")) as writer, writer:
        writer.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    ("spoil", "error", "says"),
    [
        (spoil_the_database, BackupUnusableError, "not the file that its manifest describes"),
        (lambda backup: (backup / "manifest.json").unlink(), BackupUnusableError, "no manifest.json"),
        (lambda backup: (backup / "remix.db").unlink(), BackupUnusableError, "has no remix.db"),
        (shutil.rmtree, BackupUnusableError, "there is no backup"),
    ],
)
def test_what_is_no_whole_backup_is_refused_and_nothing_changes(place, spoil, error, says):
    place.add(1)
    place.back_up()
    spoil(place.backup)
    before = files(place)
    with pytest.raises(error, match=says):
        place.restore()
    assert files(place) == before


def test_a_newer_schema_a_damaged_copy_and_a_running_bot_are_refused(place):
    place.add(1)
    place.back_up()
    with process_lock(place.url), pytest.raises(DatabaseInUseError):
        place.restore()
    make_newer(place.backup)
    before = files(place)
    with pytest.raises(DatabaseTooNewError):
        place.restore(backup_in(place.backup, without_manifest=True))
    spoil_the_database(place.backup)
    with pytest.raises(BackupUnusableError, match="damaged"):
        place.restore(backup_in(place.backup, without_manifest=True))
    assert files(place) == before
