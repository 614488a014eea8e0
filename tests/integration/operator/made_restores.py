"""A database, a backup of it, and what happened afterwards."""

from contextlib import closing
from datetime import timedelta

from bot.rules.budgets import Period
from bot.rules.job_states import JobState
from bot.storage.engine.backups.backup import back_up
from bot.storage.engine.backups.restore import backup_in
from bot.storage.engine.database import Database
from bot.storage.remixes import jobs, ledger, spending
from bot.use_cases.operator.restore_backup import restoring
from tests.integration.made_storage import START, add_job, add_result, walk

LATER = START + timedelta(hours=2)
TODAY = START.date().isoformat()


class Place:
    """A database with open jobs, a backup of it, and what happened afterwards."""

    def __init__(self, url, blobs, file, folder):
        self.url, self.blobs, self.file, self.folder = url, blobs, file, folder
        self.backup = folder / "copy"

    def run(self, function, *arguments):
        with closing(Database(self.url)) as database:
            return database.transaction_now(function, *arguments)

    def add(self, user_id, *states, **changes):
        def add(connection):
            job = add_job(connection, user_id, source_hash=self.blobs.put(str(user_id).encode()), **changes)
            if states:
                walk(connection, job, *states)
            if states[-1:] == (JobState.GENERATED,):
                add_result(connection, job, self.blobs.put(f"made {user_id}".encode()))
                ledger.settle(connection, job.id, 30_000, START)
            return jobs.get(connection, job.id)

        return self.run(add)

    def back_up(self):
        back_up(self.url, self.blobs, self.backup, START + timedelta(minutes=1))

    def restore(self, source=None, entered=None):
        source = source or backup_in(self.backup)
        with restoring(self.url, self.blobs, source, LATER) as prepared:
            spent = prepared.spent_since if entered is None else {(TODAY, None): entered}
            return prepared, prepared.put_in_place(spent, LATER)

    def spent_today(self):
        return self.run(spending.read, START)[Period.DAY].micros
