"""Who was refused by which rule is kept for as long as moderators may ask for it, and no longer."""

from datetime import timedelta

from bot.storage.engine.database import Database
from bot.storage.server_log import refusal_log
from bot.use_cases.ports import Clock

KEPT = timedelta(days=90)


async def forget_refusals(database: Database, clock: Clock) -> int:
    """Some at a time, so that nobody waits for it. Returns how many went."""
    before, forgotten = clock() - KEPT, 0
    while some := await database.transaction(refusal_log.forget_before, before):
        forgotten += some
    return forgotten
