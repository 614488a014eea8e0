"""Reads what a member may do here now: the gate's own decision and the figures behind it. Records no refusal."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules import gate
from bot.rules.limits import Limits, MemberUsage
from bot.rules.policies import Policy
from bot.rules.refusals import Refused
from bot.rules.styles import Style
from bot.storage.engine.database import Connection
from bot.storage.remixes import quotas
from bot.storage.remixes.quotas import Grant
from bot.storage.standing import styles
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.gate_facts import Asker, Wanted, read_standing, read_submission


@dataclass(frozen=True, slots=True)
class MemberAllowance:
    """`refused` None: they may start a remix now. `grants`: the member's own that have something left."""

    refused: Refused | None
    policy: Policy
    limits: Limits
    usage: MemberUsage
    grants: Sequence[Grant]
    styles: Sequence[Style] = ()


async def member_allowance(core: Core, rules: OperatorRules, asker: Asker) -> MemberAllowance:
    """Asks the gate about the cheapest remix that the server allows."""

    def read(connection: Connection) -> MemberAllowance:
        now = core.clock()
        standing = read_standing(connection, asker.guild_id, asker.user_id, asker.channel_ids, rules.allowed_guild_ids)
        policy = standing.policy
        cheapest = min(rules.reservation(speed) for speed in rules.prices if policy.allows(speed))
        given = read_submission(connection, asker, policy, rules, Wanted(cheapest), now)
        grants = quotas.open_grants(connection, asker.guild_id, now, asker.user_id)
        offered = list(styles.read(connection, asker.guild_id).values())
        refused = gate.decide(standing, given, now)
        return MemberAllowance(refused, policy, given.limits, given.usage, grants, offered)

    return await core.database.read(read)
