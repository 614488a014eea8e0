"""The gate that every remix passes: all checks on who asks, where, and how much, in one fixed order.

To add a check: its fact in one of the two facts classes, a member of `Check`, a function, a line in `_STANDING`,
`_MEMBER` or `_SUBMISSION`, a `Reason` with its sentence, and a row in tests/unit/rules/test_gate.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.rules import access, budgets, limits, others_pictures
from bot.rules.budgets import Budget
from bot.rules.limits import Limits, MemberUsage
from bot.rules.membership import Absent, Membership
from bot.rules.others_pictures import PictureOwner
from bot.rules.picture_memory import NO_PICTURES, PictureFacts
from bot.rules.policies import NO_POLICY, Policy
from bot.rules.prices import Prices, Speed
from bot.rules.raids import Raid, is_new
from bot.rules.refusals import Reason, Refused
from bot.rules.reviews import Review, ReviewReason
from bot.rules.words.entries import Action
from bot.rules.words.findings import NO_WORDS, WordFacts, first
from bot.rules.words.matcher import Hit


@dataclass(frozen=True, slots=True)
class MemberBlock:
    """A moderator has blocked a member. `until` is aware UTC; None means until they are unblocked."""

    reason: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelLock:
    """Moderators have locked a channel. `until` is aware UTC; None means until they unlock it."""

    reason: str | None = None
    until: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """Facts that can change while a remix waits. They are checked on submission and again just before the paid call.

    `channel_ids`: the channel and, for a thread, its parent too. `server_allowed`: by the operator. The pauses have
    the note of whoever paused; None means not paused. `words`: what the server's lists find in the prompt. `picture`:
    what the lists of pictures find in the source. `raid`: raid mode, if it is on. `user_id`: who asks.
    """

    channel_ids: frozenset[int]
    server_allowed: bool = True
    server_blocked: bool = False
    person_blocked: bool = False
    operator_pause: str | None = None
    server_pause: str | None = None
    member_block: MemberBlock | None = None
    channel_lock: ChannelLock | None = None
    policy: Policy = NO_POLICY
    words: WordFacts = NO_WORDS
    picture: PictureFacts = NO_PICTURES
    raid: Raid | None = None
    user_id: int = 0


@dataclass(frozen=True, slots=True)
class SubmissionFacts:
    """Facts that are checked on submission only.

    `budgets`: those that it has to fit in, by the check that asks. `micros`: the money to reserve. `prices`: the same
    at each speed. `joined_at`: when the member joined the server, if known. `speed` None: not chosen yet. `held`: the
    queue is on hold because Ideogram refuses work. `missing_permissions`: those the bot lacks here. `asker_id`,
    `picture_owner`: who asks, and whose picture it is if it was not sent with the command. `remixes`: how many are
    asked for at once. `in_review`: how many of the member's remixes here wait for moderators, or will once made.
    What Discord says about the member is asked again while the remix waits: see `decide_again`.
    """

    role_ids: frozenset[int]
    limits: Limits
    usage: MemberUsage
    budgets: Mapping["Check", Budget]
    micros: int
    prices: Prices = field(default_factory=dict)
    joined_at: datetime | None = None
    timed_out_until: datetime | None = None
    speed: Speed | None = None
    held: bool = False
    missing_permissions: tuple[str, ...] = ()
    asker_id: int = 0
    picture_owner: PictureOwner | None = None
    remixes: int = 1
    manages_server: bool = False
    in_review: int = 0

    @property
    def member(self) -> Membership:
        return Membership(self.role_ids, self.joined_at, self.timed_out_until, self.manages_server)


class Check(StrEnum):
    """The checks, in the order in which they are made. The first that refuses is the reason that the member reads."""

    SERVER = "server"
    BOT_PERMISSIONS = "bot_permissions"
    OPERATOR_BLOCK = "operator_block"
    MEMBER_BLOCK = "member_block"
    TIME_OUT = "time_out"
    OPERATOR_PAUSE = "operator_pause"
    SERVER_PAUSE = "server_pause"
    PROVIDER = "provider"
    CHANNEL = "channel"
    CHANNEL_LOCK = "channel_lock"
    ROLES = "roles"
    MEMBERSHIP_AGE = "membership_age"
    PICTURE_OWNER = "picture_owner"
    SPEED = "speed"
    PICTURE = "picture"
    WORDS = "words"
    AUTOMOD = "automod"
    # What ends by waiting comes last: nobody should wait only to read then that they are blocked.
    IN_REVIEW = "in_review"
    PERSON_QUEUE = "person_queue"
    COOLDOWN = "cooldown"
    QUOTA = "quota"
    QUEUE = "queue"
    SERVER_QUEUE = "server_queue"
    PERSON_CEILING = "person_ceiling"
    SERVER_BUDGET = "server_budget"
    SERVER_CEILING = "server_ceiling"
    OPERATOR_BUDGET = "operator_budget"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. `refused` None means that it passed."""

    check: Check
    refused: Refused | None = field(default=None)


