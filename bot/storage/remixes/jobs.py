"""Adds, finds and moves jobs. Every move is guarded by the state it starts from and recorded in `job_events`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.failures import FailureKind
from bot.rules.generations import Generation, IdeogramApi
from bot.rules.job_states import FINAL, WAITING, JobState, is_legal
from bot.rules.log_kinds import LogKind
from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.remix_request import RemixRequest
from bot.rules.removals import Removal
from bot.rules.resolutions import parse_resolution
from bot.rules.reviews import ReviewReason
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import IS_WAITING, IS_WAITING_AGAIN, job_events, jobs
from bot.storage.engine.tables.restores import NEXT_JOB_NUMBER
from bot.storage.remixes import turns
from bot.storage.server_log import log_entries

_NO_CHANGES: Mapping[str, object] = MappingProxyType({})
_LOGGED = {JobState.DELIVERED: LogKind.REMIX, JobState.FAILED: LogKind.FAILURE}

_IS_IT = jobs.c.id == sa.bindparam("job")
# Guards a change by the claim that its maker has. Another process has another lease, a later claim of this process has
# another number, and a later paid call has a higher count.
IS_HELD = (
    jobs.c.lease == sa.bindparam("held_lease"),
    jobs.c.claim == sa.bindparam("held_claim"),
    jobs.c.calls == sa.bindparam("held_calls"),
)


class StaleMoveError(Exception):
    """The job is not in the state, or not under the claim, that the mover expected. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is known about a job when it is accepted."""

    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    reply_token: str | None = field(repr=False)
    request: RemixRequest
    spoiler: bool
    source_hash: str
    source_format: str
    queue_until: datetime
    origin: Origin = Origin.UPLOAD
    parent_id: int | None = None
    root_id: int | None = None
    parent_position: int | None = None
    hidden: bool = False
    parent_channel_id: int | None = None
    set_id: int | None = None
    set_position: int | None = None
    source_author_id: int | None = None
    source_channel_id: int | None = None
    source_message_id: int | None = None
    starts_at: datetime | None = None
    accepted_by: str | None = None
    words_version: int = 0
    review_word: str | None = field(default=None, repr=False)
    review: ReviewReason | None = None


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
    request: RemixRequest = field(repr=False)
    spoiler: bool
    source_hash: str | None
    source_format: str
    origin: Origin
    parent_id: int | None
    root_id: int | None
    parent_position: int | None
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
    removal: Removal | None = None
    claim: int = 0
    calls: int = 0
    forgotten_at: datetime | None = None
    erasure_id: int | None = None
    generation_api: IdeogramApi | None = None
    generation_id: str | None = None
    submitted_at: datetime | None = None
    set_id: int | None = None
    set_position: int | None = None
    source_author_id: int | None = None
    source_channel_id: int | None = None
    source_message_id: int | None = None
    starts_at: datetime | None = None
    accepted_by: str | None = None
    words_version: int = 0
    review_word: str | None = field(default=None, repr=False)
    review: ReviewReason | None = None
    approved_at: datetime | None = None
    listed: str | None = None

    @property
    def generation(self) -> Generation | None:
        """What can be polled at Ideogram."""
        if self.generation_api is None or self.generation_id is None:
            return None
        return Generation(self.generation_api, self.generation_id)

    @property
    def channel_ids(self) -> frozenset[int]:
        """Its channel, and for a thread also the parent channel."""
        return frozenset({self.channel_id, self.parent_channel_id or self.channel_id})

    @property
    def root(self) -> int:
        """The number of the first job with its source picture. All jobs with the same root are a family."""
        return self.root_id or self.id

    @property
    def behind_spoiler(self) -> bool:
        """Whether its pictures are behind a spoiler: its author or a moderator asked for it."""
        return self.spoiler or self.hidden

    @property
    def prompt(self) -> str:
        return self.request.prompt

    @property
    def speed(self) -> Speed:
        return self.request.speed


def select_jobs(connection: Connection, query: sa.Select[Any]) -> list[Job]:
    """Run a query over all columns of `jobs`."""
    return [read_job(row) for row in connection.execute(query).mappings()]


def read_job(row: Mapping[Any, Any]) -> Job:
    """`row`: with all columns of `jobs`."""
    return _job(dict(row))


def prepared_jobs(
    connection: Connection,
    query: PreparedStatement,
    values: Mapping[str, object],
    changes: Mapping[str, object] = _NO_CHANGES,
) -> list[Job]:
    """Like `select_jobs`, with a prepared statement. `changes`: what the caller is about to change in each row."""
    return [_job({**row._asdict(), **changes}) for row in query.rows(connection, values)]


def _prepared_job(connection: Connection, query: PreparedStatement, values: Mapping[str, object]) -> Job | None:
    row = query.first(connection, values)
    return _job(row._asdict()) if row else None


# `jobs` has a column with the name of each option, so a new option needs no change here.
_OPTIONS = tuple(option.name for option in fields(RemixRequest))


def _options_to_store(request: RemixRequest) -> dict[str, object]:
    options = {name: getattr(request, name) for name in _OPTIONS}
    return {**options, "resolution": str(request.resolution) if request.resolution else None}


def _take_request(values: dict[str, Any]) -> RemixRequest:
    """Takes the options out of the values of a row."""
    options = {name: values.pop(name) for name in _OPTIONS}
    resolution = parse_resolution(options["resolution"]) if options["resolution"] else None
    return RemixRequest(**{**options, "resolution": resolution, "speed": Speed(options["speed"])})


def _job(values: dict[str, Any]) -> Job:
    kind, api, removal, review = map(values.get, ("failure_kind", "generation_api", "removal", "review"))
    values.update(
        request=_take_request(values),
        state=JobState(values["state"]),
        origin=Origin(values["origin"]),
        failure_kind=FailureKind(kind) if kind else None,
        removal=Removal(removal) if removal else None,
        generation_api=IdeogramApi(api) if api else None,
        review=ReviewReason(review) if review else None,
    )
    return Job(**values)


_FIND = PreparedStatement(sa.select(jobs).where(_IS_IT))


def find(connection: Connection, job_id: int) -> Job | None:
    return _prepared_job(connection, _FIND, {"job": job_id})


def get(connection: Connection, job_id: int) -> Job:
    """Raises KeyError if there is no such job."""
    job = find(connection, job_id)
    if job is None:
        raise KeyError(job_id)
    return job


_FIND_BY_INTERACTION = PreparedStatement(sa.select(jobs).where(jobs.c.interaction_id == sa.bindparam("interaction")))


def find_by_interaction(connection: Connection, interaction_id: int) -> Job | None:
    return _prepared_job(connection, _FIND_BY_INTERACTION, {"interaction": interaction_id})


def find_active_repeat(connection: Connection, user_id: int, parent_id: int | None) -> Job | None:
    """The member's "Again" of that job that is queued or being made. The unique index allows only one."""
    query = sa.select(jobs).where(jobs.c.user_id == user_id, jobs.c.parent_id == parent_id, IS_WAITING_AGAIN)
    return next(iter(select_jobs(connection, query.limit(1))), None)


