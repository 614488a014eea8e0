"""Reads the facts that the gate asks for, in the transaction that acts on its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.rules import budgets
from bot.rules.budgets import Budget, Period, Spending
from bot.rules.gate import Check, StandingFacts, SubmissionFacts
from bot.rules.limits import Limits, check_cooldown
from bot.rules.others_pictures import PictureOwner
from bot.rules.policies import Policy, limits_for
from bot.rules.prices import Speed
from bot.rules.raids import COOLDOWN_TIMES, is_new
from bot.rules.refusals import Reason, Refused
from bot.rules.rescues import START_WITHIN
from bot.rules.sets import ONE, Amount
from bot.storage.engine.blobs.store import BlobsAwayError
from bot.storage.engine.database import Connection, DatabaseAwayError, OutcomeUnknownError
from bot.storage.privacy import opt_outs
from bot.storage.remixes import holds, jobs, queue_facts, spending
from bot.storage.review import in_review
from bot.storage.sets import sets
from bot.storage.standing import blocks, channel_locks, member_blocks, pauses, policies, servers
from bot.storage.standing.blocks import BlockKind
from bot.use_cases.operator_rules import OperatorRules

ANY_SERVER: frozenset[int] = frozenset()
"""For results that are paid for: they reach their author even if the operator no longer allows the server."""


@dataclass(frozen=True, slots=True)
class TakenPicture:
    """A picture that was not sent with the command: of a message, an avatar, or of an earlier remix.

    `channel_id`, `message_id`: where it was posted; None for an avatar. `request_id`: its author said yes to that
    request, which counts once.
    """

    owner: PictureOwner
    channel_id: int | None = None
    message_id: int | None = None
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """The member who asks, where, and by which interaction. The token edits the private reply for 15 minutes.

    `parent_channel_id`: only of a thread. `missing_permissions`: what the bot lacks there, spelled as in Discord's
    settings. `joined_at`, `timed_out_until`: of the member in this server, in UTC. `in_spoiler_channel`: the result is
    hidden there. `manages_server`: AutoMod does not hold for them. `taken`: the picture that they ask for, if they do
    not send one. `draft_id`: what was typed before, if one of its buttons was pressed; `when_ready`: the one that lets
    the remix wait for the member's cooldown.
    """

    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    reply_token: str = field(repr=False)
    parent_channel_id: int | None = None
    role_ids: frozenset[int] = frozenset()
    joined_at: datetime | None = None
    timed_out_until: datetime | None = None
    missing_permissions: tuple[str, ...] = ()
    in_spoiler_channel: bool = False
    manages_server: bool = False
    taken: TakenPicture | None = None
    draft_id: int | None = None
    when_ready: bool = False

    @property
    def channel_ids(self) -> frozenset[int]:
        """The channel, and for a thread also its parent channel."""
        return frozenset({self.channel_id, self.parent_channel_id or self.channel_id})


@dataclass(frozen=True, slots=True)
class Wanted:
    """The micro-dollars to reserve, the speed, if it is known yet, and how much is asked for at once."""

    micros: int
    speed: Speed | None = None
    amount: Amount = ONE


def read_standing(
    connection: Connection,
    guild_id: int,
    user_id: int,
    channel_ids: frozenset[int],
    allowed_guild_ids: frozenset[int],
) -> StandingFacts:
    """Facts that are checked on submission, and again before the paid call."""
    operator_pause, server_pause = pauses.read(connection), servers.read_pause(connection, guild_id)
    return StandingFacts(
        channel_ids=channel_ids,
        server_allowed=not allowed_guild_ids or guild_id in allowed_guild_ids,
        server_blocked=blocks.is_blocked(connection, BlockKind.SERVER, guild_id),
        person_blocked=blocks.is_blocked(connection, BlockKind.PERSON, user_id),
        operator_pause=operator_pause.reason if operator_pause else None,
        server_pause=server_pause.reason if server_pause else None,
        member_block=member_blocks.read(connection, guild_id, user_id),
        channel_lock=channel_locks.read(connection, channel_ids),
        policy=policies.read(connection, guild_id),
        raid=servers.read_raid(connection, guild_id),
        user_id=user_id,
    )


def read_submission(
    connection: Connection, asker: Asker, policy: Policy, rules: OperatorRules, wanted: Wanted, now: datetime
) -> SubmissionFacts:
    """Facts that are checked on submission only."""
    usage = queue_facts.member_usage(connection, asker.guild_id, asker.user_id, now)
    usage = sets.with_sets_as_one(connection, usage, asker.guild_id, asker.user_id)
    return SubmissionFacts(
        role_ids=asker.role_ids,
        limits=_limits(connection, asker, policy, rules, now),
        # The cooldown is no obstacle for what waits until it is over: `read_cooldown_end`.
        usage=replace(usage, last_accepted_at=None) if asker.when_ready else usage,
        budgets=_budgets(connection, asker, policy, rules, now),
        micros=wanted.micros,
        prices={speed: rules.price(speed, wanted.amount) for speed in Speed},
        joined_at=asker.joined_at,
        timed_out_until=asker.timed_out_until,
        speed=wanted.speed,
        held=_held(connection, now),
        missing_permissions=asker.missing_permissions,
        asker_id=asker.user_id,
        picture_owner=_owner_now(connection, asker),
        remixes=wanted.amount.calls,
        manages_server=asker.manages_server,
        in_review=in_review.count_of_member(connection, asker.guild_id, asker.user_id),
    )


def _owner_now(connection: Connection, asker: Asker) -> PictureOwner | None:
    owner = asker.taken.owner if asker.taken is not None else None
    if owner is None or owner.user_id == asker.user_id:
        return owner
    return replace(owner, opted_out=opt_outs.since(connection, owner.user_id) is not None)


def _limits(connection: Connection, asker: Asker, policy: Policy, rules: OperatorRules, now: datetime) -> Limits:
    limits = limits_for(policy, policies.read_plans(connection, asker.guild_id), asker.role_ids, rules.limits)
    # Most members are not new, so nothing is read for them.
    if asker.manages_server or not is_new(asker.user_id, asker.joined_at, policy.raid_new_for, now):
        return limits
    if servers.read_raid(connection, asker.guild_id) is None:
        return limits
    return replace(limits, cooldown=limits.cooldown * COOLDOWN_TIMES, in_raid=True)


def read_cooldown_end(connection: Connection, asker: Asker, rules: OperatorRules, now: datetime) -> datetime | None:
    """When the member's cooldown is over, for a remix that waits for it. None: it is over now."""
    limits = _limits(connection, asker, policies.read(connection, asker.guild_id), rules, now)
    refused = check_cooldown(queue_facts.member_usage(connection, asker.guild_id, asker.user_id, now), limits, now)
    return refused.until if refused else None


