"""Audits a database: checks every invariant of money and jobs, and changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.rules.audit import Violation
from bot.rules.progress import Progress, Step, unseen
from bot.storage.engine.database import Connection
from bot.storage.reports import audit_money, audit_paths

_CHECKS: Sequence[Callable[[Connection], Iterator[Violation]]] = (
    audit_money.one_reservation,
    audit_money.entries_add_up,
    audit_money.totals_add_up,
    audit_money.within_budget,
    audit_money.states_and_money,
    audit_paths.paid_calls,
    audit_paths.legal_path,
    audit_paths.no_old_links,
    audit_paths.no_old_leases,
)


@dataclass(frozen=True, slots=True)
class Audit:
    """How many jobs were checked, and what is wrong."""

    jobs: int
    violations: Sequence[Violation]


def audit(connection: Connection, progress: Progress = unseen) -> Audit:
    """Reads the whole database: a few seconds for each check and million jobs."""
    found: list[Violation] = []
    for done, check in enumerate(_CHECKS):
        progress(Step.AUDIT, done, len(_CHECKS))
        found += check(connection)
    return Audit(audit_paths.count_jobs(connection), found)
