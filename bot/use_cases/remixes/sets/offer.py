"""Says at which speed a weight ladder of a remix is offered."""

from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.storage.engine.database import Connection
from bot.storage.remixes import jobs
from bot.storage.standing import policies
from bot.use_cases.core import Core


async def ladder_speed(core: Core, job_id: int, guild_id: int) -> Speed | None:
    """The cheapest one that the server allows: a ladder is for looking. None: the remix cannot have one."""

    def read(connection: Connection) -> Speed | None:
        job = jobs.find(connection, job_id)
        if job is None or job.guild_id != guild_id or job.source_hash is None or not job.prompt:
            return None
        return _cheapest(policies.read(connection, guild_id))

    return await core.database.read(read)


def _cheapest(policy: Policy) -> Speed | None:
    return next((speed for speed in Speed if policy.allows(speed)), None)
