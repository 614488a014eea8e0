"""Deletes the prompts, channels and events of remixes that ended long ago."""

from datetime import timedelta

from bot.storage.privacy import forgetting
from bot.storage.standing import policies
from bot.use_cases.core import Core

_AT_ONCE = 50


async def forget_prompts(core: Core, keep: timedelta) -> int:
    """Those older than `keep`, or than their server's own, shorter limit. Returns how many remixes.

    A batch in each transaction, so that nothing waits long for the one writer thread.
    """
    own = await core.database.read_long(policies.servers_with_prompt_retention)
    forgotten = 0
    for guild_id in await core.database.read_long(forgetting.remembered_servers):
        now = core.clock()
        before = now - min(keep, timedelta(days=own.get(guild_id, keep.days)))
        while some := await core.database.transaction(forgetting.forget_finished, guild_id, before, now, _AT_ONCE):
            forgotten += some
    return forgotten