def refused_to_wait(connection: Connection, asker: Asker, until: datetime | None, now: datetime) -> Refused | None:
    """At most one remix waits for its cooldown per member and server, and none for longer than jobs are put off."""
    if until is None:
        return None
    if jobs.find_waiting_start(connection, asker.user_id, asker.guild_id):
        return Refused(Reason.START_ALREADY_WAITING)
    return Refused(Reason.COOLDOWN, until=until) if until - now > START_WITHIN else None


def _budgets(
    connection: Connection, asker: Asker, policy: Policy, rules: OperatorRules, now: datetime
) -> Mapping[Check, Budget]:
    """Those that are set. What nobody has limited is not read."""
    found = {}
    if rules.person_ceilings:
        spent = {Period.DAY: Spending(spending.of_person_today(connection, asker.user_id, now))}
        found[Check.PERSON_CEILING] = Budget(spent, rules.person_ceilings, budgets.PERSON_CEILING)
    if policy.ceilings or rules.server_ceilings:
        of_server = spending.read_server(connection, asker.guild_id, now)
        found[Check.SERVER_BUDGET] = Budget(of_server, policy.ceilings, budgets.SERVER_BUDGET)
        found[Check.SERVER_CEILING] = Budget(of_server, rules.server_ceilings, budgets.SERVER_CEILING)
    if rules.ceilings:
        found[Check.OPERATOR_BUDGET] = Budget(spending.read(connection, now), rules.ceilings, budgets.OPERATOR_BUDGET)
    return found


def _held(connection: Connection, now: datetime) -> bool:
    """Whether new remixes are refused because the queue is held.

    When a trial is due and nobody is queued, the next remix is accepted and becomes the trial.
    """
    hold = holds.read(connection)
    return hold is not None and (not hold.trial_is_due(now) or queue_facts.anyone_queued(connection))


def refused_unstored(error: Exception) -> Refused:
    """The refusal of somebody whose remix or picture could not be stored."""
    if isinstance(error, OutcomeUnknownError):
        return Refused(Reason.PERHAPS_STORED)
    if isinstance(error, BlobsAwayError):
        return Refused(Reason.PICTURES_AWAY)
    return Refused(Reason.DATABASE_AWAY if isinstance(error, DatabaseAwayError) else Reason.DISK_FULL)
