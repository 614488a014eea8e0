"""Puts a backup in the place of the database, so that nothing is paid, posted or said twice afterwards."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.rules.failures import FailureKind
from bot.rules.job_states import FINAL, JobState
from bot.rules.progress import Progress, unseen
from bot.storage.engine.backups.check import require_sound
from bot.storage.engine.backups.newest import require_newest
from bot.storage.engine.backups.restore import Source, begin_exchange, bring_pictures, finish_exchange, staged
from bot.storage.engine.blobs import mark
from bot.storage.engine.blobs.store import BlobStore
from bot.storage.engine.database import Connection, Database, DatabaseUnavailableError
from bot.storage.engine.databases.process_lock import process_lock
from bot.storage.engine.databases.row_numbers import NUMBERED, raise_row_numbers
from bot.storage.engine.read_only import read_snapshot
from bot.storage.privacy import erasures, opt_outs
from bot.storage.remixes import families, jobs, parked, retention
from bot.storage.restores import known, restores, silence
from bot.storage.restores.known import ByJob, Known, Spent
from bot.storage.restores.restores import NewRestore
from bot.use_cases.remixes.endings import end_removed, fail_job
from bot.use_cases.remixes.unknown_outcomes import park

# Where the replaced database cannot be read, nobody knows how many numbers it has given since the backup. The bot would
# have to make ten remixes a minute for a week to reach the first number after these.
_UNKNOWN_JOBS = 100_000
_UNKNOWN_CASES = 1_000

# What reading a damaged database can raise.
_UNREADABLE = (DatabaseUnavailableError, OSError, ValueError, OverflowError, TypeError)


class RestoreFinishedError(Exception):
    """A restore that was interrupted has been finished, and nothing else was done. `aside`: what was there before."""

    def __init__(self, aside: Path) -> None:
        super().__init__(str(aside))
        self.aside = aside


@dataclass(frozen=True, slots=True)
class Settled:
    """How many jobs were waiting and have ended, which are parked now, and how many results are yet to be posted.

    `parked_before`: those that were parked already. What the operator decided about them since is lost.
    """

    ended: int
    parked: tuple[int, ...]
    parked_before: tuple[int, ...]
    to_post: int


@dataclass(frozen=True, slots=True)
class Restored:
    """`missing`: pictures that neither place has. `erasures`: requests to be forgotten that the backup did not know.

    `aside`: the folder with what was there before; None if there was nothing.
    """

    missing: int
    erasures: int
    aside: Path | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What will be in the place of the database, with its open jobs settled.

    `backup_at`: what happened later is not in it. `old`: what the database that is replaced knows; None if there is
    none, or it cannot be read, or it is damaged or itself an older copy: then its numbers are of no use. `people`: the
    same, but also of a damaged one. `spent_since`: what `old` has spent, or may have, that the backup does not know.
    """

    backup_at: datetime
    last_job: int
    settled: Settled
    old: Known | None
    people: Known | None
    spent_since: Spent | None

    def record(self, connection: Connection, spent: Spent, now: datetime) -> int:
        """Returns how many requests to be forgotten were taken over."""
        backup = known.read(connection)
        # The operator has chosen the pictures for it.
        mark.forget(connection)
        last_job = max(backup.last_job, self.old.last_job) if self.old else backup.last_job + _UNKNOWN_JOBS
        until = self.old.until if self.old else None
        number = restores.add(connection, NewRestore(now, self.backup_at, until, last_job))
        for (day, guild_id), micros in spent.items():
            spent_at = datetime.fromisoformat(day).replace(tzinfo=UTC)
            restores.add_gap(connection, number, spent_at, micros, guild_id)
        known.raise_case_numbers(connection, _case_numbers(backup, self.old))
        raise_row_numbers(connection, _row_numbers(backup, self.old))
        return 0 if self.people is None else _learn(connection, backup, self.people, now)


@dataclass(frozen=True, slots=True)
class Restoring(Prepared):
    """A checked copy of the backup beside the database that it is to replace."""

    _url: str
    _pictures: BlobStore
    _source: Source
    _new_url: str

    def put_in_place(self, spent: Spent, now: datetime, progress: Progress = unseen) -> Restored:
        """`spent`: what counts for the time since the backup. Raises OSError and DatabaseUnavailableError."""
        missing = bring_pictures(self._url, self._new_url, self._source, self._pictures, progress)
        with closing(Database(self._new_url)) as new:
            asked = new.transaction_now(self.record, spent, now)
        begin_exchange(self._url, self._new_url)
        aside = finish_exchange(self._url, self._pictures, progress)
        return Restored(missing, asked, aside if aside is not None and aside.exists() else None)


