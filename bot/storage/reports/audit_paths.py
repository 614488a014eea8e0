"""Audits the events, calls, links and leases of jobs: each query checks one invariant over all of them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.audit import Finding, Invariant, Violation
from bot.rules.failures import FailureKind
from bot.rules.job_states import FINAL, MOVES, JobState
from bot.rules.late_answers import LATE_PATTERN, NOT_MADE
from bot.rules.prices import COST_REPORTED
from bot.storage.engine.tables.remixes import job_events, jobs, reservations, results

_FROM, _TO = job_events.c.from_state, job_events.c.to_state
_MONEY = ("status", "settled_micros", "reserved_micros", "unsure_micros", "late_micros")
# The events of the others were deleted with their prompts, so nothing can be said about their paths and calls.
_WITH_EVENTS = sa.select(jobs.c.id).where(jobs.c.forgotten_at.is_(None))
_SHOWN = ("begun", "answered", "images", "asked_again", "late", *_MONEY)


def legal_path(connection: Connection) -> Iterator[Violation]:
    """Each event starts in the state where the one before it ended, and the last one ends in the job's state."""
    for row in connection.execute(_illegal_steps()):
        figures = {"before": row.before, "source": row.source, "target": row.target}
        yield Violation(Invariant.LEGAL_PATH, Finding.ILLEGAL_MOVE, row.job_id, figures)
    for row in connection.execute(_other_last_events()):
        figures = {"state": row.state, "last": row.last}
        yield Violation(Invariant.LEGAL_PATH, Finding.OTHER_LAST_EVENT, row.id, figures)


@cache
def _illegal_steps() -> sa.Select[Any]:
    before = sa.func.lag(_TO).over(partition_by=job_events.c.job_id, order_by=job_events.c.id)
    columns = (job_events.c.job_id, _FROM.label("source"), _TO.label("target"), before.label("before"))
    step = sa.select(*columns).where(job_events.c.job_id.in_(_WITH_EVENTS)).subquery()
    first = sa.and_(step.c.source.is_(None), step.c.target == JobState.QUEUED)
    noted = step.c.source == step.c.target
    legal = sa.tuple_(step.c.source, step.c.target).in_(sorted(MOVES))
    joined = step.c.source.is_not_distinct_from(step.c.before)
    right = sa.and_(joined, sa.func.coalesce(sa.or_(first, noted, legal), sa.false()))
    return sa.select(step).where(sa.not_(right))


@cache
def _other_last_events() -> sa.Select[Any]:
    events = sa.select(_TO).where(job_events.c.job_id == jobs.c.id).order_by(job_events.c.id.desc())
    last = events.limit(1).scalar_subquery()
    return sa.select(jobs.c.id, jobs.c.state, last.label("last")).where(
        jobs.c.forgotten_at.is_(None), last.is_distinct_from(jobs.c.state)
    )


def paid_calls(connection: Connection) -> Iterator[Violation]:
    """Compares the settled money with the calls that the events record."""
    for row in connection.execute(_calls_with_other_money()).mappings():
        figures = {name: row[name] for name in _SHOWN}
        yield Violation(Invariant.PAID_CALLS, Finding.OTHER_CALLS, row["job_id"], figures)


@cache
def _calls_with_other_money() -> sa.Select[Any]:
    calls, images = _calls(), _images()
    made = sa.func.coalesce(images.c.number, 0)
    money, asked_again = reservations.c, calls.c.asked_again
    # Each repeated call reserves the price once more, and the money of the earlier calls stays part of the reservation.
    # What their late answers have changed is in both.
    reserved, unsure = money.reserved_micros - money.late_micros, money.unsure_micros - money.late_micros
    as_asked_again = reserved * asked_again == unsure * (asked_again + 1)
    as_late = sa.or_(money.late_micros == 0, calls.c.late > 0)
    as_called = sa.case((calls.c.answered > 0, _as_answered(calls, made)), else_=_as_unanswered(calls, made))
    columns = [money.job_id, *(money[name] for name in _MONEY)]
    return (
        sa.select(*columns, calls.c.begun, calls.c.answered, asked_again, calls.c.late, made.label("images"))
        .join(calls, calls.c.job_id == money.job_id)
        .outerjoin(images, images.c.job_id == money.job_id)
        .where(sa.func.coalesce(sa.not_(sa.and_(as_called, as_asked_again, as_late)), sa.true()))
    )


