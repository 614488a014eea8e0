"""What must always be true of the money and the way of every job. `storage/audit*.py` looks for where it is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot.rules.job_states import FINAL, JobState
from bot.rules.prices import dollars


class Invariant(StrEnum):
    """As `remix-bot audit` names them; docs/operators.md says what each means."""

    ONE_RESERVATION = "one-reservation"
    """Every job has exactly one reservation, and every reservation a job."""
    ENTRIES_ADD_UP = "entries-add-up"
    """A job's ledger entries sum to what its reservation counts."""
    TOTALS_ADD_UP = "totals-add-up"
    """The running totals of a day and a month are the sums of the reservations that were opened in it."""
    WITHIN_BUDGET = "within-budget"
    """What counted when a job was accepted, the job included, was within the ceilings of that moment."""
    FINAL_IS_CLOSED = "final-is-closed"
    """A job that is over has no money reserved and none unresolved."""
    PARKED_IS_UNRESOLVED = "parked-is-unresolved"
    """Money is unresolved for the jobs whose outcome is unknown, and for no others."""
    OPEN_MONEY = "open-money"
    """Money is set aside as long as a job is not answered, and settled once it is."""
    PAID_CALLS = "paid-calls"
    """What a job cost is what the calls of its events brought: no money without a call, no answer without money."""
    LEGAL_PATH = "legal-path"
    """The events are one path of legal moves, from the acceptance to the state of the job."""
    NO_OLD_LINKS = "no-old-links"
    """A link is kept only as long as the picture behind it is still to be fetched."""
    NO_OLD_LEASES = "no-old-leases"
    """Nobody holds a job that is over or parked."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One invariant that is broken by one job, or by a period (then without a job). `figures`: no prompt, no link."""

    invariant: Invariant
    job_id: int | None
    figures: str


ALLOWED_MONEY: Mapping[JobState, frozenset[str]] = MappingProxyType(
    {
        JobState.QUEUED: frozenset({"reserved"}),
        JobState.GENERATING: frozenset({"reserved"}),
        JobState.GENERATED: frozenset({"settled"}),
        JobState.DELIVERED: frozenset({"settled"}),
        JobState.OUTCOME_UNKNOWN: frozenset({"unresolved"}),
        # Settled without an answer: an earlier call of the job may have cost something.
        JobState.FAILED: frozenset({"released", "settled"}),
        JobState.CANCELLED: frozenset({"released", "settled"}),
    }
)
"""What the reservation of a job in that state may be."""


def money_violation(job_id: int, state: JobState, status: str) -> Violation:
    """How to call a reservation that ALLOWED_MONEY does not allow."""
    if (state is JobState.OUTCOME_UNKNOWN) or (status == "unresolved" and state not in FINAL):
        invariant = Invariant.PARKED_IS_UNRESOLVED
    else:
        invariant = Invariant.FINAL_IS_CLOSED if state in FINAL else Invariant.OPEN_MONEY
    return Violation(invariant, job_id, f"the job is {state}, its money is {status}")


def total_violations(sums: Mapping[str, int], totals: Mapping[str, int]) -> list[Violation]:
    """Periods (`2026-05-31`, `2026-05 of server 11`) whose total is not the sum of their reservations; money."""
    return [
        Violation(
            Invariant.TOTALS_ADD_UP,
            None,
            f"{period}: the reservations count {dollars(sums.get(period, 0))},"
            f" the running total is {dollars(totals.get(period, 0))}",
        )
        for period in sorted(sums.keys() | totals.keys())
        if sums.get(period, 0) != totals.get(period, 0)
    ]


def in_words(violation: Violation) -> str:
    """One line."""
    subject = "totals" if violation.job_id is None else f"job {violation.job_id}"
    return f"{subject}  {violation.invariant}  {violation.figures}"
