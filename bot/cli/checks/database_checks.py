"""Checks the database, its books, its backup, and what in it waits for the operator."""

from datetime import timedelta
from pathlib import Path

from bot.cli.checks.findings import Finding, Subject, fail, ok, skipped, warn
from bot.cli.checks.provider_problems import PROBLEMS
from bot.cli.checks.reading import read_or
from bot.cli.kit.audit_lines import violation_line
from bot.settings.settings import MB
from bot.storage.engine.backups.check import require_sound
from bot.storage.engine.backups.newest import DatabaseOlderError, require_newest
from bot.storage.engine.copying.moved_mark import find_move
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.server_facts import ServerFacts, read_server_facts
from bot.storage.engine.databases.sqlite import sqlite_path
from bot.storage.engine.last_backup import read_last_backup
from bot.storage.engine.migrations import is_known, newest_revision, revision_of
from bot.storage.engine.read_only import read_snapshot
from bot.storage.remixes import holds, parked
from bot.storage.remixes.holds import Hold
from bot.storage.standing import pauses
from bot.use_cases.operator.audit_ledger import audit as audit_ledger

DATABASE, SCHEMA, AUDIT, BACKUP, QUEUE, PARKED = "database", "schema", "audit", "backup", "queue", "parked"
AUDIT_LASTS_S = 8.0
"""An audit takes six seconds for 200,000 jobs. Longer ones are for `remix-bot audit`."""
_SHOWN_VIOLATIONS = 3
_CLOCKS_MAY_DIFFER = timedelta(seconds=5)
_BACK_UP = "Run `remix-bot backup`, and let a timer do so (docs/operators.md)."
RESTORE = "Stop the bot and restore the last backup: `remix-bot restore FOLDER` (docs/operators.md)."
LARGEST_CHECKED = 1_000_000_000
"""Bytes. A check reads the whole file: up to 14 seconds for as much."""


def database(subject: Subject) -> list[Finding]:
    """What a start checks too. SQLite cannot be interrupted in it, so the largest files are left out."""
    url = subject.settings.database_url
    if postgresql.is_postgresql(url):
        return _server(url)
    path = sqlite_path(url)
    if path is None or not Path(path).is_file():
        return [ok(DATABASE, f"There is no database at {url} yet. The first start makes it.")]
    return _moved(url) or _file(url, path)


def _moved(url: str) -> list[Finding]:
    what, _, remedy = (find_move(url) or "").partition(". ")
    return [fail(DATABASE, f"{what}.", f"{remedy}.")] if what else []


def _file(url: str, path: str) -> list[Finding]:
    size = Path(path).stat().st_size
    try:
        if size <= LARGEST_CHECKED:
            require_sound(url)
        require_newest(url)
    except DatabaseOlderError as error:
        return [fail(DATABASE, f"{error}.", "Restore it by `remix-bot restore`, as that sentence says.")]
    except (DatabaseUnavailableError, OSError) as error:
        return [fail(DATABASE, f"{error}.", RESTORE)]
    if size > LARGEST_CHECKED:
        return [skipped(DATABASE, f"With {size // MB} MB the database takes too long to check here. A start does.")]
    return [ok(DATABASE, "SQLite finds no damage in the database.")]


def _server(url: str) -> list[Finding]:
    where = postgresql.shown(url)
    try:
        facts = postgresql.read_snapshot(url, read_server_facts, None)
    except DatabaseUnavailableError as error:
        return [fail(DATABASE, f"{error}.", "Correct DATABASE_URL, or start the server (docs/scaling.md).")]
    return _doubts(facts) or [ok(DATABASE, f"PostgreSQL {facts.version} answers at {where}.")]


def _doubts(facts: ServerFacts) -> list[Finding]:
    found = []
    if facts.is_standby:
        found.append(fail(DATABASE, "The server is a standby, which cannot be written to.", "Name the primary server."))
    elif not facts.may_create or facts.closed:
        lacks = f"change the table {facts.closed[0]}" if facts.closed else "make tables"
        remedy = "Let the bot's account own the database: ALTER DATABASE ... OWNER TO ..."
        found.append(fail(DATABASE, f"The account cannot {lacks}.", remedy))
    if facts.encoding != "UTF8":
        remedy = "Make a database with --encoding UTF8 --template template0 (docs/scaling.md)."
        found.append(fail(DATABASE, f"The database has the encoding {facts.encoding}: most emoji do not fit.", remedy))
    if facts.is_pooled:
        sentence = "A pooler stands before the server. If it shares connections, the bot's locks do not hold."
        found.append(warn(DATABASE, sentence, "Let DATABASE_URL name the server itself."))
    if abs(facts.ahead) > _CLOCKS_MAY_DIFFER:
        seconds = round(facts.ahead.total_seconds())
        sentence = f"This machine's clock differs from the server's by {seconds} s."
        found.append(warn(DATABASE, sentence, "Set both by NTP: remixes are due by them."))
    return found