def _as_answered(calls: sa.Subquery, images: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """An answered call is settled, and all its images cost the same, on top of what earlier calls may have cost.

    If Ideogram reported the cost of a call, that cost counts, whatever it is and even without an image.
    """
    cost = reservations.c.settled_micros - reservations.c.unsure_micros
    whole = cost % sa.func.nullif(images, 0) == 0
    by_list = sa.or_(calls.c.cost_reported > 0, sa.and_(images > 0, whole))
    return sa.and_(reservations.c.status == "settled", calls.c.answered == 1, cost >= 0, by_list)


def _as_unanswered(calls: sa.Subquery, images: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """An unanswered call has no images. Once the job ends, its earlier calls count unless the operator overruled."""
    money = reservations.c
    by_operator = sa.or_(money.status == "released", money.settled_micros == money.reserved_micros)
    earlier = sa.and_(money.unsure_micros > 0, money.settled_micros == money.unsure_micros)
    settled = sa.or_(earlier, sa.and_(calls.c.cost_reported > 0, money.settled_micros > money.unsure_micros))
    without_operator = sa.case(
        (money.status == "settled", settled),
        (money.status == "released", money.unsure_micros == 0),
        else_=sa.true(),
    )
    return sa.and_(images == 0, sa.case((calls.c.written_off > 0, by_operator), else_=without_operator))


def _calls() -> sa.Subquery:
    """Counts a job's paid calls by its events: begun, answered (so billed), repeated after no answer, written off."""
    cause = job_events.c.cause
    written_off = sa.and_(_TO == JobState.FAILED, cause == FailureKind.OUTCOME_WRITTEN_OFF)
    withheld = sa.and_(_TO == JobState.FAILED, cause == FailureKind.ALL_WITHHELD)
    by_answer = (_FROM != JobState.GENERATED, _FROM != JobState.IN_REVIEW, _TO == JobState.GENERATED)
    answered = sa.or_(sa.and_(*by_answer), withheld)
    counted = {
        "begun": sa.and_(_FROM == JobState.QUEUED, _TO == JobState.GENERATING),
        "answered": answered,
        "asked_again": sa.and_(_FROM == JobState.OUTCOME_UNKNOWN, _TO == JobState.QUEUED, cause != NOT_MADE),
        "written_off": written_off,
        "cost_reported": cause == COST_REPORTED,
        "late": cause.like(LATE_PATTERN),
    }
    columns = [sa.func.count(sa.case((what, 1))).label(name) for name, what in counted.items()]
    return (
        sa.select(job_events.c.job_id, *columns)
        .where(job_events.c.job_id.in_(_WITH_EVENTS))
        .group_by(job_events.c.job_id)
        .subquery()
    )


def _images() -> sa.Subquery:
    number = sa.func.count().label("number")
    return sa.select(results.c.job_id, number).group_by(results.c.job_id).subquery()


def no_old_links(connection: Connection) -> Iterator[Violation]:
    for row in connection.execute(_old_links()):
        figures = {"position": row.position, "state": row.state}
        yield Violation(Invariant.NO_OLD_LINKS, Finding.OLD_LINK, row.job_id, figures)


@cache
def _old_links() -> sa.Select[Any]:
    # Until delivery a link is needed even if the image is stored: the disk can fail.
    unneeded = sa.or_(jobs.c.state.in_(FINAL), results.c.lost, ~results.c.safe)
    return (
        sa.select(results.c.job_id, results.c.position, jobs.c.state)
        .join(jobs, jobs.c.id == results.c.job_id)
        .where(results.c.url.is_not(None), unneeded)
    )


def no_old_leases(connection: Connection) -> Iterator[Violation]:
    at_rest = (*sorted(FINAL), JobState.OUTCOME_UNKNOWN, JobState.IN_REVIEW)
    query = sa.select(jobs.c.id, jobs.c.state).where(jobs.c.lease.is_not(None), jobs.c.state.in_(at_rest))
    for row in connection.execute(query):
        yield Violation(Invariant.NO_OLD_LEASES, Finding.OLD_LEASE, row.id, {"state": row.state})


def count_jobs(connection: Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(jobs)) or 0
