"""The one gate of every remix: all questions that are asked of who asks, where and how much, in one order.

Facts in, an answer out. To add a rule: its fact below, a function here, a line in `_QUESTIONS`, a `Reason` with its
sentence, and a row in the table test.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules import access, budgets, limits
from bot.rules.budgets import Ceilings, Period, Spending
from bot.rules.limits import Limits, MemberUsage
from bot.rules.policies import NO_POLICY, Policy
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused


@dataclass(frozen=True, slots=True)
class MemberBlock:
    """A server's moderators have shut a member out. `until` None: until they are let in again; aware UTC."""

    reason: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """Facts that may change while a remix waits: they are asked on submission and again before the paid call.

    `channel_ids`: the channel, and of a thread also the one it is in. `server_allowed`: by the operator. The notes are
    the pausers' own words.
    """

    channel_ids: frozenset[int]
    server_allowed: bool = True
    server_blocked: bool = False
    person_blocked: bool = False
    operator_pause: str | None = None
    server_pause: str | None = None
    member_block: MemberBlock | None = None
    policy: Policy = NO_POLICY


@dataclass(frozen=True, slots=True)
class SubmissionFacts:
    """Facts that are asked on submission alone.

    `missing_permissions` are the bot's own, there. `joined_at`: when the member came to the server, if that is known.
    `speed` None: not chosen yet. `micros`: to be set aside. `held`: the provider takes no work.
    """

    role_ids: frozenset[int]
    limits: Limits
    usage: MemberUsage
    spent: Mapping[Period, Spending]
    ceilings: Ceilings
    server_spent: Mapping[Period, Spending]
    micros: int
    joined_at: datetime | None = None
    speed: Speed | None = None
    held: bool = False
    missing_permissions: tuple[str, ...] = ()


class Check(StrEnum):
    """What is asked, in the order in which it is asked."""

    SERVER = "server"
    BOT_PERMISSIONS = "bot_permissions"
    OPERATOR_BLOCK = "operator_block"
    MEMBER_BLOCK = "member_block"
    OPERATOR_PAUSE = "operator_pause"
    SERVER_PAUSE = "server_pause"
    PROVIDER = "provider"
    CHANNEL = "channel"
    ROLES = "roles"
    MEMBERSHIP_AGE = "membership_age"
    SPEED = "speed"
    PERSON_QUEUE = "person_queue"
    COOLDOWN = "cooldown"
    QUOTA = "quota"
    QUEUE = "queue"
    SERVER_BUDGET = "server_budget"
    OPERATOR_BUDGET = "operator_budget"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """To one question. `refused` None is yes."""

    check: Check
    refused: Refused | None = field(default=None)


def _server(standing: StandingFacts) -> Refused | None:
    return None if standing.server_allowed else Refused(Reason.SERVER_NOT_ALLOWED)


def _operator_block(standing: StandingFacts) -> Refused | None:
    return access.check_blocks(person=standing.person_blocked, server=standing.server_blocked)


def _member_block(standing: StandingFacts, now: datetime) -> Refused | None:
    block = standing.member_block
    if block is None or (block.until is not None and block.until <= now):
        return None
    return Refused(Reason.MEMBER_BLOCKED, until=block.until, note=block.reason)


def _operator_pause(standing: StandingFacts) -> Refused | None:
    note = standing.operator_pause
    return None if note is None else Refused(Reason.OPERATOR_PAUSED, note=note)


def _server_pause(standing: StandingFacts) -> Refused | None:
    note = standing.server_pause
    return None if note is None else Refused(Reason.SERVER_PAUSED, note=note)


def _channel(standing: StandingFacts) -> Refused | None:
    allowed = standing.policy.channels
    if not allowed or standing.channel_ids & allowed:
        return None
    return Refused(Reason.CHANNEL_NOT_ALLOWED, channels=tuple(sorted(allowed)))


def _bot_permissions(submission: SubmissionFacts) -> Refused | None:
    missing = submission.missing_permissions
    return Refused(Reason.CHANNEL_FORBIDDEN, missing=missing) if missing else None