# Columns with the names of the fields, so a new field needs no change here either.
_KNOWN_AT_FIRST = tuple(known.name for known in fields(NewJob) if known.name != "request")


def find_waiting_start(connection: Connection, user_id: int, guild_id: int) -> Job | None:
    """The member's remix in that server that waits for its cooldown."""
    theirs = (jobs.c.state == JobState.QUEUED, jobs.c.user_id == user_id, jobs.c.guild_id == guild_id)
    query = sa.select(jobs).where(IS_WAITING, *theirs, jobs.c.starts_at.is_not(None))
    return next(iter(select_jobs(connection, query.limit(1))), None)


_ADD = PreparedStatement(sa.insert(jobs).values(id=NEXT_JOB_NUMBER).returning(jobs.c.id))


def add(connection: Connection, new: NewJob, now: datetime) -> Job:
    """Queue a job as the last of its author's in that server."""
    values = {
        **{name: getattr(new, name) for name in _KNOWN_AT_FIRST},
        **_options_to_store(new.request),
        "state": JobState.QUEUED,
        "turn": turns.line_up(connection, new.guild_id, new.user_id),
        "accepted_at": now,
        "due_at": new.starts_at or now,
    }
    job_id: int = _ADD.scalar(connection, values)
    _append_event(connection, job_id, None, JobState.QUEUED, "accepted", now)
    return get(connection, job_id)


_APPEND_EVENT = PreparedStatement(sa.insert(job_events))


def _append_event(
    connection: Connection, job_id: int, source: JobState | None, target: JobState, cause: str, now: datetime
) -> None:
    values = {"job_id": job_id, "at": now, "from_state": source, "to_state": target, "cause": cause}
    _APPEND_EVENT.change(connection, values)


_MOVE = PreparedStatement(sa.update(jobs).where(_IS_IT, jobs.c.state == sa.bindparam("source")))
_MOVE_HELD = PreparedStatement(sa.update(jobs).where(_IS_IT, jobs.c.state == sa.bindparam("source"), *IS_HELD))


def held_by(job: Job) -> dict[str, object]:
    """The values of IS_HELD."""
    return {"held_lease": job.lease, "held_claim": job.claim, "held_calls": job.calls}