def _operator_block(standing: StandingFacts) -> Refused | None:
    return access.check_blocks(person=standing.person_blocked, server=standing.server_blocked)


def _member_block(standing: StandingFacts, now: datetime) -> Refused | None:
    block = standing.member_block
    if block is None or (block.until is not None and block.until <= now):
        return None
    return Refused(Reason.MEMBER_BLOCKED, until=block.until, note=block.reason)


def _pause(reason: Reason, note: str | None) -> Refused | None:
    return None if note is None else Refused(reason, note=note)


def _channel(standing: StandingFacts) -> Refused | None:
    allowed = standing.policy.channels
    if not allowed or standing.channel_ids & allowed:
        return None
    return Refused(Reason.CHANNEL_NOT_ALLOWED, channels=tuple(sorted(allowed)))


def _channel_lock(standing: StandingFacts, now: datetime) -> Refused | None:
    lock = standing.channel_lock
    if lock is None or lock.is_over(now):
        return None
    return Refused(Reason.CHANNEL_LOCKED, until=lock.until, note=lock.reason)


def _bot_permissions(submission: SubmissionFacts) -> Refused | None:
    missing = submission.missing_permissions
    return Refused(Reason.CHANNEL_FORBIDDEN, missing=missing) if missing else None


def _time_out(member: Membership, now: datetime) -> Refused | None:
    until = member.timed_out_until
    return Refused(Reason.MEMBER_TIMED_OUT, until=until) if until is not None and now < until else None


def _roles(standing: StandingFacts, member: Membership) -> Refused | None:
    policy = standing.policy
    if member.role_ids & policy.ignored_roles:
        return Refused(Reason.ROLE_IGNORED)
    if policy.roles and not member.role_ids & policy.roles:
        return Refused(Reason.ROLE_MISSING, roles=tuple(sorted(policy.roles)))
    return None


def _membership_age(standing: StandingFacts, member: Membership, now: datetime) -> Refused | None:
    wanted_s = standing.policy.new_member_s
    if not wanted_s or member.joined_at is None:
        return None
    until = member.joined_at + timedelta(seconds=wanted_s)
    return Refused(Reason.MEMBER_TOO_NEW, until=until) if now < until else None


def _words(standing: StandingFacts) -> Refused | None:
    words = standing.words
    if words.is_cut:
        return Refused(Reason.WORD_REFUSED)
    hit = first(words.hits, Action.REFUSE)
    return Refused(Reason.WORD_REFUSED, word=hit.piece) if hit else None


def _automod(standing: StandingFacts, member: Membership) -> Refused | None:
    # Discord exempts these from every rule of AutoMod.
    hit = None if member.manages_server else first(_of_automod(standing, member), Action.REFUSE)
    return Refused(Reason.AUTOMOD_REFUSED, word=hit.piece) if hit else None


def _of_automod(standing: StandingFacts, member: Membership) -> Sequence[Hit]:
    return list(standing.words.of_automod(standing.channel_ids, member.role_ids))


def is_in_raid(standing: StandingFacts, member: Membership | Absent | None, now: datetime) -> bool:
    """Whether the server is in raid mode, and the member so new that it is about them."""
    joined_at = member.joined_at if isinstance(member, Membership) else None
    if standing.raid is None or (isinstance(member, Membership) and member.manages_server):
        return False
    return is_new(standing.user_id, joined_at, standing.policy.raid_new_for, now)


