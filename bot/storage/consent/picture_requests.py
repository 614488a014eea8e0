"""Stores who wants to remix which picture of a message or which avatar, and what its author says."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.others_pictures import RequestState
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.rules.resolutions import parse_resolution
from bot.storage.engine.tables.privacy import picture_requests as requests

_POSTED_WITHIN = timedelta(minutes=5)
_MOST_FORMS = 5
"""Open forms of one member. Only the last one is on their screen."""


@dataclass(frozen=True, slots=True)
class OfferedPicture:
    """A picture as Discord described it. `id`: of the attachment, or an avatar's hash. `size`: bytes; 0: not known."""

    id: str
    url: str = field(repr=False)
    size: int = 0
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class NewPictureRequest:
    """`message_id` None: it is an avatar."""

    guild_id: int
    channel_id: int
    parent_channel_id: int | None
    message_id: int | None
    asker_id: int
    author_id: int
    of_bot: bool
    pictures: Sequence[OfferedPicture]


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """One row. `request`, `chosen` and `interaction_id` are there once the author is asked, until it is decided."""

    id: int
    state: RequestState
    guild_id: int
    channel_id: int
    parent_channel_id: int | None
    message_id: int | None
    asker_id: int
    author_id: int
    of_bot: bool
    pictures: Sequence[OfferedPicture]
    created_at: datetime
    ends_at: datetime
    interaction_id: int | None
    reply_token: str | None = field(repr=False)
    question_id: int | None
    request: RemixRequest | None = field(repr=False)
    chosen: OfferedPicture | None


def add(connection: Connection, new: NewPictureRequest, now: datetime, ends_at: datetime) -> int:
    """Record an open form. Forgets older ones of that member: each of them would be kept for a day."""
    values = asdict(new) | {"pictures": _write(new.pictures), "state": RequestState.FORM}
    insert = sa.insert(requests).values(**values, created_at=now, ends_at=ends_at)
    number: int = connection.execute(insert.returning(requests.c.id)).scalar_one()
    forms = (requests.c.asker_id == new.asker_id, requests.c.state == RequestState.FORM)
    newest = sa.select(requests.c.id).where(*forms).order_by(requests.c.id.desc()).limit(_MOST_FORMS)
    connection.execute(sa.delete(requests).where(*forms, requests.c.id.not_in(newest)))
    return number


def find(connection: Connection, request_id: int) -> PictureRequest | None:
    return next(iter(_read(connection, sa.select(requests).where(requests.c.id == request_id))), None)


def of_asker(connection: Connection, guild_id: int, asker_id: int, since: datetime) -> Sequence[PictureRequest]:
    this = (requests.c.guild_id == guild_id, requests.c.asker_id == asker_id, requests.c.created_at > since)
    return _read(connection, sa.select(requests).where(*this))


def count_questions_to(connection: Connection, guild_id: int, author_id: int, since: datetime) -> int:
    this = (requests.c.guild_id == guild_id, requests.c.author_id == author_id, requests.c.created_at > since)
    query = sa.select(sa.func.count()).select_from(requests).where(*this, requests.c.state != RequestState.FORM)
    return connection.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the asker wants to make of which picture, and by which interaction."""

    interaction_id: int
    reply_token: str = field(repr=False)
    picture: int
    request: RemixRequest = field(repr=False)


def ask(connection: Connection, request_id: int, asked: Asked, now: datetime, ends_at: datetime) -> bool:
    """False: it is no open form."""
    values = {
        "interaction_id": asked.interaction_id,
        "reply_token": asked.reply_token,
        "picture": asked.picture,
        "prompt": asked.request.prompt,
        "weight": asked.request.weight,
        "resolution": str(asked.request.resolution) if asked.request.resolution else None,
        "speed": asked.request.speed,
        "created_at": now,
        "ends_at": ends_at,
    }
    return _move(connection, request_id, RequestState.FORM, {**values, "state": RequestState.OPEN})


def set_question(connection: Connection, request_id: int, message_id: int) -> None:
    connection.execute(sa.update(requests).where(requests.c.id == request_id).values(question_id=message_id))


def try_decide(connection: Connection, request_id: int, state: RequestState) -> bool:
    """Decide an open question and forget what was to be made. False: it is decided, or it is over."""
    return _move(connection, request_id, RequestState.OPEN, {"state": state, **_FORGOTTEN})


_FORGOTTEN: dict[str, object] = {
    "prompt": None,
    "weight": None,
    "resolution": None,
    "speed": None,
    "reply_token": None,
}


def _move(connection: Connection, request_id: int, source: RequestState, values: dict[str, object]) -> bool:
    this = (requests.c.id == request_id, requests.c.state == source)
    return connection.execute(sa.update(requests).where(*this).values(values)).rowcount == 1


def decline_all_of(connection: Connection, author_id: int) -> Sequence[PictureRequest]:
    """Returns the questions to that person that were open."""
    open_ = _read(
        connection,
        sa.select(requests).where(requests.c.author_id == author_id, requests.c.state == RequestState.OPEN),
    )
    for each in open_:
        try_decide(connection, each.id, RequestState.DECLINED)
    return open_


def over(connection: Connection, now: datetime, limit: int) -> Sequence[PictureRequest]:
    """Open questions whose time is over, and those that a crash kept from being posted."""
    never_posted = sa.and_(requests.c.question_id.is_(None), requests.c.created_at <= now - _POSTED_WITHIN)
    this = (sa.or_(requests.c.ends_at <= now, never_posted), requests.c.state == RequestState.OPEN)
    return _read(connection, sa.select(requests).where(*this).order_by(requests.c.ends_at).limit(limit))


def delete_old(connection: Connection, now: datetime) -> None:
    """Delete forms and decided questions whose time is over."""
    connection.execute(sa.delete(requests).where(requests.c.ends_at <= now, requests.c.state != RequestState.OPEN))


def delete_of_person(connection: Connection, user_id: int) -> None:
    """What they asked, and what they were asked."""
    connection.execute(
        sa.delete(requests).where(sa.or_(requests.c.asker_id == user_id, requests.c.author_id == user_id))
    )


def _write(pictures: Sequence[OfferedPicture]) -> str:
    return json.dumps([asdict(picture) for picture in pictures])


def _read(connection: Connection, query: "sa.Select[Any]") -> Sequence[PictureRequest]:
    return [_request(dict(row)) for row in connection.execute(query).mappings()]


def _request(row: dict[str, Any]) -> PictureRequest:
    pictures = [OfferedPicture(**each) for each in json.loads(row.pop("pictures"))]
    number, prompt, speed = row.pop("picture"), row.pop("prompt"), row.pop("speed")
    weight, size = row.pop("weight"), row.pop("resolution")
    resolution = parse_resolution(size) if size else None
    return PictureRequest(
        **{**row, "state": RequestState(row["state"])},
        pictures=pictures,
        chosen=pictures[number] if number is not None else None,
        request=RemixRequest(prompt, weight, resolution, Speed(speed)) if prompt is not None else None,
    )
