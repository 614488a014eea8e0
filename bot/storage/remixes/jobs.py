"""Jobs in the database: add, find, move. Every move is guarded and appends to `job_events`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.failures import FailureKind
from bot.rules.generations import Generation, IdeogramApi
from bot.rules.job_states import FINAL, WAITING, JobState, is_legal
from bot.rules.log_kinds import LogKind
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.rules.resolutions import parse_resolution
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables import IS_OPEN, IS_WAITING, job_events, jobs, queue
from bot.storage.server_log import log_entries

_NO_CHANGES: Mapping[str, object] = MappingProxyType({})
_LOGGED = {JobState.DELIVERED: LogKind.REMIX, JobState.FAILED: LogKind.FAILURE}

_IS_IT = jobs.c.id == sa.bindparam("job")
_IS_HELD = jobs.c.lease == sa.bindparam("held_under")
_FIND = PreparedStatement(sa.select(jobs).where(_IS_IT))
_FIND_BY_INTERACTION = PreparedStatement(sa.select(jobs).where(jobs.c.interaction_id == sa.bindparam("interaction")))
_SERVER_OF = PreparedStatement(sa.select(jobs.c.guild_id).where(_IS_IT))
_ADD = PreparedStatement(sa.insert(jobs).returning(jobs.c.id))
_LAST_TURN = PreparedStatement(sa.select(sa.func.max(jobs.c.turn)).where(jobs.c.user_id == sa.bindparam("user")))
_SERVING_TURN = PreparedStatement(sa.select(queue.c.serving_turn))
_APPEND_EVENT = PreparedStatement(sa.insert(job_events))
_MOVE = PreparedStatement(sa.update(jobs).where(_IS_IT, jobs.c.state == sa.bindparam("source")))
_MOVE_HELD = PreparedStatement(sa.update(jobs).where(_IS_IT, jobs.c.state == sa.bindparam("source"), _IS_HELD))
_MARK_SUBMITTED = PreparedStatement(sa.update(jobs).where(_IS_IT, jobs.c.state == JobState.GENERATING, _IS_HELD))
_FORGET_REPLY_TOKEN = PreparedStatement(
    sa.update(jobs).where(_IS_IT, *(jobs.c.state != waiting for waiting in sorted(WAITING))).values(reply_token=None)
)
_MARK_POSTING = PreparedStatement(
    sa.update(jobs)
    .where(_IS_IT, jobs.c.state == JobState.GENERATED, _IS_HELD)
    .values(posting_at=sa.func.coalesce(jobs.c.posting_at, sa.bindparam("now", type_=jobs.c.posting_at.type)))
)


class StaleMoveError(Exception):
    """The job is not in the state, or not in the hands, that the mover took for granted. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is known of a job when it is accepted."""

    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    reply_token: str = field(repr=False)
    request: RemixRequest
    spoiler: bool
    source_hash: str
    source_format: str
    queue_until: datetime
    again_of: int | None = None
    parent_channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One row of `jobs`."""

    id: int
    interaction_id: int
    guild_id: int
    channel_id: int
    parent_channel_id: int | None
    user_id: int
    reply_token: str | None = field(repr=False)
    state: JobState
    turn: int
    prompt: str = field(repr=False)
    weight: int | None
    resolution: str | None
    speed: Speed
    copyright_check: bool
    spoiler: bool
    source_hash: str | None
    source_format: str
    again_of: int | None
    accepted_at: datetime
    due_at: datetime | None
    queue_until: datetime
    attempts: int
    lease: str | None
    generating_at: datetime | None
    generated_at: datetime | None
    posting_at: datetime | None
    finished_at: datetime | None
    failure_kind: FailureKind | None
    hidden: bool
    removed_at: datetime | None
    generation_api: IdeogramApi | None = None
    generation_id: str | None = None
    submitted_at: datetime | None = None

    @property
    def generation(self) -> Generation | None:
        """What can be collected at the provider."""
        if self.generation_api is None or self.generation_id is None:
            return None
        return Generation(self.generation_api, self.generation_id)

    @property
    def channel_ids(self) -> frozenset[int]:
        """Its channel, and of a thread also the one it is in."""
        return frozenset({self.channel_id, self.parent_channel_id or self.channel_id})

    @property
    def covered(self) -> bool:
        """Whether its pictures are behind a spoiler: as its author asked, or as a moderator wants it."""
        return self.spoiler or self.hidden

    @property
    def request(self) -> RemixRequest:
        resolution = parse_resolution(self.resolution) if self.resolution else None
        return RemixRequest(self.prompt, self.weight, resolution, self.speed, self.copyright_check)


def select_jobs(connection: Connection, query: sa.Select[Any]) -> list[Job]:
    """The rows of a query over all columns of `jobs`."""
    return [_job(dict(row)) for row in connection.execute(query).mappings()]


