"""Ends appeals that nobody decided in time, tells people how theirs ended, and forgets old ones."""

from collections.abc import Sequence
from datetime import datetime

from bot.rules.appeals import KEPT_FOR, Outcome
from bot.rules.matters import MatterKind
from bot.storage.appeals import allowances, appeals
from bot.storage.appeals.appeals import Appeal
from bot.storage.engine.database import Connection
from bot.storage.matters import matters
from bot.use_cases.appeals.own_appeals import Told, read_told
from bot.use_cases.core import Core

_AT_ONCE = 50


async def expire_appeals(core: Core) -> int:
    """Returns how many. The card says that nobody decided, and so does the message to its author."""

    def expire(connection: Connection) -> int:
        now = core.clock()
        over = appeals.ending(connection, now, _AT_ONCE)
        for each in over:
            end_appeal(connection, each, Outcome.EXPIRED, now)
        return len(over)

    ended = 0
    while some := await core.database.transaction(expire):
        ended += some
    if ended:
        core.news.post_change_due()
    return ended


def end_appeal(connection: Connection, appeal: Appeal, outcome: Outcome, now: datetime) -> None:
    """Without a moderator's decision."""
    appeals.end(connection, appeal.id, outcome, now)
    matters.close_undecided(connection, MatterKind.APPEAL, appeal.id, now, outcome)


def erase_appeals(connection: Connection, user_id: int, now: datetime) -> None:
    """Of somebody who has their data erased: what they wrote and what was allowed them. Open ones are withdrawn."""
    for each in appeals.open_of(connection, user_id):
        end_appeal(connection, each, Outcome.WITHDRAWN, now)
    appeals.erase_words_of(connection, user_id)
    allowances.delete_of_person(connection, user_id)


async def forget_appeals(core: Core) -> int:
    """Deletes those that ended long ago, and what was allowed once long ago. Returns how many appeals."""
    before, forgotten = core.clock() - KEPT_FOR, 0
    while some := await core.database.transaction(appeals.forget_before, before, _AT_ONCE):
        forgotten += some
    await core.database.transaction(allowances.forget_before, before)
    return forgotten


async def to_tell(core: Core) -> Sequence[Told]:
    """Those whose authors were not sent a message yet."""

    def read(connection: Connection) -> Sequence[Told]:
        return [read_told(connection, each, core.clock()) for each in appeals.to_tell(connection, _AT_ONCE)]

    return await core.database.read(read)


async def mark_reached(core: Core, appeal: Appeal, *, reached: bool) -> None:
    """`reached` False: they read it at their next use."""

    def mark(connection: Connection) -> None:
        if reached:
            appeals.mark_told(connection, [appeal.id], core.clock())
        else:
            appeals.mark_unreachable(connection, appeal.id, core.clock())

    await core.database.transaction(mark)