@contextmanager
def restoring(
    url: str, pictures: BlobStore, source: Source, now: datetime, progress: Progress = unseen
) -> Iterator[Restoring]:
    """Prepare the restore while the bot is stopped. Nothing changes before `put_in_place`.

    Raises DatabaseInUseError, RestoreFinishedError, BackupUnusableError, DatabaseTooNewError, DatabaseUnavailableError
    and OSError.
    """
    with process_lock(url):
        if (aside := finish_exchange(url, pictures, progress)) is not None:
            raise RestoreFinishedError(aside)
        with staged(url, source, progress) as new_url:
            with closing(Database(new_url)) as new:
                backup = new.transaction_now(known.read)
                settled = new.transaction_now(settle_open_jobs, now)
                # Their money stays open until the operator decides, so it is compared for each of them.
                apart = new.transaction_now(parked.numbers)
                counted = new.transaction_now(known.spent, apart)
            people, spent = (None, {}) if source.is_at(url) else _read_old(url, apart)
            old = people if _is_whole(url) else None
            at = source.manifest.at if source.manifest is not None else backup.until or now
            since = None if old is None else known.not_in(spent, counted)
            yield Restoring(at, backup.last_job, settled, old, people, since, url, pictures, source, new_url)


def _read_old(url: str, apart: Sequence[int]) -> tuple[Known | None, ByJob]:
    try:
        return read_snapshot(url, lambda connection: (known.read(connection), known.spent(connection, apart)))
    except _UNREADABLE:
        return None, {}


def _is_whole(url: str) -> bool:
    """Not when a file was copied over it by hand, alone or under a log that a kill had left: it knows a part."""
    try:
        require_sound(url)
        require_newest(url)
    except DatabaseUnavailableError:
        return False
    return True


def settle_open_jobs(connection: Connection, now: datetime) -> Settled:
    """Nobody knows what became of the jobs after the backup, so none of them may be paid for or announced again."""
    queued, made = jobs.in_state(connection, JobState.QUEUED), jobs.in_state(connection, JobState.GENERATING)
    parked_before = tuple(parked.numbers(connection))
    for job in queued:
        fail_job(connection, job, FailureKind.RESTORED, now)
    for job in made:
        # Also one with a generation's id: the bot has collected and posted it since, or will be asked to.
        park(connection, job, "restored", now, by_restart=True)
    sets = {job.set_id for job in (*queued, *made) if job.set_id is not None}
    to_post = silence.look_first(connection, now, sets)
    silence.silence(connection, now)
    return Settled(len(queued), tuple(job.id for job in made), parked_before, to_post)


def _case_numbers(backup: Known, old: Known | None) -> Mapping[int, int]:
    if old is not None:
        return old.last_cases
    return {guild_id: number + _UNKNOWN_CASES for guild_id, number in backup.last_cases.items()}


def _row_numbers(backup: Known, old: Known | None) -> Mapping[str, int]:
    if old is not None:
        return {name: old.row_numbers.get(name, 0) for name in NUMBERED}
    return {name: backup.row_numbers.get(name, 0) + _UNKNOWN_JOBS for name in NUMBERED}


def _learn(connection: Connection, backup: Known, old: Known, now: datetime) -> int:
    """Take over what people asked for after the backup: removals, opt-outs and requests to be forgotten."""
    for job_id, removal in old.removed.items():
        job = jobs.find(connection, job_id)
        if job is None or job.removed_at is not None:
            continue
        families.mark_removed(connection, job_id, removal, now)
        # A result that is yet to be posted ends when the worker sees that it was removed.
        if job.state is JobState.IN_REVIEW:
            end_removed(connection, jobs.get(connection, job_id), now)
        elif job.state in FINAL | {JobState.OUTCOME_UNKNOWN}:
            retention.forget_job(connection, job_id)
    for user_id, since in old.opt_outs.items():
        opt_outs.add(connection, user_id, since)
    had = {(kind, subject_id): at for kind, subject_id, at in backup.erasures}
    asked = [
        (kind, subject_id)
        for kind, subject_id, at in old.erasures
        if (kind, subject_id) not in had or had[kind, subject_id] < at
    ]
    for kind, subject_id in asked:
        erasures.ask(connection, kind, subject_id, now)
    return len(asked)
