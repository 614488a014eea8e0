"""Keeps what members typed for remixes that were refused or failed, one of each kind per member and server."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.remix_request import RawOptions
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.drafts import drafts
from bot.storage.engine.tables.remixes import UtcTime, unneeded_pictures

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_OPTIONS = {option.name for option in fields(RawOptions)}


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment that was not read. `url` is signed: anyone can fetch the picture with it."""

    url: str = field(repr=False)
    bytes: int


@dataclass(frozen=True, slots=True)
class GoesOn:
    """The earlier remix that it goes on from: a use case's `Start` without its inputs."""

    origin: Origin
    job_id: int
    message_id: int | None = None
    is_private: bool = False
    channel_id: int | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class NewDraft:
    """What was typed for a remix that was refused, and the picture: `attached`, or from an earlier remix.

    `options` None: the same as in that earlier remix. `cheaper_speed`: the one that the refusal by a budget named.
    """

    options: RawOptions | None = field(repr=False)
    picture: Attached | GoesOn
    spoiler: bool = False
    cheaper_speed: Speed | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft of a refused remix."""

    id: int
    new: NewDraft


def save(connection: Connection, guild_id: int, user_id: int, new: NewDraft, until: datetime) -> int:
    """Keep it in the place of the member's earlier one. Returns its number."""
    _delete(connection, drafts.c.guild_id == guild_id, drafts.c.user_id == user_id, drafts.c.is_failed.is_(False))
    values: dict[str, object] = {
        "guild_id": guild_id,
        "user_id": user_id,
        "is_failed": False,
        "until": until,
        "options": json.dumps(asdict(new.options)) if new.options else None,
        "spoiler": new.spoiler,
        "cheaper_speed": new.cheaper_speed,
    }
    # Not `asdict`: the fields of both are columns.
    values |= {each.name: getattr(new.picture, each.name) for each in fields(new.picture)}
    draft_id: int = connection.execute(sa.insert(drafts).values(values).returning(drafts.c.id)).scalar_one()
    return draft_id


def find(connection: Connection, draft_id: int, guild_id: int, user_id: int, now: datetime) -> Draft | None:
    """That draft, if it is the member's in this server and its time is not over."""
    theirs = (drafts.c.id == draft_id, drafts.c.guild_id == guild_id, drafts.c.user_id == user_id)
    query = sa.select(drafts).where(*theirs, drafts.c.until > now, drafts.c.is_failed.is_(False))
    row = connection.execute(query).first()
    if row is None:
        return None
    picture: Attached | GoesOn
    if row.job_id is None:
        picture = Attached(row.url, row.bytes)
    else:
        picture = GoesOn(Origin(row.origin), row.job_id, row.message_id, row.is_private, row.channel_id, row.position)
    cheaper = Speed(row.cheaper_speed) if row.cheaper_speed else None
    return Draft(row.id, NewDraft(_options(row.options), picture, row.spoiler, cheaper))


def _options(stored: str | None) -> RawOptions | None:
    if stored is None:
        return None
    # A version before or after this one may have other options.
    return RawOptions(**{name: value for name, value in json.loads(stored).items() if name in _OPTIONS})


def forget(connection: Connection, draft_id: int) -> None:
    """It has become a remix."""
    _delete(connection, drafts.c.id == draft_id)


def keep_source(
    connection: Connection, job_id: int, guild_id: int, user_id: int, source_hash: str, until: datetime
) -> None:
    """Keep the source of a job that failed, in the place of the one that failed before."""
    _delete(connection, drafts.c.guild_id == guild_id, drafts.c.user_id == user_id, drafts.c.is_failed)
    values = {"guild_id": guild_id, "user_id": user_id, "is_failed": True, "until": until}
    connection.execute(sa.insert(drafts).values(**values, job_id=job_id, source_hash=source_hash))


_KEPT = PreparedStatement(
    sa.select(drafts.c.source_hash).where(drafts.c.job_id == sa.bindparam("job"), drafts.c.is_failed)
)


def kept_source(connection: Connection, job_id: int) -> str | None:
    """The source of a job that failed a short time ago, until housekeeping deletes the draft."""
    kept: str | None = _KEPT.scalar(connection, {"job": job_id})
    return kept


def forget_old(connection: Connection, now: datetime) -> int:
    """Delete those whose time is over. Returns how many."""
    return _delete(connection, drafts.c.until <= now)


def forget_of_jobs(connection: Connection, job_ids: Sequence[int]) -> list[str]:
    """Delete all that go on from these jobs, or were these. Returns the names of the pictures that they kept."""
    of_jobs = drafts.c.job_id.in_(job_ids)
    named = sa.select(drafts.c.source_hash).where(of_jobs, drafts.c.source_hash.is_not(None))
    pictures = [name for name in connection.scalars(named) if name is not None]
    _delete(connection, of_jobs)
    return pictures


def forget_of_person(connection: Connection, user_id: int) -> None:
    _delete(connection, drafts.c.user_id == user_id)


def _delete(connection: Connection, *which: sa.ColumnElement[bool]) -> int:
    # If nothing else names their pictures, the files are deleted in the next round of housekeeping.
    listed = sa.exists().where(unneeded_pictures.c.hash == drafts.c.source_hash)
    since = sa.literal(_LONG_AGO, type_=UtcTime)
    kept = sa.select(drafts.c.source_hash, since).where(*which, drafts.c.source_hash.is_not(None), ~listed).distinct()
    connection.execute(sa.insert(unneeded_pictures).from_select(["hash", "since"], kept))
    return connection.execute(sa.delete(drafts).where(*which)).rowcount