def schema(subject: Subject) -> list[Finding]:
    """None of these are wrong before the first start."""
    current, newest = read_or(subject.settings.database_url, revision_of, None), newest_revision()
    if current is None:
        return [skipped(SCHEMA, "There is no schema to look at yet.")]
    if not is_known(current):
        sentence = f"The database was migrated by a newer version (revision {current}; this one knows {newest})."
        return [fail(SCHEMA, sentence, "Install the newer version again.")]
    if current != newest:
        sentence = f"The database has revision {current}, and this version needs {newest}."
        return [warn(SCHEMA, sentence, "The next start migrates it, after copying it. Or run `remix-bot migrate`.")]
    return [ok(SCHEMA, f"The database has this version's schema ({newest}).")]


def audit(subject: Subject) -> list[Finding]:
    url = subject.settings.database_url
    if read_or(url, revision_of, None) != newest_revision():
        return [skipped(AUDIT, "Only a database with this version's schema can be audited.")]
    try:
        found = read_snapshot(url, audit_ledger, within_s=AUDIT_LASTS_S)
    except TimeoutError:
        return [skipped(AUDIT, "There are too many jobs to audit here: run `remix-bot audit`.")]
    except (DatabaseUnavailableError, OSError) as error:
        return [fail(AUDIT, f"The books could not be checked: {error}.", RESTORE)]
    if not found.violations:
        return [ok(AUDIT, f"The money and the history of all {found.jobs} jobs add up.")]
    shown = "; ".join(violation_line(each) for each in found.violations[:_SHOWN_VIOLATIONS])
    remedy = (
        "If you copied a file over the database by hand, put the backup there with `remix-bot restore FOLDER`. Else "
        "run `remix-bot audit`, keep its output and a backup, and report it as a bug."
    )
    return [fail(AUDIT, f"{len(found.violations)} violations, such as {shown}.", remedy)]


def backup(subject: Subject) -> list[Finding]:
    if postgresql.is_postgresql(subject.settings.database_url):
        return [
            skipped(BACKUP, "The bot does not see the backups of PostgreSQL. docs/scaling.md says how to make them.")
        ]
    most, last = subject.settings.backup_max_age_h, read_last_backup(subject.settings.database_url)
    if last is None:
        sentence = "`remix-bot backup` has never finished here."
        if most is None:
            return [ok(BACKUP, f"{sentence} BACKUP_MAX_AGE_H is not set, so nothing watches that.")]
        return [fail(BACKUP, sentence, _BACK_UP)]
    age = subject.clock() - last.at
    hours = age // timedelta(hours=1)
    made = f"The last backup was made {hours} h ago, in {last.folder}"
    if most is not None and age > timedelta(hours=most):
        return [fail(BACKUP, f"{made}. BACKUP_MAX_AGE_H is {most}.", _BACK_UP)]
    return [ok(BACKUP, f"{made}.")]


def queue(subject: Subject) -> list[Finding]:
    url = subject.settings.database_url
    hold, pause = read_or(url, holds.read, None), read_or(url, pauses.read, None)
    found = []
    if hold is not None:
        sentence, remedy = _hold(hold)
        found.append(fail(QUEUE, f"The queue is on hold. {sentence}", remedy))
    if pause is not None:
        sentence = f"An operator has paused everything since {pause.at:%Y-%m-%d %H:%M} UTC."
        found.append(warn(QUEUE, sentence, "Use /remix-operator resume."))
    return found or [ok(QUEUE, "The queue is neither on hold nor paused.")]


def _hold(hold: Hold) -> tuple[str, str]:
    if hold.problem is not None:
        sentence, remedy = PROBLEMS[hold.problem]
        # The running bot has the key that it was started with.
        return sentence, f"If `key` in this list is fine, restart the bot. Else: {remedy}"
    remedy = (
        "If that is a host of Ideogram's, add it to that list and restart the bot within a day of the remix. After "
        "that the link has ended. Else lift the hold with /remix-operator resume, which lets one remix try."
    )
    return f"A paid result lies on {hold.host}, which IDEOGRAM_IMAGE_HOSTS does not list.", remedy


def parked_remixes(subject: Subject) -> list[Finding]:
    count = read_or(subject.settings.database_url, parked.count, 0)
    if not count:
        return [ok(PARKED, "No remix is parked.")]
    sentence = f"Parked remixes: {count}. Nobody knows whether Ideogram made and billed them."
    return [warn(PARKED, sentence, "List them with `remix-bot parked`, and decide by Ideogram's usage page.")]
