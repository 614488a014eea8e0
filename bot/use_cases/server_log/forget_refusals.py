"""Deletes the record of who was refused by which rule once moderators no longer need it."""

from datetime import timedelta

from bot.storage.server_log import refusal_log
from bot.use_cases.core import Core

KEPT = timedelta(days=90)


async def forget_refusals(core: Core) -> int:
    """A batch at a time, so that nobody waits for it. Returns how many were deleted."""
    before, forgotten = core.clock() - KEPT, 0
    while some := await core.database.transaction(refusal_log.forget_before, before):
        forgotten += some
    return forgotten
