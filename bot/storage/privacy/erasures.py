"""Stores the requests to erase a person's or a server's data, and how far each has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.erasures import ErasureKind, ErasureStage
from bot.storage.engine.tables.privacy import ERASURE_IS_OPEN, erasures
from bot.storage.engine.tables.remixes import jobs


@dataclass(frozen=True, slots=True)
class Erasure:
    """One row of `erasures`."""

    id: int
    kind: ErasureKind
    subject_id: int
    asked_at: datetime
    last_job: int
    erased_up_to: int
    stage: ErasureStage
    due_at: datetime
    finished_at: datetime | None
    unreached: int


def ask(connection: Connection, kind: ErasureKind, subject_id: int, now: datetime) -> Erasure:
    """Record the request. One that is not finished starts again, and then covers the newest remixes too."""
    last: int = connection.scalar(sa.select(sa.func.max(jobs.c.id))) or 0
    values = {"last_job": last, "erased_up_to": 0, "stage": ErasureStage.ROWS, "due_at": now, "asked_at": now}
    this = (erasures.c.kind == kind, erasures.c.subject_id == subject_id, ERASURE_IS_OPEN)
    if connection.execute(sa.update(erasures).where(*this).values(values)).rowcount == 0:
        connection.execute(sa.insert(erasures).values(kind=kind, subject_id=subject_id, **values))
    (found,) = _read(connection, sa.select(erasures).where(*this))
    return found


def due(connection: Connection, now: datetime) -> Erasure | None:
    """The one that has waited longest."""
    query = sa.select(erasures).where(ERASURE_IS_OPEN, erasures.c.due_at <= now).order_by(erasures.c.due_at).limit(1)
    return next(iter(_read(connection, query)), None)


def next_due_at(connection: Connection) -> datetime | None:
    """None: no request is open."""
    due_at: datetime | None = connection.scalar(sa.select(sa.func.min(erasures.c.due_at)).where(ERASURE_IS_OPEN))
    return due_at


def newest(connection: Connection, kind: ErasureKind, subject_id: int) -> Erasure | None:
    """The last request of that subject, whether it is finished or not."""
    this = (erasures.c.kind == kind, erasures.c.subject_id == subject_id)
    query = sa.select(erasures).where(*this).order_by(erasures.c.id.desc()).limit(1)
    return next(iter(_read(connection, query)), None)


def change(connection: Connection, erasure: Erasure, values: Mapping[str, object]) -> None:
    """Does nothing if the person has asked again meanwhile, because then it begins again."""
    same = (erasures.c.id == erasure.id, erasures.c.asked_at == erasure.asked_at)
    connection.execute(sa.update(erasures).where(*same).values(values))


def _read(connection: Connection, query: "sa.Select[tuple[object, ...]]") -> Sequence[Erasure]:
    rows = connection.execute(query).mappings()
    return [Erasure(**{**row, "kind": ErasureKind(row["kind"]), "stage": ErasureStage(row["stage"])}) for row in rows]
