"""What the entries of a server's log channel tell, read from the tables when they are written, and who writes them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from bot.rules.budgets import BudgetWarning, Period
from bot.rules.log_kinds import LogKind
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case
from bot.storage.remixes import jobs, ledger, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.storage.server_log import refusal_log
from bot.storage.server_log.log_entries import LogEntry
from bot.storage.server_log.refusal_log import Refusal


@dataclass(frozen=True, slots=True)
class RemixMade:
    """`posts` is empty where it was handed over privately. `cost` in micro-dollars."""

    job: Job
    cost: int | None
    posts: Sequence[Post]


@dataclass(frozen=True, slots=True)
class RemixFailed:
    """The prompt is not for the moderators: it may be what was refused. `cost` in micro-dollars."""

    job: Job
    cost: int | None


@dataclass(frozen=True, slots=True)
class RefusedByRule:
    """`repeats`: how many more came within its minute; None where the entry tells of the first alone."""

    refusal: Refusal
    repeats: int | None = None


@dataclass(frozen=True, slots=True)
class CaseAdded:
    """A moderator has done something."""

    case: Case


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """Of the server's own budget."""

    warning: BudgetWarning


LogFact = RemixMade | RemixFailed | RefusedByRule | CaseAdded | BudgetSpent


def read(connection: Connection, entry: LogEntry) -> LogFact | None:
    """None where what it is about is not there any more."""
    if entry.kind is LogKind.BUDGET:
        return BudgetSpent(_read_warning(entry.details)) if entry.details else None
    if entry.subject is None:
        return None
    match entry.kind:
        case LogKind.REMIX | LogKind.FAILURE:
            return _read_job(connection, entry.kind, entry.subject)
        case LogKind.REFUSAL | LogKind.REPEATS:
            return _read_refusal(connection, entry.kind, entry.subject)
        case LogKind.CASE:
            case = cases.find(connection, entry.guild_id, entry.subject)
            return CaseAdded(case) if case else None


def _read_job(connection: Connection, kind: LogKind, job_id: int) -> RemixMade | RemixFailed | None:
    job = jobs.find(connection, job_id)
    if job is None:
        return None
    cost = ledger.cost(connection, job_id)
    if kind is LogKind.FAILURE:
        return RemixFailed(job, cost)
    return RemixMade(job, cost, results.posts_of(connection, job_id))


def _read_refusal(connection: Connection, kind: LogKind, number: int) -> RefusedByRule | None:
    refusal = refusal_log.find(connection, number)
    if refusal is None:
        return None
    return RefusedByRule(refusal, refusal_log.count_repeats(connection, refusal) if kind is LogKind.REPEATS else None)


def write_warning(warning: BudgetWarning) -> str:
    """As an entry keeps it."""
    return json.dumps(asdict(warning) | {"ends_at": warning.ends_at.isoformat()})


def _read_warning(text: str) -> BudgetWarning:
    values = json.loads(text)
    return BudgetWarning(
        **values | {"period": Period(values["period"]), "ends_at": datetime.fromisoformat(values["ends_at"])}
    )


class NeverWrittenError(Exception):
    """Discord does not take this message, now or ever."""


class LogChannel(Protocol):
    """Raises ChannelClosedError and PostFailedError, whose words moderators read, and NeverWrittenError."""

    async def write(self, guild_id: int, channel_id: int, facts: Sequence[LogFact], nonce: str) -> None:
        """One message. The same nonce within minutes is the same message."""
        ...
