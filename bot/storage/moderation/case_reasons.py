"""Changes the reason of a case and keeps the earlier text: a case's record is only added to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.log_kinds import LogKind
from bot.storage.engine.tables.moderation import case_reasons, cases
from bot.storage.server_log import log_entries


@dataclass(frozen=True, slots=True)
class EarlierReason:
    """What a case said until `replaced_by` changed it. `reason` None: it gave none."""

    id: int
    guild_id: int
    number: int
    reason: str | None
    replaced_at: datetime
    replaced_by: int


def change(connection: Connection, guild_id: int, number: int, reason: str, by: int, now: datetime) -> bool:
    """Also queues an entry for the log channel. False: there is no such case, or it says so already."""
    where = (cases.c.guild_id == guild_id, cases.c.number == number)
    before = connection.execute(sa.select(cases.c.reason).where(*where)).first()
    if before is None or before.reason == reason:
        return False
    values = {"guild_id": guild_id, "number": number, "reason": before.reason, "replaced_at": now, "replaced_by": by}
    number_of_row = connection.scalar(sa.insert(case_reasons).values(values).returning(case_reasons.c.id))
    connection.execute(sa.update(cases).where(*where).values(reason=reason, edited_at=now, edited_by=by))
    log_entries.add(connection, guild_id, LogKind.REASON, now, subject=number_of_row)
    return True


def earlier(connection: Connection, guild_id: int, number: int) -> Sequence[EarlierReason]:
    """The newest first."""
    where = (case_reasons.c.guild_id == guild_id, case_reasons.c.number == number)
    query = sa.select(case_reasons).where(*where).order_by(case_reasons.c.id.desc())
    return [EarlierReason(**row) for row in connection.execute(query).mappings()]


def find(connection: Connection, reason_id: int) -> EarlierReason | None:
    row = connection.execute(sa.select(case_reasons).where(case_reasons.c.id == reason_id)).mappings().first()
    return EarlierReason(**row) if row else None


def replaced_with(connection: Connection, before: EarlierReason) -> str | None:
    """The text that came after that one."""
    later = (*_of(before), case_reasons.c.id > before.id)
    following = sa.select(case_reasons.c.reason).where(*later).order_by(case_reasons.c.id).limit(1)
    where = (cases.c.guild_id == before.guild_id, cases.c.number == before.number)
    text: str | None = connection.scalar(following) or connection.scalar(sa.select(cases.c.reason).where(*where))
    return text


def _of(before: EarlierReason) -> tuple[sa.ColumnElement[bool], ...]:
    return (case_reasons.c.guild_id == before.guild_id, case_reasons.c.number == before.number)
