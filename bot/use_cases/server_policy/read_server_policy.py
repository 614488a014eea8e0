"""Reads all that applies in a server, for its admins: settings, plans, styles, grants, money spent, log problems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.rules.budgets import Period, Spending
from bot.rules.log_problems import LogProblem
from bot.rules.policies import Plans, Policy
from bot.rules.raids import Raid
from bot.rules.styles import Style
from bot.rules.words.lists import ListKey
from bot.storage.engine.database import Connection
from bot.storage.remixes import quotas, spending
from bot.storage.remixes.quotas import Grant
from bot.storage.standing import automod, pictures, policies, servers, styles, words
from bot.storage.standing.automod import AutoModRead
from bot.use_cases.core import Core


@dataclass(frozen=True, slots=True)
class ServerPolicy:
    """`log_problem`: why the last message to the log channel failed.

    `words`, `pictures`: how many entries each list has.
    """

    policy: Policy
    plans: Plans
    grants: Sequence[Grant]
    spent: Mapping[Period, Spending]
    log_problem: LogProblem | None
    styles: Sequence[Style] = ()
    words: Mapping[ListKey, int] = field(default_factory=dict)
    automod: AutoModRead | None = None
    raid: Raid | None = None
    pictures: int = 0


async def read_policy(core: Core, guild_id: int) -> Policy:
    return await core.database.read(policies.read, guild_id)


async def read_server_policy(core: Core, guild_id: int) -> ServerPolicy:
    def read(connection: Connection) -> ServerPolicy:
        now = core.clock()
        return ServerPolicy(
            policies.read(connection, guild_id),
            policies.read_plans(connection, guild_id),
            quotas.open_grants(connection, guild_id, now),
            spending.read_server(connection, guild_id, now),
            servers.read_log_problem(connection, guild_id),
            list(styles.read(connection, guild_id).values()),
            words.count(connection, guild_id),
            automod.find(connection, guild_id),
            servers.read_raid(connection, guild_id),
            pictures.count(connection, guild_id),
        )

    return await core.database.read(read)
