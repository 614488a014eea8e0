"""What holds in a server, read for its admins: settings, plans, grants, money spent, trouble with the log channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.rules.budgets import Period, Spending
from bot.rules.log_problems import LogProblem
from bot.rules.policies import Plans, Policy
from bot.storage.engine.database import Connection
from bot.storage.remixes import quotas, spending
from bot.storage.remixes.quotas import Grant
from bot.storage.standing import policies, servers
from bot.use_cases.core import Core


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`log_problem`: why the last message to the log channel failed."""

    policy: Policy
    plans: Plans
    grants: Sequence[Grant]
    spent: Mapping[Period, Spending]
    log_problem: LogProblem | None


class ReadServerSettings:
    """Also remembers which server's admins were greeted."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of(self, guild_id: int) -> ServerSettings:
        return await self._core.database.transaction(self._read, guild_id)

    async def try_greet(self, guild_id: int) -> bool:
        """True the first time: recorded before anything is said, so that nothing is ever said twice."""
        return await self._core.database.transaction(lambda c: servers.try_greet(c, guild_id, self._core.clock()))

    def _read(self, connection: Connection, guild_id: int) -> ServerSettings:
        now = self._core.clock()
        return ServerSettings(
            policies.read(connection, guild_id),
            policies.read_plans(connection, guild_id),
            quotas.open_grants(connection, guild_id, now),
            spending.read_server(connection, guild_id, now),
            servers.read_log_problem(connection, guild_id),
        )