def _roles(standing: StandingFacts, submission: SubmissionFacts) -> Refused | None:
    policy = standing.policy
    if submission.role_ids & policy.ignored_roles:
        return Refused(Reason.ROLE_IGNORED)
    if policy.roles and not submission.role_ids & policy.roles:
        return Refused(Reason.ROLE_MISSING, roles=tuple(sorted(policy.roles)))
    return None


def _membership_age(standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Refused | None:
    wanted = standing.policy.new_member_s
    if not wanted or submission.joined_at is None:
        return None
    until = submission.joined_at + timedelta(seconds=wanted)
    return Refused(Reason.MEMBER_TOO_NEW, until=until) if now < until else None


def _speed(standing: StandingFacts, submission: SubmissionFacts) -> Refused | None:
    if submission.speed is None or standing.policy.allows(submission.speed):
        return None
    return Refused(Reason.SPEED_NOT_ALLOWED, speeds=tuple(speed for speed in Speed if standing.policy.allows(speed)))


def _server_budget(standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Refused | None:
    refused = budgets.decide(submission.server_spent, standing.policy.ceilings, submission.micros, now)
    return Refused(_OF_SERVER[refused.reason], until=refused.until) if refused else None


_OF_SERVER = {Reason.BUDGET_DAY: Reason.SERVER_BUDGET_DAY, Reason.BUDGET_MONTH: Reason.SERVER_BUDGET_MONTH}

_Ask = Callable[[StandingFacts, SubmissionFacts, datetime], Refused | None]

_STANDING: Mapping[Check, Callable[[StandingFacts, datetime], Refused | None]] = {
    Check.SERVER: lambda standing, _: _server(standing),
    Check.OPERATOR_BLOCK: lambda standing, _: _operator_block(standing),
    Check.MEMBER_BLOCK: _member_block,
    Check.OPERATOR_PAUSE: lambda standing, _: _operator_pause(standing),
    Check.SERVER_PAUSE: lambda standing, _: _server_pause(standing),
    Check.CHANNEL: lambda standing, _: _channel(standing),
}

_SUBMISSION: Mapping[Check, _Ask] = {
    Check.BOT_PERMISSIONS: lambda _, given, __: _bot_permissions(given),
    Check.PROVIDER: lambda _, given, __: Refused(Reason.SERVICE_PAUSED) if given.held else None,
    Check.ROLES: lambda standing, given, _: _roles(standing, given),
    Check.MEMBERSHIP_AGE: _membership_age,
    Check.SPEED: lambda standing, given, _: _speed(standing, given),
    Check.PERSON_QUEUE: lambda _, given, __: limits.check_person_queue(given.usage, given.limits),
    Check.COOLDOWN: lambda _, given, now: limits.check_cooldown(given.usage, given.limits, now),
    Check.QUOTA: lambda _, given, now: limits.check_quota(given.usage, given.limits, now),
    Check.QUEUE: lambda _, given, __: limits.check_queue(given.usage, given.limits),
    Check.SERVER_BUDGET: _server_budget,
    Check.OPERATOR_BUDGET: lambda _, given, now: budgets.decide(given.spent, given.ceilings, given.micros, now),
}


def trace(standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Sequence[CheckResult]:
    """The answer to every question, in order: what a moderator sees who asks why."""
    return [CheckResult(question, _ask(question, standing, submission, now)) for question in Check]


def decide(standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Refused | None:
    """The whole gate, on submission: the first refusal. None lets in."""
    answers = (_ask(question, standing, submission, now) for question in Check)
    return next((refused for refused in answers if refused), None)


def decide_again(standing: StandingFacts, now: datetime) -> Refused | None:
    """The standing facts alone, with a slot in hand: the last moment that costs nothing."""
    answers = (_STANDING[question](standing, now) for question in Check if question in _STANDING)
    return next((refused for refused in answers if refused), None)


def decide_hand_over(standing: StandingFacts, *, removed: bool, now: datetime) -> Refused | None:
    """Whether a paid result may be handed to who made it: who is blocked gets none, and what was removed is gone.

    Nothing else is asked: it is made and paid, whatever has changed since.
    """
    if removed:
        return Refused(Reason.RESULT_REMOVED)
    return _operator_block(standing) or _member_block(standing, now)


def _ask(question: Check, standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Refused | None:
    if question in _STANDING:
        return _STANDING[question](standing, now)
    return _SUBMISSION[question](standing, submission, now)
