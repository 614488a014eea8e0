"""Whether everything that must always be true of money and jobs is true of a database. Reads, and changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.rules.audit import Violation
from bot.storage.engine.database import Connection
from bot.storage.reports import audit_money, audit_paths

_QUESTIONS: Sequence[Callable[[Connection], Iterator[Violation]]] = (
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
    """How many jobs were looked at, and what is wrong with them."""

    jobs: int
    violations: Sequence[Violation]


def audit(connection: Connection) -> Audit:
    """Goes through the whole database: some seconds for each million jobs and question."""
    found = [violation for question in _QUESTIONS for violation in question(connection)]
    return Audit(audit_paths.count_jobs(connection), found)
