"""Sums up for admins what each moderator of their server did."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from bot.rules.cases import CaseKind
from bot.rules.matters import MatterKind
from bot.storage.engine.database import Connection
from bot.storage.engine.read_only import read_snapshot
from bot.storage.moderation import moderator_record
from bot.use_cases.core import Core

_MOST_DECISIONS = 20_000
_KINDS = list(MatterKind)


@dataclass(frozen=True, slots=True)
class Decided:
    """`usually`: the median time from its card to the decision."""

    count: int
    usually: timedelta


@dataclass(slots=True)
class ModeratorRecord:
    """One moderator. `undone`: how many of their actions of a kind somebody has undone since, themselves included."""

    user_id: int
    actions: dict[CaseKind, int] = field(default_factory=dict)
    undone: dict[CaseKind, int] = field(default_factory=dict)
    decided: dict[MatterKind, Decided] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.actions.values())


@dataclass(frozen=True, slots=True)
class Statistics:
    """By the ids of the moderators: it ranks nobody."""

    days: int
    moderators: Sequence[ModeratorRecord]


async def read_statistics(core: Core, guild_id: int, days: int) -> Statistics:
    """On a connection of its own: a server may have hundreds of thousands of cases, and every remix would wait."""

    def read(connection: Connection) -> Statistics:
        since = core.clock() - timedelta(days=days)
        found: dict[int, ModeratorRecord] = {}
        for each in moderator_record.actions(connection, guild_id, since):
            record = found.setdefault(each.user_id, ModeratorRecord(each.user_id))
            record.actions[each.kind] = each.count
            record.undone[each.kind] = each.undone
        waited = defaultdict[tuple[int, MatterKind], list[float]](list)
        for decision in moderator_record.decisions(connection, guild_id, since, _MOST_DECISIONS):
            waited[decision.user_id, decision.kind].append(decision.waited.total_seconds())
        for (user_id, kind), times in sorted(waited.items(), key=lambda item: _KINDS.index(item[0][1])):
            record = found.setdefault(user_id, ModeratorRecord(user_id))
            record.decided[kind] = Decided(len(times), timedelta(seconds=median(times)))
        return Statistics(days, [found[user_id] for user_id in sorted(found)])

    return await asyncio.to_thread(read_snapshot, core.database.url, read)