def find_review(standing: StandingFacts, member: Membership | Absent | None, now: datetime) -> Review | None:
    """Why moderators look at the result before others see it. Ask it once nothing refuses.

    `member`: see `decide_again`. Without it, nothing is said about new members and AutoMod.
    """
    known = member if isinstance(member, Membership) else None
    of_automod = _of_automod(standing, known) if known is not None and not known.manages_server else ()
    if hit := first(standing.words.hits, Action.REVIEW) or first(of_automod, Action.REVIEW):
        return Review(ReviewReason.WORD, hit)
    if is_in_raid(standing, member, now):
        return Review(ReviewReason.RAID)
    if known is not None and _is_newcomer(standing, known, now):
        return Review(ReviewReason.NEWCOMER)
    return Review(ReviewReason.CHANNEL) if standing.channel_ids & standing.policy.review_channels else None


def _is_newcomer(standing: StandingFacts, member: Membership, now: datetime) -> bool:
    new_s = standing.policy.review_newcomers_s
    return new_s is not None and member.joined_at is not None and now < member.joined_at + timedelta(seconds=new_s)


def _in_review(standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Refused | None:
    """Asked where moderators would have to look at one more."""
    most = standing.policy.most_in_review
    if submission.in_review < most or find_review(standing, submission.member, now) is None:
        return None
    return Refused(Reason.REVIEWS_FULL, limit=most)


def _picture_owner(standing: StandingFacts, submission: SubmissionFacts) -> Refused | None:
    owner = submission.picture_owner
    return others_pictures.decide(owner, submission.asker_id, standing.policy.others) if owner else None


def _speed(standing: StandingFacts, submission: SubmissionFacts) -> Refused | None:
    if submission.speed is None or standing.policy.allows(submission.speed):
        return None
    return Refused(Reason.SPEED_NOT_ALLOWED, speeds=tuple(speed for speed in Speed if standing.policy.allows(speed)))


def _budget(check: Check) -> "_SubmissionCheck":
    def decide_budget(standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Refused | None:
        budget = submission.budgets.get(check)
        refused = budgets.decide(budget, submission.micros, now) if budget else None
        return replace(refused, fits=_dearest_that_fits(standing, submission, now)) if refused else None

    return decide_budget


def _dearest_that_fits(standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> tuple[Speed, int] | None:
    """The speed below the wanted one that the server allows and that fits in all budgets, and what it needs."""
    fitting = [
        (speed, micros)
        for speed, micros in submission.prices.items()
        if micros < submission.micros
        and standing.policy.allows(speed)
        and not any(budgets.decide(budget, micros, now) for budget in submission.budgets.values())
    ]
    return max(fitting, key=lambda fit: fit[1], default=None)


_SubmissionCheck = Callable[[StandingFacts, SubmissionFacts, datetime], Refused | None]

_STANDING: Mapping[Check, Callable[[StandingFacts, datetime], Refused | None]] = {
    Check.SERVER: lambda standing, _: None if standing.server_allowed else Refused(Reason.SERVER_NOT_ALLOWED),
    Check.OPERATOR_BLOCK: lambda standing, _: _operator_block(standing),
    Check.MEMBER_BLOCK: _member_block,
    Check.OPERATOR_PAUSE: lambda standing, _: _pause(Reason.OPERATOR_PAUSED, standing.operator_pause),
    Check.SERVER_PAUSE: lambda standing, _: _pause(Reason.SERVER_PAUSED, standing.server_pause),
    Check.CHANNEL: lambda standing, _: _channel(standing),
    Check.CHANNEL_LOCK: _channel_lock,
    Check.PICTURE: lambda standing, _: decide_picture(standing.picture, standing.policy),
    Check.WORDS: lambda standing, _: _words(standing),
}

_MEMBER: Mapping[Check, Callable[[StandingFacts, Membership, datetime], Refused | None]] = {
    Check.TIME_OUT: lambda _, member, now: _time_out(member, now),
    Check.ROLES: lambda standing, member, _: _roles(standing, member),
    Check.MEMBERSHIP_AGE: _membership_age,
    Check.AUTOMOD: lambda standing, member, _: _automod(standing, member),
}

_ABSENT = {Absent.MEMBER: Reason.MEMBER_GONE, Absent.BOT: Reason.BOT_GONE}

_SUBMISSION: Mapping[Check, _SubmissionCheck] = {
    Check.BOT_PERMISSIONS: lambda _, given, __: _bot_permissions(given),
    Check.PROVIDER: lambda _, given, __: Refused(Reason.SERVICE_PAUSED) if given.held else None,
    Check.PICTURE_OWNER: lambda standing, given, _: _picture_owner(standing, given),
    Check.SPEED: lambda standing, given, _: _speed(standing, given),
    Check.IN_REVIEW: _in_review,
    Check.PERSON_QUEUE: lambda _, given, __: limits.check_person_queue(given.usage, given.limits),
    Check.COOLDOWN: lambda _, given, now: limits.check_cooldown(given.usage, given.limits, now),
    Check.QUOTA: lambda _, given, now: limits.check_quota(given.usage, given.limits, now, given.remixes),
    Check.QUEUE: lambda _, given, __: limits.check_queue(given.usage, given.limits),
    Check.SERVER_QUEUE: lambda _, given, __: limits.check_server_queue(given.usage, given.limits),
    **{
        check: _budget(check)
        for check in (Check.PERSON_CEILING, Check.SERVER_BUDGET, Check.SERVER_CEILING, Check.OPERATOR_BUDGET)
    },
}


def trace(standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Sequence[CheckResult]:
    """The result of every check, in order. Moderators see this in `/remix-mod why`."""
    return [CheckResult(check, _run(check, standing, submission, now)) for check in Check]


def decide(standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Refused | None:
    """All checks, on submission: the first refusal, or None."""
    results = (_run(check, standing, submission, now) for check in Check)
    return next((refused for refused in results if refused), None)


def decide_again(standing: StandingFacts, now: datetime, member: Membership | Absent | None = None) -> Refused | None:
    """The checks that are made again just before the paid call: the last moment at which stopping is free.

    `member`: what Discord says about the author now. None: it was not asked or did not answer, so nothing changed.
    """
    if isinstance(member, Absent):
        return Refused(_ABSENT[member])
    results = (_run_again(check, standing, member, now) for check in Check)
    return next((refused for refused in results if refused), None)


def _run_again(check: Check, standing: StandingFacts, member: Membership | None, now: datetime) -> Refused | None:
    if check in _STANDING:
        return _STANDING[check](standing, now)
    return _MEMBER[check](standing, member, now) if member is not None and check in _MEMBER else None


def decide_posting(standing: StandingFacts, now: datetime, member: Membership | Absent | None) -> Refused | None:
    """Whether a paid result may appear in the channel: not for an author who left, is timed out or lost their roles.

    Nor with a prompt that a rule refuses since then. `member` None: Discord was not asked or does not answer.
    The rule about new members is not asked: who came back may not start a remix yet, but this one is made.
    """
    if isinstance(member, Absent):
        return Refused(_ABSENT[member])
    if member is None:
        return _words(standing)
    return _time_out(member, now) or _roles(standing, member) or _words(standing) or _automod(standing, member)


def decide_picture(picture: PictureFacts, policy: Policy) -> Refused | None:
    """Whether a picture may be made into others or shown: not if a list has one like it."""
    if picture.by_operator():
        return Refused(Reason.PICTURE_BANNED)
    found = picture.all_by_server(policy.memory)
    return Refused(Reason.PICTURE_REMEMBERED, listed=tuple(each.number for each in found)) if found else None


def decide_publishing(standing: StandingFacts, now: datetime, member: Membership | Absent | None) -> Refused | None:
    """Whether a moderator may have a reviewed result posted now. A pause is no obstacle: it stops what costs money."""
    blocked = _operator_block(standing) or _member_block(standing, now)
    return blocked or _channel(standing) or _channel_lock(standing, now) or decide_posting(standing, now, member)


def decide_hand_over(standing: StandingFacts, *, removed: bool, now: datetime) -> Refused | None:
    """Whether the author may have a kept result: not if they are blocked, nor if a moderator removed it.

    Nothing else is checked, because the result is made and paid for.
    """
    if removed:
        return Refused(Reason.RESULT_REMOVED)
    return _operator_block(standing) or _member_block(standing, now)


def _run(check: Check, standing: StandingFacts, submission: SubmissionFacts, now: datetime) -> Refused | None:
    if check in _STANDING:
        return _STANDING[check](standing, now)
    if check in _MEMBER:
        return _MEMBER[check](standing, submission.member, now)
    return _SUBMISSION[check](standing, submission, now)
