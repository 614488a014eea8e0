"""What a member may do here now: the gate's own answer and what it is made of. No refusal is written down."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules import gate
from bot.rules.limits import Limits, MemberUsage
from bot.rules.policies import Policy
from bot.rules.refusals import Refused
from bot.storage.engine.database import Connection
from bot.storage.remixes import quotas
from bot.storage.remixes.quotas import Grant
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.gate_facts import Asker, Wanted, read_standing, read_submission


@dataclass(frozen=True, slots=True)
class MemberAllowance:
    """`refused` None: they may start a remix now. `grants` are their own that have something left."""

    refused: Refused | None
    policy: Policy
    limits: Limits
    usage: MemberUsage
    grants: Sequence[Grant]


class MemberAllowances:
    """Asks for the cheapest remix there is."""

    def __init__(self, core: Core, rules: OperatorRules) -> None:
        self._core = core
        self._rules = rules

    async def of(self, asker: Asker) -> MemberAllowance:
        return await self._core.database.transaction(self._read, asker)

    def _read(self, connection: Connection, asker: Asker) -> MemberAllowance:
        now, rules = self._core.clock(), self._rules
        standing = read_standing(connection, asker.guild_id, asker.user_id, asker.channel_ids, rules.allowed_guild_ids)
        policy = standing.policy
        cheapest = min(self._rules.reservation(speed) for speed in self._rules.prices if policy.allows(speed))
        given = read_submission(connection, asker, policy, rules, Wanted(cheapest), now)
        grants = quotas.open_grants(connection, asker.guild_id, now, asker.user_id)
        return MemberAllowance(gate.decide(standing, given, now), policy, given.limits, given.usage, grants)
