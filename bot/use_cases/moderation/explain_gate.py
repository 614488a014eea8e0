"""Why a member can, or cannot, make a remix now: every answer of the gate. Read-only, no refusal is written down."""

from collections.abc import Sequence

from bot.rules import gate
from bot.rules.gate import CheckResult
from bot.storage.engine.database import Connection
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.gate_facts import Asker, Wanted, read_standing, read_submission


class ExplainGate:
    """Asks for the remix that a member gets who chooses nothing: at the server's own speed."""

    def __init__(self, core: Core, rules: OperatorRules) -> None:
        self._core = core
        self._rules = rules

    async def run(self, asker: Asker) -> Sequence[CheckResult]:
        """In the order in which the gate asks."""
        return await self._core.database.transaction(self._trace, asker)

    def _trace(self, connection: Connection, asker: Asker) -> Sequence[CheckResult]:
        now, rules = self._core.clock(), self._rules
        allowed = rules.allowed_guild_ids
        standing = read_standing(connection, asker.guild_id, asker.user_id, asker.channel_ids, allowed)
        speed = standing.policy.speed
        wanted = Wanted(self._rules.reservation(speed), speed)
        submission = read_submission(connection, asker, standing.policy, rules, wanted, now)
        return gate.trace(standing, submission, now)
