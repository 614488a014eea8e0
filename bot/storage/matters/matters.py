"""Records what waits for a moderator's decision, who has claimed it, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import BY_RULE
from bot.rules.log_kinds import LogKind
from bot.rules.matters import CLAIM, MatterKind
from bot.rules.pages import Cursor
from bot.storage.engine.tables.matters import MATTER_IS_OPEN, matters
from bot.storage.server_log import log_entries


@dataclass(frozen=True, slots=True)
class Matter:
    """One row of `matters`.

    `subject`: the number of what it is about, as its kind counts. `about_id`: the person whose matter it is.
    `outcome`: a code of its kind. `drawings` changes whenever its card has to be drawn again.
    """

    id: int
    guild_id: int
    kind: MatterKind
    subject: int
    job_id: int | None
    about_id: int | None
    admins_only: bool
    opened_at: datetime
    claimed_by: int | None
    claimed_at: datetime | None
    closed_at: datetime | None
    closed_by: int | None
    outcome: str | None
    case_number: int | None
    drawings: int

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def claimed_until(self) -> datetime | None:
        return self.claimed_at + CLAIM if self.claimed_at is not None else None

    def claimant(self, now: datetime) -> int | None:
        """The moderator who has claimed it. None: nobody, or their time is over."""
        until = self.claimed_until
        return self.claimed_by if until is not None and until > now else None


def read_matter(row: "sa.RowMapping") -> Matter:
    values: dict[str, Any] = {name: row[name] for name in Matter.__dataclass_fields__}
    return Matter(**{**values, "kind": MatterKind(row["kind"])})


def open_matter(
    connection: Connection,
    guild_id: int,
    kind: MatterKind,
    subject: int,
    now: datetime,
    *,
    job_id: int | None = None,
    about_id: int | None = None,
    admins_only: bool = False,
) -> Matter:
    """Open it, with a card in the log channel. If it is open already, that one is returned, to be drawn again."""
    found = find_open(connection, kind, subject)
    if found is not None:
        mark_changed(connection, found.id, now)
        return get(connection, found.id)
    about = {"job_id": job_id, "about_id": about_id, "admins_only": admins_only}
    row = {"guild_id": guild_id, "kind": kind, "subject": subject, "opened_at": now, **about}
    number: int = connection.execute(sa.insert(matters).values(row).returning(matters.c.id)).scalar_one()
    log_entries.add(connection, guild_id, LogKind.MATTER, now, subject=number)
    return get(connection, number)


def find(connection: Connection, matter_id: int) -> Matter | None:
    row = connection.execute(sa.select(matters).where(matters.c.id == matter_id)).mappings().first()
    return read_matter(row) if row is not None else None


def get(connection: Connection, matter_id: int) -> Matter:
    found = find(connection, matter_id)
    if found is None:
        raise LookupError(f"there is no matter {matter_id}")
    return found


def find_open(connection: Connection, kind: MatterKind, subject: int) -> Matter | None:
    same = (MATTER_IS_OPEN, matters.c.kind == kind, matters.c.subject == subject)
    row = connection.execute(sa.select(matters).where(*same)).mappings().first()
    return read_matter(row) if row is not None else None


def open_in_server(connection: Connection, guild_id: int, limit: int, cursor: Cursor | None) -> Sequence[Matter]:
    """Oldest first, beginning at the cursor."""
    query = sa.select(matters).where(matters.c.guild_id == guild_id, MATTER_IS_OPEN)
    if cursor is not None:
        query = query.where(matters.c.id < cursor.number if cursor.back else matters.c.id > cursor.number)
    order = matters.c.id.desc() if cursor is not None and cursor.back else matters.c.id.asc()
    return [read_matter(row) for row in connection.execute(query.order_by(order).limit(limit)).mappings()]


def all_open_in_server(connection: Connection, guild_id: int) -> Sequence[Matter]:
    query = sa.select(matters).where(matters.c.guild_id == guild_id, MATTER_IS_OPEN).order_by(matters.c.id)
    return [read_matter(row) for row in connection.execute(query).mappings()]


def servers_with_open(connection: Connection) -> Mapping[int, int]:
    """Each with a person whom some matter there is about; 0 if it is about none."""
    about = sa.func.coalesce(sa.func.max(matters.c.about_id), 0).label("about")
    query = sa.select(matters.c.guild_id, about).where(MATTER_IS_OPEN).group_by(matters.c.guild_id)
    return {row.guild_id: row.about for row in connection.execute(query)}


def mark_changed_of_job(connection: Connection, job_id: int, now: datetime) -> None:
    """The cards of all open matters that concern that remix have to be drawn again."""
    of_job = (matters.c.job_id == job_id, MATTER_IS_OPEN)
    connection.execute(sa.update(matters).where(*of_job).values(outdated(now)))


def count_open(connection: Connection, guild_id: int) -> int:
    query = sa.select(sa.func.count()).select_from(matters).where(matters.c.guild_id == guild_id, MATTER_IS_OPEN)
    return connection.scalar(query) or 0


def restrict_to_admins(connection: Connection, matter_id: int, now: datetime) -> None:
    """From now on other moderators neither read nor decide it."""
    connection.execute(sa.update(matters).where(matters.c.id == matter_id).values(admins_only=True))
    mark_changed(connection, matter_id, now)


def claim(connection: Connection, matter_id: int, user_id: int | None, now: datetime) -> None:
    """None: nobody has claimed it any more."""
    values = {"claimed_by": user_id, "claimed_at": now if user_id is not None else None}
    connection.execute(sa.update(matters).where(matters.c.id == matter_id).values(values))
    mark_changed(connection, matter_id, now)


def close(
    connection: Connection, matter_id: int, now: datetime, *, by: int, outcome: str, case_number: int | None = None
) -> bool:
    """`by`: the moderator, or cases.BY_RULE. False: it was closed before, and stays as it is."""
    values = {"closed_at": now, "closed_by": by, "outcome": outcome, "case_number": case_number}
    is_open = (matters.c.id == matter_id, MATTER_IS_OPEN)
    if connection.execute(sa.update(matters).where(*is_open).values(values)).rowcount == 0:
        return False
    mark_changed(connection, matter_id, now)
    return True


def close_undecided(connection: Connection, kind: MatterKind, subject: int, now: datetime, outcome: str) -> None:
    """Close what is open about it, if there is anything, without a moderator."""
    matter = find_open(connection, kind, subject)
    if matter is not None:
        close(connection, matter.id, now, by=BY_RULE, outcome=outcome)


def mark_changed(connection: Connection, matter_id: int, now: datetime) -> None:
    """Its card has to be drawn again."""
    connection.execute(sa.update(matters).where(matters.c.id == matter_id).values(outdated(now)))


def outdated(now: datetime) -> Mapping[str, Any]:
    """The values of a matter whose card has to be drawn again."""
    return {"redraw_at": now, "redraw_attempts": 0, "drawings": matters.c.drawings + 1}


def closed_before(connection: Connection, before: datetime, limit: int) -> Sequence[int]:
    """The numbers of some that were closed before then, those that are closed longest first."""
    old = sa.select(matters.c.id).where(matters.c.closed_at < before).order_by(matters.c.closed_at).limit(limit)
    return list(connection.scalars(old))


def forget(connection: Connection, matter_ids: Sequence[int]) -> None:
    connection.execute(sa.delete(matters).where(matters.c.id.in_(matter_ids)))
