"""The lines that `remix-bot audit` prints."""

from collections.abc import Mapping

from bot.rules.audit import Finding, Violation
from bot.rules.prices import dollars

_SENTENCES: Mapping[Finding, str] = {
    Finding.NO_RESERVATION: "the job has no reservation",
    Finding.NO_JOB: "the reservation has no job",
    Finding.OTHER_SUM: "the entries sum to {entries_micros}, the reservation counts {reservation_micros}",
    Finding.OTHER_TOTAL: "{period}: the reservations count {sum_micros}, the running total is {total_micros}",
    Finding.OVER_BUDGET: "{period}: {counted_micros} counted when it was accepted, of {ceiling_micros}",
    Finding.OTHER_MONEY: "the job is {state}, its money is {status}",
    Finding.OTHER_CALLS: (
        "{begun} calls, {answered} answered with {images} images, {asked_again} asked again;"
        " {status}: {settled_micros} settled, {reserved_micros} reserved, {unsure_micros} of it unsure"
    ),
    Finding.ILLEGAL_MOVE: "after {before} came a move from {source} to {target}",
    Finding.OTHER_LAST_EVENT: "the job is {state}, its last event says {last}",
    Finding.OLD_LINK: "image {position} has a link, the job is {state}",
    Finding.OLD_LEASE: "the job has a lease, although it is {state}",
}


def violation_line(violation: Violation) -> str:
    """`job 3  paid-calls  ...`, or `totals  totals-add-up  ...` for a period."""
    subject = "totals" if violation.job_id is None else f"job {violation.job_id}"
    figures = {name: _written(name, value) for name, value in violation.figures.items()}
    if (guild_id := violation.figures.get("guild_id")) is not None:
        figures["period"] += f" of server {guild_id}"
    return f"{subject}  {violation.invariant}  {_SENTENCES[violation.finding].format(**figures)}"


def _written(name: str, value: str | int | None) -> str:
    if value is None:
        return "nothing"
    return dollars(int(value)) if name.endswith("_micros") else str(value)
