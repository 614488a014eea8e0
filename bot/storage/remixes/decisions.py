"""Stores what the operator decided about parked jobs, and whether the author has been notified."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.parked_decisions import ParkedDecision
from bot.storage.engine.tables.remixes import DECISION_IS_UNNOTIFIED, decisions


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. A job has several if it was parked again."""

    id: int
    job_id: int
    decision: ParkedDecision


def add(connection: Connection, job_id: int, decision: ParkedDecision, by: int | None, now: datetime) -> None:
    """`by`: a Discord id; None if decided on the command line."""
    values = {"job_id": job_id, "decision": decision, "decided_at": now, "decided_by": by}
    connection.execute(sa.insert(decisions).values(values))


def find_unnotified(connection: Connection) -> Sequence[Decided]:
    """The decisions whose author has yet to be notified, oldest first."""
    columns = (decisions.c.id, decisions.c.job_id, decisions.c.decision)
    query = sa.select(*columns).where(DECISION_IS_UNNOTIFIED).order_by(decisions.c.id)
    return [Decided(row.id, row.job_id, ParkedDecision(row.decision)) for row in connection.execute(query)]


def mark_notified(connection: Connection, decision_id: int, now: datetime) -> None:
    connection.execute(sa.update(decisions).where(decisions.c.id == decision_id).values(notified_at=now))
