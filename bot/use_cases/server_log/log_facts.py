"""Reads from the tables what an entry of a server's log channel is about, at the moment when it is written."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from bot.rules.budgets import BudgetWarning, Period
from bot.rules.cases import CaseKind
from bot.rules.log_kinds import LogKind
from bot.rules.log_problems import LogProblem
from bot.storage.engine.database import Connection
from bot.storage.matters import matters
from bot.storage.matters.matters import Matter
from bot.storage.moderation import case_reasons, cases, evidence
from bot.storage.moderation.case_reasons import EarlierReason
from bot.storage.moderation.cases import Case
from bot.storage.remixes import families, jobs, ledger, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.storage.server_log import refusal_log
from bot.storage.server_log.log_entries import LogEntry
from bot.storage.server_log.log_posts import LogPost
from bot.storage.server_log.refusal_log import Refusal
from bot.use_cases.appeals.decide_appeal import APPEAL


@dataclass(frozen=True, slots=True)
class RemixMade:
    """`posts` is empty if it was handed over privately. `cost` is in micro-dollars."""

    job: Job
    cost: int | None
    posts: Sequence[Post]


@dataclass(frozen=True, slots=True)
class RemixFailed:
    """Moderators do not get its prompt, which may be what Ideogram refused. `cost` is in micro-dollars."""

    job: Job
    cost: int | None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Its author alone has the result, because of a word or a picture, or because it was published in vain."""

    job: Job


@dataclass(frozen=True, slots=True)
class RefusedByRule:
    """`repeats`: how many more came within the same minute; None in the entry about the first one."""

    refusal: Refusal
    repeats: int | None = None


@dataclass(frozen=True, slots=True)
class ResultDeleted:
    """Its author, or the member whose picture it was (`owner_id`), deleted it. `kept_until`: for moderators alone."""

    job: Job
    owner_id: int | None
    kept_until: datetime | None


@dataclass(frozen=True, slots=True)
class CaseAdded:
    """A moderator's action."""

    case: Case


@dataclass(frozen=True, slots=True)
class OftenUnsafe:
    """The safety check refused that many remixes of a member within a day, and the case blocks them by rule.

    Moderators get neither prompts nor pictures. `everywhere`: the refusals of all servers are counted.
    """

    case: Case
    refusals: int
    everywhere: bool


@dataclass(frozen=True, slots=True)
class ReasonChanged:
    """The reason of a case of that kind, before and after. `of_appeal`: it is the answer to an appeal."""

    before: EarlierReason
    after: str | None
    kind: CaseKind | None = None
    of_appeal: bool = False


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """A part of the server's own budget is spent."""

    warning: BudgetWarning


LogText = (
    RemixMade
    | RemixFailed
    | HeldBack
    | RefusedByRule
    | CaseAdded
    | OftenUnsafe
    | ReasonChanged
    | BudgetSpent
    | ResultDeleted
)
"""What an entry says. Several of them share a message."""


@dataclass(frozen=True, slots=True)
class MatterOpened:
    """Something waits for a moderator's decision. Its card is alone in its message."""

    matter: Matter


LogFact = LogText | MatterOpened


def read(connection: Connection, entry: LogEntry) -> LogFact | None:
    """None if what the entry is about has been deleted."""
    if entry.kind is LogKind.BUDGET:
        return BudgetSpent(_read_warning(entry.details)) if entry.details else None
    if entry.subject is None:
        return None
    match entry.kind:
        case LogKind.REMIX | LogKind.FAILURE | LogKind.HELD_BACK:
            return _read_job(connection, entry.kind, entry.subject)
        case LogKind.REFUSAL | LogKind.REPEATS:
            return _read_refusal(connection, entry.kind, entry.subject)
        case LogKind.CASE | LogKind.SAFETY:
            return _read_case(connection, entry, entry.subject)
        case LogKind.REASON | LogKind.DELETION | LogKind.MATTER:
            return _READ[entry.kind](connection, entry.subject)


def _read_job(connection: Connection, kind: LogKind, job_id: int) -> RemixMade | RemixFailed | HeldBack | None:
    job = jobs.find(connection, job_id)
    if job is None:
        return None
    if kind is LogKind.HELD_BACK:
        return HeldBack(job)
    cost = ledger.cost(connection, job_id)
    if kind is LogKind.FAILURE:
        return RemixFailed(job, cost)
    return RemixMade(job, cost, results.posts_of(connection, job_id))


def _read_case(connection: Connection, entry: LogEntry, number: int) -> CaseAdded | OftenUnsafe | None:
    case = cases.find(connection, entry.guild_id, number)
    if case is None:
        return None
    return OftenUnsafe(case, **json.loads(entry.details)) if entry.details else CaseAdded(case)


def _read_change(connection: Connection, number: int) -> ReasonChanged | None:
    before = case_reasons.find(connection, number)
    if before is None:
        return None
    case = cases.find(connection, before.guild_id, before.number)
    after = case_reasons.replaced_with(connection, before)
    return ReasonChanged(before, after, case.kind if case else None, case is not None and APPEAL in case.details)


def _read_deletion(connection: Connection, job_id: int) -> ResultDeleted | None:
    job = jobs.find(connection, job_id)
    if job is None or job.removed_at is None:
        return None
    kept_until = evidence.kept_until(connection, job.id, job.removed_at)
    return ResultDeleted(job, families.owner_of(connection, job), kept_until)


def _read_matter(connection: Connection, number: int) -> MatterOpened | None:
    matter = matters.find(connection, number)
    return MatterOpened(matter) if matter is not None and matter.is_open else None


_READ: Mapping[LogKind, Callable[[Connection, int], LogFact | None]] = {
    LogKind.REASON: _read_change,
    LogKind.DELETION: _read_deletion,
    LogKind.MATTER: _read_matter,
}


def _read_refusal(connection: Connection, kind: LogKind, number: int) -> RefusedByRule | None:
    refusal = refusal_log.find(connection, number)
    if refusal is None:
        return None
    return RefusedByRule(refusal, refusal_log.count_repeats(connection, refusal) if kind is LogKind.REPEATS else None)


def write_refusals(refusals: int, *, everywhere: bool) -> str:
    """As JSON, for `log_entries.details`."""
    return json.dumps({"refusals": refusals, "everywhere": everywhere})


def write_warning(warning: BudgetWarning) -> str:
    """As JSON, for `log_entries.details`."""
    return json.dumps(asdict(warning) | {"ends_at": warning.ends_at.isoformat()})


def _read_warning(text: str) -> BudgetWarning:
    values = json.loads(text)
    return BudgetWarning(
        **values | {"period": Period(values["period"]), "ends_at": datetime.fromisoformat(values["ends_at"])}
    )


class NotWrittenError(Exception):
    """The log channel has a problem. The text says more, for the bot's own log."""

    def __init__(self, problem: LogProblem, detail: str = "") -> None:
        super().__init__(detail or problem.value)
        self.problem = problem


class NeverWrittenError(Exception):
    """Discord will never take this message."""


class LogChannel(Protocol):
    """Discord, as far as the log needs it. It gives up after some seconds: the other servers' channels wait."""

    async def write(self, guild_id: int, channel_id: int, facts: Sequence[LogFact], nonce: str) -> int:
        """Write one message, and return its id. The same nonce within minutes gives the same message.

        Raises NotWrittenError and NeverWrittenError.
        """
        ...

    async def change_buttons(self, post: LogPost, hidden: Mapping[int, bool]) -> None:
        """Offer Unhide for the hidden remixes in that message, and Hide for those that are shown. Never raises."""
        ...
