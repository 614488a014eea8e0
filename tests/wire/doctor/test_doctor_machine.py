"""What doctor finds about the settings, the files, the disk, the database and what waits in it."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from bot.cli.checks import accounts, database_checks
from bot.cli.checks.findings import Verdict
from bot.monitoring.health_file import Health, Phase, health_path, write_health
from bot.rules.alarms import Alarm, OpenAlarm
from bot.rules.failures import ProviderProblem
from bot.rules.job_states import JobState
from bot.storage.engine.backups.newest import remember_newest
from bot.storage.engine.copying.moved_mark import mark_moved
from bot.storage.engine.last_backup import LastBackup, write_last_backup
from bot.storage.engine.tables.pictures import picture_store
from bot.storage.operator import alarms
from bot.storage.remixes import holds, ledger
from bot.storage.standing import pauses
from bot.storage.standing.pauses import Pause
from tests.integration.made_storage import add_job, walk

FAIL, WARN, SKIPPED = Verdict.FAIL, Verdict.WARN, Verdict.SKIPPED
NOW = datetime.now(UTC)


async def offline(patient, check):
    return await patient.found(check, offline=True)


async def test_offline_asks_nobody(patient):
    found = await patient.examined(offline=True)
    assert {each.check for each in found if each.verdict is SKIPPED} >= {"token", "key", "permissions", "clock"}
    assert (patient.discord.requests, patient.ideogram.calls) == ([], [])


async def test_a_name_that_is_nearly_a_setting_is_a_warning(patient):
    (patient.folder / ".env").write_text("DAILY_BUDGET=5\n")
    (found,) = await offline(patient, "settings")
    assert (found.verdict, found.remedy) == (WARN, "Correct the name, or remove it.")
    assert "DAILY_BUDGET_USD" in found.sentence


async def test_no_limit_on_what_strangers_spend_is_a_warning(patient):
    patient.settings["daily_budget_usd"] = "none"
    (found,) = await offline(patient, "settings")
    assert found.verdict is WARN
    assert "ALLOWED_GUILD_IDS" in found.remedy


async def test_a_missing_key_for_what_is_illegal_is_a_note_and_no_warning(patient):
    (noted,) = [each for each in await patient.examined(offline=True) if "EVIDENCE_PUBLIC_KEY" in each.sentence]
    assert noted.verdict is Verdict.OK
    assert "nothing of it is kept" in noted.sentence
    assert "remix-bot evidence key" in noted.remedy
    patient.settings["evidence_public_key"] = "A" * 43 + "="
    assert "EVIDENCE_PUBLIC_KEY" not in str(await patient.examined(offline=True))


async def test_a_file_of_settings_that_others_can_read_fails(patient):
    file = patient.folder / ".env"
    file.chmod(0o644)
    (found,) = await offline(patient, "env-file")
    assert (found.verdict, found.remedy) == (FAIL, f"chmod 600 {file}")


async def test_a_file_of_a_secret_that_others_can_read_fails(patient, monkeypatch):
    secret = patient.folder / "token"
    secret.write_text("made-up")
    secret.chmod(0o644)
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(secret))
    (found,) = await offline(patient, "env-file")
    assert (found.verdict, found.remedy) == (FAIL, f"chmod 600 {secret}")
    assert "DISCORD_TOKEN_FILE" in found.sentence


@pytest.fixture
def owners(monkeypatch):
    """Pretends that files belong to accounts: `owners["remix.db"] = 1000`. All others belong to this one."""
    pretended: dict[str, int] = {}
    real = accounts.owner_of

    def owner_of(path):
        return pretended.get(path.name, real(path))

    for module in ("settings_checks", "machine_checks"):
        monkeypatch.setattr(f"bot.cli.checks.{module}.owner_of", owner_of)
    return pretended


async def test_settings_of_another_account_than_the_datas_fail(patient, owners):
    """Root made `.env` with mode 600, and the service runs as another account: it could not start."""
    owners |= {"remix.db": 65534, ".env": 0}
    (found,) = await offline(patient, "env-file")
    assert found.verdict is FAIL
    assert "root" in found.sentence
    assert found.remedy.startswith("chown ")


async def test_a_lock_that_root_left_fails(patient, owners):
    """Started once as root, the bot left a lock that its own account cannot open."""
    lock = patient.folder / "data" / "remix.db.lock"
    lock.touch()
    owners |= {"remix.db": 65534, "remix.db-wal": 65534, "remix.db-shm": 65534, "blobs": 65534, lock.name: 0}
    (found,) = await offline(patient, "files")
    assert found.verdict is FAIL
    assert str(lock) in found.sentence
    assert found.remedy.endswith(str(lock))


async def test_files_that_others_can_read_are_a_warning_unless_their_folder_is_closed(patient):
    data = patient.folder / "data"
    (data / "remix.db").chmod(0o644)
    assert await offline(patient, "files") == []
    data.chmod(0o755)
    (found,) = await offline(patient, "files")
    assert found.verdict is WARN
    assert "remix.db" in found.sentence
    assert found.remedy.startswith("chmod -R go= ")


async def test_files_that_this_account_cannot_write_fail(patient, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, _mode: "blobs" not in str(path))
    (found,) = await offline(patient, "files")
    assert found.verdict is FAIL
    assert "blobs" in found.sentence
    assert "chown -R" in found.remedy


@pytest.mark.parametrize(("free_mb", "verdict"), [(99, FAIL), (300, WARN)])
async def test_a_disk_that_is_nearly_full_is_told(patient, monkeypatch, free_mb, verdict):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=free_mb * 1_000_000))
    for found in await offline(patient, "disk"):
        assert found.verdict is verdict
        assert "KEEP_PICTURES_DAYS" in found.remedy


async def test_a_folder_before_the_first_start_is_fine(patient):
    patient.settings |= {"database_url": f"sqlite:///{patient.folder}/new/remix.db", "blob_dir": patient.folder / "new"}
    found = {each.check: each for each in await patient.examined(offline=True)}
    assert {each.verdict for each in found.values()} <= {Verdict.OK, SKIPPED}
    assert not (patient.folder / "new").exists()


async def test_a_damaged_database_fails_and_names_the_way_back(patient):
    file = patient.folder / "data" / "remix.db"
    file.write_bytes(b"not a database" * 1000)
    (found,) = await offline(patient, "database")
    assert found.verdict is FAIL
    assert "restore" in found.remedy
    for check in ("queue", "parked", "alarms", "schema", "audit"):
        (other,) = await offline(patient, check)
        assert (other.verdict, "see `database`" in other.sentence) == (SKIPPED, True)


async def test_a_database_of_which_the_end_is_missing_is_called_damaged_and_not_old(patient):
    await patient.write(add_job, 1, NOW)
    remember_newest(patient.url, 1)
    file = patient.folder / "data" / "remix.db"
    file.write_bytes(file.read_bytes()[:40_000])
    (found,) = await offline(patient, "database")
    assert "is damaged" in found.sentence


@pytest.mark.parametrize(("revision", "verdict", "words"), [("0001", WARN, "migrates it"), ("9999", FAIL, "newer")])
async def test_another_schema_than_this_versions_is_told(patient, revision, verdict, words):
    with closing(sqlite3.connect(patient.folder / "data" / "remix.db")) as writer, writer:
        writer.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    (found,) = await offline(patient, "schema")
    assert found.verdict is verdict
    assert words in found.remedy
    (audit,) = await offline(patient, "audit")
    assert audit.verdict is SKIPPED


async def test_books_that_do_not_add_up_fail(patient):
    def spoil(connection):
        job = add_job(connection, 1, NOW)
        walk(connection, job, JobState.CANCELLED)

    await patient.write(spoil)
    (found,) = await offline(patient, "audit")
    assert found.verdict is FAIL
    assert "final-is-closed" in found.sentence
    assert "remix-bot audit" in found.remedy


async def test_books_too_long_to_check_are_left_to_their_own_command(patient, monkeypatch):
    await patient.write(add_job, 1, NOW)
    monkeypatch.setattr(database_checks, "AUDIT_LASTS_S", 0)
    monkeypatch.setattr("bot.storage.engine.read_only._STEPS_BETWEEN_LOOKS", 1)
    (found,) = await offline(patient, "audit")
    assert (found.verdict, "remix-bot audit" in found.sentence) == (SKIPPED, True)


async def test_a_backup_that_is_too_old_or_missing_fails_only_where_it_is_watched(patient):
    assert await offline(patient, "backup") == []
    patient.settings["backup_max_age_h"] = 26
    (missing,) = await offline(patient, "backup")
    write_last_backup(patient.url, LastBackup(NOW - timedelta(hours=27), patient.folder / "backups"))
    (old,) = await offline(patient, "backup")
    assert (missing.verdict, old.verdict) == (FAIL, FAIL)
    assert "27 h ago" in old.sentence
    assert "remix-bot backup" in old.remedy
    patient.settings["backup_max_age_h"] = 28
    assert await offline(patient, "backup") == []


@pytest.mark.parametrize(
    ("problem", "remedy"),
    [
        (ProviderProblem.KEY_REJECTED, "Create a key"),
        (ProviderProblem.OUT_OF_CREDIT, "Add credit"),
        (ProviderProblem.NO_ACCESS, "another key"),
    ],
)
async def test_a_queue_on_hold_fails_with_the_remedy_of_its_problem(patient, problem, remedy):
    await patient.write(holds.place, problem, NOW)
    (found,) = await offline(patient, "queue")
    assert found.verdict is FAIL
    assert remedy in found.remedy


async def test_a_queue_on_hold_for_a_host_names_it_and_the_setting(patient):
    await patient.write(holds.place_for_host, 1, "images.example")
    (found,) = await offline(patient, "queue")
    assert found.verdict is FAIL
    assert "images.example" in found.sentence
    assert "within a day" in found.remedy


async def test_a_database_that_is_older_than_it_was_fails_as_a_start_would(patient):
    remember_newest(patient.url, 7)
    (found,) = await offline(patient, "database")
    assert found.verdict is FAIL
    assert "restore" in found.remedy


async def test_a_database_too_large_to_check_is_left_to_the_start(patient, monkeypatch):
    monkeypatch.setattr(database_checks, "LARGEST_CHECKED", 1)
    (found,) = await offline(patient, "database")
    assert found.verdict is SKIPPED


async def test_a_pause_and_parked_remixes_are_warnings(patient):
    def park(connection):
        pauses.put(connection, Pause("cleaning", NOW, 1))
        job = add_job(connection, 1, NOW)
        walk(connection, job, JobState.GENERATING, JobState.OUTCOME_UNKNOWN)
        ledger.mark_unresolved(connection, job.id)

    await patient.write(park)
    (pause,), (parked,) = await offline(patient, "queue"), await offline(patient, "parked")
    assert (pause.verdict, parked.verdict) == (WARN, WARN)
    assert "resume" in pause.remedy
    assert parked.sentence.startswith("Parked remixes: 1.")
    assert "remix-bot parked" in parked.remedy


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({"phase": Phase.STOPPED}, Verdict.OK, "was stopped"),
        ({"monotonic_s": -1000.0}, FAIL, "hangs, or it was killed"),
        ({"worker_alive": False}, FAIL, "worker has ended"),
        ({"gateway_since": None, "gateway_away_since": NOW}, WARN, "Not connected to Discord"),
        ({"gateway_since": None, "shards": 4, "shards_connected": 3}, WARN, "Shards: 3 of 4."),
        ({"role": "worker", "gateway_since": None}, Verdict.OK, "Making remixes as a worker"),
        ({}, Verdict.OK, "Connected to Discord"),
    ],
)
async def test_what_the_bot_writes_about_itself_is_read(patient, changes, verdict, words):
    healthy = {"phase": Phase.RUNNING, "gateway_since": NOW, "worker_alive": True, "monotonic_s": time.monotonic()}
    health = Health(time=NOW, pid=1, version="0", started_at=NOW, **(healthy | changes))
    write_health(health_path(patient.url, patient.folder), health)
    (found,) = [each for each in await patient.examined(offline=True) if each.check == "process"]
    assert found.verdict is verdict
    assert words in found.sentence
    assert bool(found.remedy) is (verdict is not Verdict.OK)
    # One that hangs cannot be started again while it is there.
    assert ("`kill -9 1`" in found.remedy) is (verdict is FAIL)


@pytest.mark.parametrize("alarm", Alarm)
async def test_every_open_alarm_fails_with_a_remedy(patient, alarm):
    await patient.write(alarms.write, {(alarm, "x"): OpenAlarm(alarm, "x", {}, NOW, NOW)})
    (found,) = await offline(patient, "alarms")
    assert (found.verdict, bool(found.remedy)) == (FAIL, True)
    assert ": x (since " in found.sentence


async def test_the_trouble_of_a_held_queue_is_in_words(patient):
    held = OpenAlarm(Alarm.QUEUE_HELD, "key_rejected", {}, NOW, NOW)
    await patient.write(alarms.write, {(Alarm.QUEUE_HELD, held.subject): held})
    (found,) = await offline(patient, "alarms")
    assert found.sentence.startswith("The queue is held: Ideogram rejects the key (since ")


async def test_s3_is_tried_out_and_what_is_wrong_with_it_is_told(patient, bucket):
    place = bucket.place
    key = {"aws_access_key_id": place.access_key_id, "aws_secret_access_key": place.secret_access_key}
    del patient.settings["blob_dir"]
    patient.settings |= {"blob_url": f"s3://{place.bucket}/{place.prefix}", "aws_endpoint_url": place.endpoint, **key}
    assert await patient.found("pictures") == []
    assert [each.split()[0] for each in bucket.requests] == ["PUT", "GET", "DELETE", "GET"]
    patient.settings["blob_url"] = "s3://no-such-bucket"
    (found,) = await patient.found("pictures")
    assert found.verdict is FAIL
    assert found.sentence == "The pictures cannot be stored at s3://no-such-bucket: S3 answers 404 NoSuchBucket."
    assert (await offline(patient, "pictures"))[0].verdict is SKIPPED


async def test_pictures_of_another_place_fail(patient):
    def know(connection):
        connection.execute(sa.insert(picture_store).values(mark="a mark"))
        add_job(connection)

    await patient.write(know)
    (found,) = await patient.found("pictures")
    place = patient.folder / "data" / "blobs" / "store.id"
    assert found.sentence == f"The pictures of this database are elsewhere: {place} does not say a mark."
    assert (found.verdict, "move-blobs" in found.remedy) == (FAIL, True)
    place.write_text("a mark")
    assert await patient.found("pictures") == []


async def test_a_file_whose_data_was_copied_to_a_server_fails(patient):
    mark_moved(patient.url, "postgresql://db/remix")
    (found,) = await offline(patient, "database")
    assert found.verdict is FAIL
    assert "was copied to postgresql://db/remix" in found.sentence
    assert found.remedy.startswith("Set DATABASE_URL to that database. To go back")
