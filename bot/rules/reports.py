"""Why members report results, which reports count towards hiding one, and how reports end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ReportReason(StrEnum):
    """The values are stored in the database and in custom ids."""

    SEXUAL = "sexual"
    VIOLENT = "violent"
    HATEFUL = "hateful"
    OF_ME = "of_me"
    SPAM = "spam"
    OTHER = "other"
    ILLEGAL = "illegal"
    """It follows a route of its own: removed at once, and seen by the operator alone."""


class ReportOutcome(StrEnum):
    """The values are stored in the database.

    `ACTED`: its author was warned or blocked, and it stays. `FALSE`: the reports were abuse. `GONE`: its author deleted
    it meanwhile. `EXPIRED`: no moderator decided in time.
    """

    REMOVED = "removed"
    HIDDEN = "hidden"
    ACTED = "acted"
    DISMISSED = "dismissed"
    FALSE = "false"
    GONE = "gone"
    EXPIRED = "expired"


class EvidenceEnd(StrEnum):
    """How sealed evidence ended. The values are stored in the database. `NO_KEY`: there was no key to seal it for."""

    DESTROYED = "destroyed"
    EXPIRED = "expired"
    RESTORED = "restored"
    NO_KEY = "no_key"


class EvidenceAct(StrEnum):
    """What was done with evidence. The values are stored in the database, and each end is one of them."""

    TAKEN = "taken"
    SEALED = "sealed"
    EXPORTED = "exported"
    DESTROYED = "destroyed"
    EXPIRED = "expired"
    RESTORED = "restored"
    NO_KEY = "no_key"


UPHELD = frozenset({ReportOutcome.REMOVED, ReportOutcome.HIDDEN, ReportOutcome.ACTED})

HIDES = 3
"""How many reports hide a result until a moderator decides, in a server that has set nothing."""
ACCOUNT_AGE_S = 30 * 86_400
MEMBER_AGE_S = 7 * 86_400

OPEN_FOR = timedelta(days=30)
"""A report that nobody decides ends then, and its reporter hears so."""
KEPT_FOR = timedelta(days=90)
"""After the decision."""

MOST_AN_HOUR = 5
MOST_A_DAY = 15
MOST_FALSE = 3
"""Whose reports were called abuse that often in `KEPT_FOR` can report, but nothing happens before a moderator looks.

In that server they can also have only one report open, and make one in `BETWEEN_DOUBTED`.
"""
BETWEEN_DOUBTED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports. `joined_at` None: Discord does not say it."""

    user_id: int
    account_created_at: datetime
    joined_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ages:
    """How old an account, and its membership in the server, have to be for a report to count."""

    account: timedelta
    member: timedelta


MOST_ILLEGAL_A_DAY = 2
"""Reports of one person as illegal, which remove at once."""
MOST_BY_STRANGERS = 5
"""Such reports in a server and day by people whose reports do not count. Each further one only hides the result."""


def is_established(reporter: Reporter, ages: Ages, now: datetime) -> bool:
    """New accounts are made by the dozen, so what they report hides nothing before a moderator has looked."""
    if reporter.joined_at is None:
        return False
    return now - reporter.account_created_at >= ages.account and now - reporter.joined_at >= ages.member


def next_free(times: Collection[datetime], now: datetime) -> datetime | None:
    """When somebody with reports at those times can report again. None: now."""
    waits = []
    for most, span in ((MOST_AN_HOUR, timedelta(hours=1)), (MOST_A_DAY, timedelta(days=1))):
        recent = sorted(at for at in times if now - at < span)
        if len(recent) >= most:
            waits.append(recent[-most] + span)
    return max(waits, default=None)
