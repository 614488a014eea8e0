"""What a member may do here now: the gate's own answer and what it is made of. No refusal is written down."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rules import gate
from bot.rules.limits import Limits, MemberUsage
from bot.rules.policies import Policy
from bot.rules.refusals import Refused
from bot.storage.engine.database import Connection, Database
from bot.storage.remixes import quotas
from bot.storage.remixes.quotas import Grant
from bot.use_cases.ports import Clock
from bot.use_cases.remixes.gate_facts import Asker, Wanted, read_standing, read_submission
from bot.use_cases.remixes.submit_remix import SubmissionRules


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

    def __init__(self, database: Database, rules: SubmissionRules, *, clock: Clock) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock

    async def of(self, asker: Asker) -> MemberAllowance:
        return await self._database.transaction(self._read, asker)

    def _read(self, connection: Connection, asker: Asker) -> MemberAllowance:
        now, operator = self._clock(), self._rules.operator
        standing = read_standing(
            connection, asker.guild_id, asker.user_id, asker.channel_ids, operator.allowed_guild_ids
        )
        policy = standing.policy
        cheapest = min(self._rules.reservation(speed) for speed in self._rules.prices if policy.allows(speed))
        given = read_submission(connection, asker, policy, operator, Wanted(cheapest), now)
        grants = quotas.open_grants(connection, asker.guild_id, now, asker.user_id)
        return MemberAllowance(gate.decide(standing, given, now), policy, given.limits, given.usage, grants)