def try_move(
    connection: Connection,
    job_id: int,
    move: tuple[JobState, JobState],
    *,
    cause: str,
    now: datetime,
    holder: Job | None = None,
    changes: Mapping[str, object] = _NO_CHANGES,
    in_log: bool = True,
) -> bool:
    """Move a job from one state to another, if it is in the first one and, where `holder` has a claim, under that.

    A move clears the lease, the due time and the attempts unless `changes` sets them. Returns whether the job moved.
    `in_log` False: the server's log shows another job in its place.
    """
    source, target = move
    if not is_legal(source, target):
        raise ValueError(f"no job moves from {source} to {target}")
    values: dict[str, object] = {"state": target, "lease": None, "due_at": None, "attempts": 0}
    if target in FINAL:
        values["finished_at"] = now
    # A parked job keeps its generation: the operator looks it up. Other moves clear it, so that none is fetched twice.
    if target is not JobState.OUTCOME_UNKNOWN:
        values.update(generation_api=None, generation_id=None, submitted_at=None)
    guard = held_by(holder) if holder is not None and holder.lease is not None else {}
    statement = _MOVE_HELD if guard else _MOVE
    moved = statement.change(connection, {**values, **changes, "job": job_id, "source": source, **guard}) == 1
    if moved:
        _append_event(connection, job_id, source, target, cause, now)
        if target in _LOGGED and in_log:
            log_entries.add_job(connection, job_id, _LOGGED[target], now)
    return moved


def move(
    connection: Connection,
    job_id: int,
    move: tuple[JobState, JobState],
    *,
    cause: str,
    now: datetime,
    holder: Job | None = None,
    changes: Mapping[str, object] = _NO_CHANGES,
    in_log: bool = True,
) -> None:
    """Like `try_move`, but raises StaleMoveError if the job did not move."""
    if not try_move(connection, job_id, move, cause=cause, now=now, holder=holder, changes=changes, in_log=in_log):
        raise StaleMoveError(f"job {job_id} did not move from {move[0]} to {move[1]} ({cause})")


def fail(connection: Connection, job: Job, kind: FailureKind, now: datetime, *, in_log: bool = True) -> None:
    """End a job without a result, from the state it was read in. The caller sees to its money, cooldown and quota."""
    failure = (job.state, JobState.FAILED)
    changes = {"failure_kind": kind}
    move(connection, job.id, failure, cause=kind, now=now, holder=job, changes=changes, in_log=in_log)


def record_event(connection: Connection, job: Job, cause: str, now: datetime) -> None:
    """Record something that happened to a job without moving it."""
    _append_event(connection, job.id, job.state, job.state, cause, now)


# Spelled out: a prepared statement cannot have a list within IN.
_IS_NOT_WAITING = [jobs.c.state != state for state in sorted(WAITING)]
_FORGET_REPLY_TOKEN = PreparedStatement(sa.update(jobs).where(_IS_IT, *_IS_NOT_WAITING).values(reply_token=None))


def forget_reply_token(connection: Connection, job_id: int) -> None:
    """The author knows how the job ended. Changes nothing if it is waiting again, because that end was not the last."""
    _FORGET_REPLY_TOKEN.change(connection, {"job": job_id})


def requeue(
    connection: Connection, job: Job, cause: str, *, due_at: datetime, queue_until: datetime, now: datetime
) -> None:
    """Move a job with an unknown outcome back to the queue, with a new age limit."""
    # An empty token means that the author must still be notified of a bad end, although the private reply is too old.
    values = {"due_at": due_at, "queue_until": queue_until, "generating_at": None, "reply_token": job.reply_token or ""}
    again = (JobState.OUTCOME_UNKNOWN, JobState.QUEUED)
    move(connection, job.id, again, cause=cause, now=now, changes=values)


def find_unnotified(connection: Connection, reachable_since: datetime) -> Sequence[int]:
    """Ids of the jobs whose author may not know the latest: the private reply can be edited, or the job ended badly."""
    ended_badly = jobs.c.state.in_((JobState.FAILED, JobState.OUTCOME_UNKNOWN))
    worth_it = sa.or_(jobs.c.accepted_at >= reachable_since, ended_badly)
    return sorted(connection.scalars(sa.select(jobs.c.id).where(jobs.c.reply_token.is_not(None), worth_it)))


_SERVER_OF = PreparedStatement(sa.select(jobs.c.guild_id).where(_IS_IT))


def servers_of(connection: Connection, job_ids: Iterable[int]) -> set[int]:
    """The servers that these jobs belong to."""
    found = [_SERVER_OF.scalar(connection, {"job": job_id}) for job_id in job_ids]
    return {guild_id for guild_id in found if guild_id is not None}


def in_state(connection: Connection, state: JobState) -> Sequence[Job]:
    """All queued jobs, or all that are being made. Other states have no index for this."""
    return select_jobs(connection, sa.select(jobs).where(IS_WAITING, jobs.c.state == state))


def expired(connection: Connection, now: datetime) -> Sequence[Job]:
    """Queued jobs that are past the queue's age limit."""
    query = sa.select(jobs).where(jobs.c.state == JobState.QUEUED, jobs.c.queue_until <= now)
    return select_jobs(connection, query)