def prepared_jobs(connection: Connection, query: PreparedStatement, values: Mapping[str, object]) -> list[Job]:
    """As `select_jobs`."""
    return [_job(row._asdict()) for row in query.rows(connection, values)]


def _prepared_job(connection: Connection, query: PreparedStatement, values: Mapping[str, object]) -> Job | None:
    row = query.first(connection, values)
    return _job(row._asdict()) if row else None


def _job(values: dict[str, Any]) -> Job:
    kind, api = values["failure_kind"], values["generation_api"]
    values.update(
        state=JobState(values["state"]),
        speed=Speed(values["speed"]),
        failure_kind=FailureKind(kind) if kind else None,
        generation_api=IdeogramApi(api) if api else None,
    )
    return Job(**values)


def find(connection: Connection, job_id: int) -> Job | None:
    return _prepared_job(connection, _FIND, {"job": job_id})


def get(connection: Connection, job_id: int) -> Job:
    """The job; KeyError if there is none."""
    job = find(connection, job_id)
    if job is None:
        raise KeyError(job_id)
    return job


def find_by_interaction(connection: Connection, interaction_id: int) -> Job | None:
    return _prepared_job(connection, _FIND_BY_INTERACTION, {"interaction": interaction_id})


def find_active_repeat(connection: Connection, user_id: int, again_of: int) -> Job | None:
    """The person's repetition of that job that still waits or is being made."""
    query = sa.select(jobs).where(jobs.c.user_id == user_id, jobs.c.again_of == again_of, IS_WAITING)
    return next(iter(select_jobs(connection, query.limit(1))), None)


def add(connection: Connection, new: NewJob, now: datetime) -> Job:
    """Queue a job. Its turn is one after the person's last, and never before the turn now being served."""
    request = new.request
    values = {
        "interaction_id": new.interaction_id,
        "guild_id": new.guild_id,
        "channel_id": new.channel_id,
        "parent_channel_id": new.parent_channel_id,
        "user_id": new.user_id,
        "reply_token": new.reply_token,
        "state": JobState.QUEUED,
        "turn": _next_turn(connection, new.user_id),
        "prompt": request.prompt,
        "weight": request.weight,
        "resolution": str(request.resolution) if request.resolution else None,
        "speed": request.speed,
        "copyright_check": request.copyright_check,
        "spoiler": new.spoiler,
        "source_hash": new.source_hash,
        "source_format": new.source_format,
        "again_of": new.again_of,
        "accepted_at": now,
        "due_at": now,
        "queue_until": new.queue_until,
    }
    job_id: int = _ADD.scalar(connection, values)
    _append_event(connection, job_id, None, JobState.QUEUED, "accepted", now)
    return get(connection, job_id)


def _next_turn(connection: Connection, user_id: int) -> int:
    last = _LAST_TURN.scalar(connection, {"user": user_id})
    serving = _SERVING_TURN.scalar(connection)
    return max((last or 0) + 1, serving or 0)


def _append_event(
    connection: Connection, job_id: int, source: JobState | None, target: JobState, cause: str, now: datetime
) -> None:
    values = {"job_id": job_id, "at": now, "from_state": source, "to_state": target, "cause": cause}
    _APPEND_EVENT.change(connection, values)


def try_move(
    connection: Connection,
    job_id: int,
    move: tuple[JobState, JobState],
    *,
    cause: str,
    now: datetime,
    lease: str | None = None,
    changes: Mapping[str, object] = _NO_CHANGES,
) -> bool:
    """Move a job from the one state to the other, if it is there and, where a holder is named, in those hands.

    A job that moves on is in nobody's hands, and its attempts count anew, unless `changes` says otherwise. Parked it
    keeps its generation for the operator's eyes; any other move lets go of it, so that none is collected twice.
    """
    source, target = move
    if not is_legal(source, target):
        raise ValueError(f"no job moves from {source} to {target}")
    values: dict[str, object] = {"state": target, "lease": None, "due_at": None, "attempts": 0}
    if target in FINAL:
        values["finished_at"] = now
    if target is not JobState.OUTCOME_UNKNOWN:
        values.update(generation_api=None, generation_id=None, submitted_at=None)
    guarded, holder = (_MOVE, {}) if lease is None else (_MOVE_HELD, {"held_under": lease})
    moved = guarded.change(connection, {**values, **changes, "job": job_id, "source": source, **holder}) == 1
    if moved:
        _append_event(connection, job_id, source, target, cause, now)
        if target in _LOGGED:
            log_entries.add_job(connection, job_id, _LOGGED[target], now)
    return moved


