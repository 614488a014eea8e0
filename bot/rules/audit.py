"""The invariants of money and jobs that `remix-bot audit` checks. `storage/reports/audit_*.py` has the queries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from bot.rules.job_states import FINAL, JobState


class Invariant(StrEnum):
    """`remix-bot audit` prints these names; docs/operators.md explains them to operators."""

    ONE_RESERVATION = "one-reservation"
    """Every job has exactly one reservation, and every reservation has a job."""
    ENTRIES_ADD_UP = "entries-add-up"
    """A job's ledger entries sum to what its reservation counts."""
    TOTALS_ADD_UP = "totals-add-up"
    """The running total of a day or month is the sum of the reservations opened in it, and of gaps before a restore."""
    WITHIN_BUDGET = "within-budget"
    """When a job was accepted, the money counted so far, including its own, was within the budgets of that moment."""
    FINAL_IS_CLOSED = "final-is-closed"
    """A finished job has no reserved and no unresolved money."""
    PARKED_IS_UNRESOLVED = "parked-is-unresolved"
    """Exactly the jobs whose outcome is unknown have unresolved money."""
    OPEN_MONEY = "open-money"
    """Money is reserved until Ideogram has answered, and settled afterwards."""
    PAID_CALLS = "paid-calls"
    """A job's cost matches the paid calls in its events: no cost without a call, and no response without a cost."""
    LEGAL_PATH = "legal-path"
    """A job's events form one path of legal moves from its acceptance to its state."""
    NO_OLD_LINKS = "no-old-links"
    """A result link, which is a secret, is deleted once its picture need not be fetched any more."""
    NO_OLD_LEASES = "no-old-leases"
    """A finished or parked job has no lease."""


class Finding(StrEnum):
    """What exactly is wrong where an invariant is broken. `bot/cli/kit/audit_lines.py` has a sentence for each."""

    NO_RESERVATION = "no_reservation"
    NO_JOB = "no_job"
    OTHER_SUM = "other_sum"
    OTHER_TOTAL = "other_total"
    OVER_BUDGET = "over_budget"
    OTHER_MONEY = "other_money"
    OTHER_CALLS = "other_calls"
    ILLEGAL_MOVE = "illegal_move"
    OTHER_LAST_EVENT = "other_last_event"
    OLD_LINK = "old_link"
    OLD_LEASE = "old_lease"


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that a job breaks, or a period if `job_id` is None.

    `figures` has the raw values of the finding by name; `..._micros` are micro-dollars. It has no prompts and no links.
    """

    invariant: Invariant
    finding: Finding
    job_id: int | None
    figures: Mapping[str, str | int | None] = field(default_factory=dict)


ALLOWED_MONEY: Mapping[JobState, frozenset[str]] = MappingProxyType(
    {
        JobState.QUEUED: frozenset({"reserved"}),
        JobState.GENERATING: frozenset({"reserved"}),
        JobState.GENERATED: frozenset({"settled"}),
        JobState.IN_REVIEW: frozenset({"settled"}),
        JobState.DELIVERED: frozenset({"settled"}),
        JobState.OUTCOME_UNKNOWN: frozenset({"unresolved"}),
        # Settled: the job failed, but one of its earlier calls may have cost something.
        JobState.FAILED: frozenset({"released", "settled"}),
        JobState.CANCELLED: frozenset({"released", "settled"}),
    }
)
"""The statuses that a reservation can have, by the state of its job."""


def money_violation(job_id: int, state: JobState, status: str) -> Violation:
    """The violation of a reservation whose status ALLOWED_MONEY does not allow for that state."""
    if (state is JobState.OUTCOME_UNKNOWN) or (status == "unresolved" and state not in FINAL):
        invariant = Invariant.PARKED_IS_UNRESOLVED
    else:
        invariant = Invariant.FINAL_IS_CLOSED if state in FINAL else Invariant.OPEN_MONEY
    return Violation(invariant, Finding.OTHER_MONEY, job_id, {"state": state, "status": status})


PeriodKey = tuple[str, int | None]
"""A day or month such as `2026-05-31` or `2026-05`, and a server's id, or None for all servers together."""


def total_violations(sums: Mapping[PeriodKey, int], totals: Mapping[PeriodKey, int]) -> list[Violation]:
    """The periods whose running total is not the sum of their reservations. All amounts are micro-dollars."""
    return [
        Violation(
            Invariant.TOTALS_ADD_UP,
            Finding.OTHER_TOTAL,
            None,
            {
                "period": key[0],
                "guild_id": key[1],
                "sum_micros": sums.get(key, 0),
                "total_micros": totals.get(key, 0),
            },
        )
        for key in sorted(sums.keys() | totals.keys(), key=lambda key: (key[0], key[1] or 0))
        if sums.get(key, 0) != totals.get(key, 0)
    ]
