"""Keeps what was reported as illegal for the operator alone: pictures until they are sealed, then the sealed file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.reports import EvidenceAct, EvidenceEnd, ReportReason
from bot.storage.engine.tables.matters import MATTER_IS_OPEN, matters, reports
from bot.storage.engine.tables.remixes import jobs, results
from bot.storage.engine.tables.sealed import (
    EVIDENCE_IS_PENDING,
    evidence_events,
    sealed_evidence,
    unsealed_pictures,
)

SOURCE = -1
"""The position of the source, beside those of the results."""
BOT = "bot"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of `sealed_evidence`."""

    id: int
    server_id: int
    job_id: int
    author_id: int
    taken_at: datetime
    sealed: str | None
    until: datetime | None
    ended: EvidenceEnd | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    act: EvidenceAct
    by: str


def keep_if_illegal(connection: Connection, job_id: int, now: datetime) -> None:
    """Call it before the job's pictures are forgotten. Nothing happens unless it is reported as illegal."""
    kept = sa.select(sealed_evidence.c.id).where(sealed_evidence.c.job_id == job_id)
    if not is_reported(connection, job_id) or connection.execute(kept).first():
        return
    job = connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).one()
    row = {"server_id": job.guild_id, "job_id": job_id, "author_id": job.user_id, "taken_at": now}
    number = connection.execute(sa.insert(sealed_evidence).values(row).returning(sealed_evidence.c.id)).scalar_one()
    made = sa.select(results.c.position, results.c.hash).where(results.c.job_id == job_id, results.c.hash.is_not(None))
    pictures = [(each.position, each.hash) for each in connection.execute(made)]
    pictures += [(SOURCE, job.source_hash)] if job.source_hash is not None else []
    if pictures:
        rows = [{"evidence_id": number, "position": position, "hash": name} for position, name in pictures]
        connection.execute(sa.insert(unsealed_pictures), rows)
    note(connection, number, EvidenceAct.TAKEN, BOT, now)


def is_reported(connection: Connection, job_id: int) -> bool:
    """As illegal, itself or another one of its set: one card shows all of them."""
    set_id = connection.scalar(sa.select(jobs.c.set_id).where(jobs.c.id == job_id))
    ids = [job_id] if set_id is None else connection.scalars(sa.select(jobs.c.id).where(jobs.c.set_id == set_id)).all()
    illegal = (reports.c.job_id.in_(ids), reports.c.reason == ReportReason.ILLEGAL, MATTER_IS_OPEN)
    reported = sa.select(reports.c.id).join(matters, matters.c.id == reports.c.matter_id).where(*illegal)
    return connection.execute(reported).first() is not None


def is_pending(connection: Connection, job_id: int) -> bool:
    """Whether evidence of that job is still to be sealed."""
    query = sa.select(sealed_evidence.c.id).where(EVIDENCE_IS_PENDING, sealed_evidence.c.job_id == job_id)
    return connection.execute(query.limit(1)).first() is not None


def pending(connection: Connection) -> Sequence[Evidence]:
    query = sa.select(sealed_evidence).where(EVIDENCE_IS_PENDING).order_by(sealed_evidence.c.id).limit(10)
    return [_read(row) for row in connection.execute(query).mappings()]


def pictures_of(connection: Connection, evidence_id: int) -> Sequence[tuple[int, str]]:
    """Position and file of each picture that is not sealed yet."""
    query = sa.select(unsealed_pictures.c.position, unsealed_pictures.c.hash)
    rows = connection.execute(query.where(unsealed_pictures.c.evidence_id == evidence_id).order_by("position"))
    return [(row.position, row.hash) for row in rows]


def record_sealed(connection: Connection, evidence_id: int, sealed: str, until: datetime, now: datetime) -> None:
    connection.execute(sa.delete(unsealed_pictures).where(unsealed_pictures.c.evidence_id == evidence_id))
    values = {"sealed": sealed, "until": until}
    connection.execute(sa.update(sealed_evidence).where(sealed_evidence.c.id == evidence_id).values(values))
    note(connection, evidence_id, EvidenceAct.SEALED, BOT, now)


def end(connection: Connection, evidence_id: int, ended: EvidenceEnd, by: str, now: datetime) -> None:
    """Its file is named by nothing any more, so the caller or the sweep deletes it. The record stays."""
    connection.execute(sa.delete(unsealed_pictures).where(unsealed_pictures.c.evidence_id == evidence_id))
    values = {"sealed": None, "ended": ended, "ended_at": now}
    connection.execute(sa.update(sealed_evidence).where(sealed_evidence.c.id == evidence_id).values(values))
    note(connection, evidence_id, EvidenceAct(ended.value), by, now)


def over(connection: Connection, now: datetime) -> Sequence[Evidence]:
    """Whose time is over."""
    old = (sealed_evidence.c.sealed.is_not(None), sealed_evidence.c.until <= now)
    return [_read(row) for row in connection.execute(sa.select(sealed_evidence).where(*old)).mappings()]


def note(connection: Connection, evidence_id: int, act: EvidenceAct, by: str, now: datetime) -> None:
    row = {"evidence_id": evidence_id, "at": now, "act": act, "by": by}
    connection.execute(sa.insert(evidence_events).values(row))


def find(connection: Connection, evidence_id: int) -> Evidence | None:
    row = connection.execute(sa.select(sealed_evidence).where(sealed_evidence.c.id == evidence_id)).mappings().first()
    return _read(row) if row is not None else None


def read_all(connection: Connection) -> Sequence[tuple[Evidence, Sequence[Event]]]:
    """The newest first, with what was done with each."""
    found = connection.execute(sa.select(sealed_evidence).order_by(sealed_evidence.c.id.desc())).mappings().all()
    return [(_read(row), events_of(connection, row["id"])) for row in found]


def events_of(connection: Connection, evidence_id: int) -> Sequence[Event]:
    query = sa.select(evidence_events).where(evidence_events.c.evidence_id == evidence_id)
    return [Event(row.at, EvidenceAct(row.act), row.by) for row in connection.execute(query.order_by("id"))]


def _read(row: "sa.RowMapping") -> Evidence:
    return Evidence(**{**row, "ended": EvidenceEnd(row["ended"]) if row["ended"] is not None else None})
