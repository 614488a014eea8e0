"""Stores the fingerprints of pictures that are not allowed, and counts how often a list of them has changed."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import randbits

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.picture_memory import MOST_LISTED, KnownPicture, ListedBecause
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.listed_pictures import PRINTS_ARE_MISSING, listed_pictures, picture_versions

_VERSION_BITS = 40

EVERYWHERE = 0
"""In the place of a server: the operator's list."""


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture to list. `prints` None: they are made from the stored file, which stays until then."""

    hash: str
    because: ListedBecause
    job_id: int | None = None
    prints: bytes | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ListedPicture:
    """An entry of a list. `case_number`: the case that listed it.

    `has_prints` None: they have yet to be made. False: only the same file is found.
    """

    number: int
    guild_id: int
    hash: str
    because: ListedBecause
    listed_at: datetime
    case_number: int | None
    job_id: int | None
    note: str | None
    has_prints: bool | None


_OF_BOTH = sa.or_(picture_versions.c.guild_id == sa.bindparam("guild"), picture_versions.c.guild_id == EVERYWHERE)
_VERSION_OF_BOTH = PreparedStatement(
    # Each only grows, so their sum stays only if neither has changed.
    sa.select(sa.cast(sa.func.sum(picture_versions.c.version), sa.BigInteger)).where(_OF_BOTH)
)
_VERSION = PreparedStatement(
    sa.select(picture_versions.c.version).where(picture_versions.c.guild_id == sa.bindparam("guild"))
)


def version_of_both(connection: Connection, guild_id: int) -> int:
    """Of the server's list and the operator's. 0: there has never been an entry."""
    return _VERSION_OF_BOTH.scalar(connection, {"guild": guild_id}) or 0


def version(connection: Connection, guild_id: int) -> int:
    return _VERSION.scalar(connection, {"guild": guild_id}) or 0


def _count_change(connection: Connection, guild_id: int) -> None:
    counted = sa.update(picture_versions).where(picture_versions.c.guild_id == guild_id)
    if connection.execute(counted.values(version=picture_versions.c.version + 1)).rowcount == 0:
        # Not from 1: a server that was erased and comes back must not get a version that a process still has ready.
        connection.execute(sa.insert(picture_versions).values(guild_id=guild_id, version=1 + randbits(_VERSION_BITS)))


_ON = listed_pictures.c.is_off.is_(False)


def read_known(connection: Connection, guild_id: int) -> tuple[int, list[KnownPicture]]:
    """The version of that list, and what it has to be asked with."""
    columns = (listed_pictures.c.number, listed_pictures.c.hash, listed_pictures.c.prints)
    rows = connection.execute(sa.select(*columns).where(listed_pictures.c.guild_id == guild_id, _ON))
    known = [KnownPicture(row.number, row.hash, b64decode(row.prints or "")) for row in rows]
    return version(connection, guild_id), known


def add(
    connection: Connection, guild_id: int, new: Sequence[NewPicture], case_number: int | None, now: datetime
) -> Sequence[int]:
    """List them; one that was listed before is listed again. Returns their numbers.

    What was taken off makes room first, and then the oldest.
    """
    if not new:
        return ()
    numbers = [_add(connection, guild_id, each, case_number, now) for each in new]
    _make_room(connection, guild_id)
    _count_change(connection, guild_id)
    return numbers


def _add(connection: Connection, guild_id: int, new: NewPicture, case_number: int | None, now: datetime) -> int:
    here = (listed_pictures.c.guild_id == guild_id, listed_pictures.c.hash == new.hash)
    before = connection.execute(sa.select(listed_pictures.c.number, listed_pictures.c.prints).where(*here)).first()
    prints = None if new.prints is None else b64encode(new.prints).decode()
    values = {
        "because": new.because,
        "listed_at": now,
        "case_number": case_number,
        "job_id": new.job_id,
        "note": new.note,
        "is_off": False,
    }
    if before is not None:
        kept = {"prints": before.prints if prints is None else prints}
        connection.execute(sa.update(listed_pictures).where(*here).values({**values, **kept}))
        return int(before.number)
    inserted = sa.insert(listed_pictures).values(guild_id=guild_id, hash=new.hash, prints=prints, **values)
    return int(connection.execute(inserted.returning(listed_pictures.c.number)).scalar_one())


def _make_room(connection: Connection, guild_id: int) -> None:
    here = listed_pictures.c.guild_id == guild_id
    if (connection.scalar(sa.select(sa.func.count()).select_from(listed_pictures).where(here)) or 0) <= MOST_LISTED:
        return
    order = (listed_pictures.c.is_off, listed_pictures.c.listed_at.desc(), listed_pictures.c.number.desc())
    kept = sa.select(listed_pictures.c.number).where(here).order_by(*order).limit(MOST_LISTED)
    connection.execute(sa.delete(listed_pictures).where(here, listed_pictures.c.number.not_in(kept)))


def note_case(connection: Connection, guild_id: int, numbers: Sequence[int], case_number: int) -> None:
    """The case that listed them."""
    these = (listed_pictures.c.guild_id == guild_id, listed_pictures.c.number.in_(numbers))
    connection.execute(sa.update(listed_pictures).where(*these).values(case_number=case_number))


def take_off(
    connection: Connection, guild_id: int, numbers: Sequence[int], listed_until: datetime | None = None
) -> Sequence[int]:
    """Those that it took off the list. `listed_until`: none that was listed after that, perhaps again."""
    which = [listed_pictures.c.guild_id == guild_id, listed_pictures.c.number.in_(numbers), _ON]
    which += [listed_pictures.c.listed_at <= listed_until] if listed_until is not None else []
    return _switch(connection, guild_id, which, is_off=True)


def take_off_job(connection: Connection, guild_id: int, job_id: int) -> None:
    """Whatever is listed because of that remix."""
    which = [listed_pictures.c.guild_id == guild_id, listed_pictures.c.job_id == job_id, _ON]
    _switch(connection, guild_id, which, is_off=True)


def put_back(connection: Connection, guild_id: int, numbers: Sequence[int]) -> Sequence[int]:
    """List again what was taken off. Those of them that are still known."""
    which = [listed_pictures.c.guild_id == guild_id, listed_pictures.c.number.in_(numbers), ~_ON]
    return _switch(connection, guild_id, which, is_off=False)


def _switch(
    connection: Connection, guild_id: int, which: Sequence[sa.ColumnElement[bool]], *, is_off: bool
) -> Sequence[int]:
    numbers = list(connection.scalars(sa.select(listed_pictures.c.number).where(*which)))
    if numbers:
        these = listed_pictures.c.number.in_(numbers)
        connection.execute(sa.update(listed_pictures).where(these).values(is_off=is_off))
        _count_change(connection, guild_id)
    return numbers


def find(connection: Connection, guild_id: int, number: int) -> ListedPicture | None:
    """Only what is on the list."""
    here = (listed_pictures.c.guild_id == guild_id, listed_pictures.c.number == number, _ON)
    row = connection.execute(sa.select(listed_pictures).where(*here)).mappings().first()
    return _read(row) if row is not None else None


def find_all(connection: Connection, guild_id: int, numbers: Sequence[int]) -> Sequence[ListedPicture]:
    """Those of them that are on the list, in this order."""
    found = [find(connection, guild_id, number) for number in numbers]
    return [each for each in found if each is not None]


def listed_by(connection: Connection, guild_id: int, case_number: int) -> Sequence[int]:
    """The numbers of what that case listed and is on the list."""
    of_case = (listed_pictures.c.guild_id == guild_id, listed_pictures.c.case_number == case_number, _ON)
    return list(connection.scalars(sa.select(listed_pictures.c.number).where(*of_case)))


def newest(connection: Connection, guild_id: int, limit: int) -> Sequence[ListedPicture]:
    """Up to `limit` entries, the newest first."""
    here = sa.select(listed_pictures).where(listed_pictures.c.guild_id == guild_id, _ON)
    ordered = here.order_by(listed_pictures.c.listed_at.desc(), listed_pictures.c.number.desc())
    return [_read(row) for row in connection.execute(ordered.limit(limit)).mappings()]


def count(connection: Connection, guild_id: int) -> int:
    query = sa.select(sa.func.count()).select_from(listed_pictures).where(listed_pictures.c.guild_id == guild_id, _ON)
    return connection.scalar(query) or 0


_WITHOUT_PRINTS = PreparedStatement(
    sa.select(listed_pictures.c.hash)
    .distinct()
    .where(PRINTS_ARE_MISSING, listed_pictures.c.hash > sa.bindparam("after"))
    .order_by(listed_pictures.c.hash)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


def without_prints(connection: Connection, limit: int, after: str = "") -> Sequence[str]:
    """Up to `limit` files behind that one whose fingerprints have yet to be made, in all lists."""
    return [row.hash for row in _WITHOUT_PRINTS.rows(connection, {"after": after, "limit": limit})]


def write_prints(connection: Connection, hash_: str, prints: bytes) -> None:
    """Of that file, in all lists that wait for them."""
    missing = (listed_pictures.c.hash == hash_, PRINTS_ARE_MISSING)
    lists = list(connection.scalars(sa.select(listed_pictures.c.guild_id).where(*missing)))
    values = {"prints": b64encode(prints).decode()}
    connection.execute(sa.update(listed_pictures).where(*missing).values(values))
    for guild_id in lists:
        _count_change(connection, guild_id)


def forget_jobs(connection: Connection, job_ids: Sequence[int]) -> None:
    """Nothing leads from an entry to those remixes any more. The entries stay."""
    connection.execute(sa.update(listed_pictures).where(listed_pictures.c.job_id.in_(job_ids)).values(job_id=None))


def _read(row: "Mapping[str, object] | sa.RowMapping") -> ListedPicture:
    prints = row["prints"]
    fields = {name: row[name] for name in ListedPicture.__dataclass_fields__ if name != "has_prints"}
    has_prints = None if prints is None else bool(prints)
    return ListedPicture(**{**fields, "because": ListedBecause(str(row["because"])), "has_prints": has_prints})  # type: ignore[arg-type]  # a row of the table