def move(
    connection: Connection,
    job_id: int,
    move: tuple[JobState, JobState],
    *,
    cause: str,
    now: datetime,
    lease: str | None = None,
    changes: Mapping[str, object] = _NO_CHANGES,
) -> None:
    """As `try_move`, but raises StaleMoveError where no row moved."""
    if not try_move(connection, job_id, move, cause=cause, now=now, lease=lease, changes=changes):
        raise StaleMoveError(f"job {job_id} did not move from {move[0]} to {move[1]} ({cause})")


def fail(connection: Connection, job: Job, kind: FailureKind, now: datetime) -> None:
    """End a job without a result, from the state it was read in. Money and cooldown are the caller's."""
    move(connection, job.id, (job.state, JobState.FAILED), cause=kind, now=now, changes={"failure_kind": kind})


def record_event(connection: Connection, job: Job, cause: str, now: datetime) -> None:
    """Write down something that happened to a job without moving it."""
    _append_event(connection, job.id, job.state, job.state, cause, now)


def mark_submitted(connection: Connection, job_id: int, lease: str, generation: Generation, now: datetime) -> None:
    """Write down what is to be collected from now on. Raises StaleMoveError if the job is not in those hands."""
    values = {"generation_api": generation.api, "generation_id": generation.id, "submitted_at": now}
    if _MARK_SUBMITTED.change(connection, {"job": job_id, "held_under": lease, **values}) != 1:
        raise StaleMoveError(f"job {job_id} is not ours to be made")
    _append_event(connection, job_id, JobState.GENERATING, JobState.GENERATING, "submitted", now)


def mark_posting(connection: Connection, job_id: int, lease: str, now: datetime) -> None:
    """Write down that a post may leave from now on. Raises StaleMoveError if the job is not in those hands."""
    if _MARK_POSTING.change(connection, {"job": job_id, "held_under": lease, "now": now}) != 1:
        raise StaleMoveError(f"job {job_id} is not ours to post")


def forget_reply_token(connection: Connection, job_id: int) -> None:
    """Unless the job is on its way again by now."""
    _FORGET_REPLY_TOKEN.change(connection, {"job": job_id})


def requeue(
    connection: Connection, job: Job, cause: str, *, due_at: datetime, queue_until: datetime, now: datetime
) -> None:
    """From unknown back to the queue, with a new age limit. A bad end is told even where the private reply is over."""
    values = {"due_at": due_at, "queue_until": queue_until, "generating_at": None, "reply_token": job.reply_token or ""}
    again = (JobState.OUTCOME_UNKNOWN, JobState.QUEUED)
    move(connection, job.id, again, cause=cause, now=now, changes=values)


def find_unnotified(connection: Connection, reachable_since: datetime) -> Sequence[int]:
    """Ids of the jobs whose person may know less than is true: their reply can be edited, or they ended badly."""
    ended_badly = jobs.c.state.in_((JobState.FAILED, JobState.OUTCOME_UNKNOWN))
    worth_it = sa.or_(jobs.c.accepted_at >= reachable_since, ended_badly)
    return sorted(connection.scalars(sa.select(jobs.c.id).where(jobs.c.reply_token.is_not(None), worth_it)))


def servers_of(connection: Connection, job_ids: Iterable[int]) -> set[int]:
    """The servers that these jobs belong to."""
    return {guild_id for job_id in job_ids if (guild_id := _server_of(connection, job_id)) is not None}


def _server_of(connection: Connection, job_id: int) -> int | None:
    guild_id: int | None = _SERVER_OF.scalar(connection, {"job": job_id})
    return guild_id


def in_state(connection: Connection, state: JobState) -> Sequence[Job]:
    """All jobs that are queued, or all that are being made."""
    return select_jobs(connection, sa.select(jobs).where(IS_WAITING, jobs.c.state == state))


def expired(connection: Connection, now: datetime) -> Sequence[Job]:
    """Queued jobs over the queue's age limit."""
    query = sa.select(jobs).where(jobs.c.state == JobState.QUEUED, jobs.c.queue_until <= now)
    return select_jobs(connection, query)


def newest_of_member(connection: Connection, user_id: int, guild_id: int, limit: int) -> Sequence[Job]:
    """The person's jobs in that server: first those that are not over, then the newest; `limit` at most."""
    theirs = sa.select(jobs).where(jobs.c.user_id == user_id, jobs.c.guild_id == guild_id)
    newest = theirs.order_by(jobs.c.id.desc()).limit(limit)
    on_the_way = (JobState.QUEUED, JobState.GENERATING, JobState.GENERATED)
    waiting = select_jobs(connection, newest.where(IS_OPEN, jobs.c.state.in_(on_the_way)))
    over = select_jobs(connection, newest.where(jobs.c.state.not_in(on_the_way)))
    return [*waiting, *over][:limit]
