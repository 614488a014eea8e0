"""Deletes records of refusals that moderators no longer need."""

from datetime import timedelta

from bot.storage.server_log import refusal_log
from bot.use_cases.core import Core

KEPT = timedelta(days=90)


async def forget_refusals(core: Core) -> int:
    """Deletes a batch in each transaction, so that nothing waits long. Returns how many were deleted."""
    before, forgotten = core.clock() - KEPT, 0
    while some := await core.database.transaction(refusal_log.forget_before, before):
        forgotten += some
    return forgotten
