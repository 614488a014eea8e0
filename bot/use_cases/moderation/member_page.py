"""Reads all that moderators can know about one member of their server, for one page."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bot.rules.budgets import Period, begins_at
from bot.rules.cases import CaseKind
from bot.rules.limits import Limits, MemberUsage
from bot.rules.pages import Cursor, Page, make_page
from bot.rules.policies import limits_for
from bot.rules.refusals import Reason
from bot.storage.engine.database import Connection
from bot.storage.engine.read_only import read_snapshot
from bot.storage.moderation import cases, member_record
from bot.storage.moderation.cases import Case, CaseFilter
from bot.storage.moderation.member_record import RemixTotals
from bot.storage.remixes import queue_facts
from bot.storage.standing import member_blocks, policies
from bot.storage.standing.member_blocks import BlockedMember
from bot.use_cases.core import Core
from bot.use_cases.moderation.oversight.member_points import MemberPoints, read_points
from bot.use_cases.operator_rules import OperatorRules

_CASES_ON_A_PAGE = 5


@dataclass(frozen=True, slots=True)
class MemberPage:
    """`micros`: what their remixes cost in the current UTC day and month, in micro-dollars. `cases`: newest first."""

    user_id: int
    block: BlockedMember | None
    limits: Limits
    usage: MemberUsage
    totals: RemixTotals
    micros: Mapping[Period, int]
    refusals: Mapping[Reason, int]
    case_counts: Mapping[CaseKind, int]
    points: MemberPoints
    cases: Page[Case]


async def read_member(
    core: Core,
    rules: OperatorRules,
    guild_id: int,
    user_id: int,
    role_ids: frozenset[int],
    cursor: Cursor | None = None,
) -> MemberPage:
    """`role_ids`: none if they have left. It works for everybody who ever was there.

    It reads on a connection of its own, because on the one that writes every remix would wait for a long history.
    """

    def read(connection: Connection) -> MemberPage:
        now = core.clock()
        block = member_blocks.find(connection, guild_id, user_id)
        policy, plans = policies.read(connection, guild_id), policies.read_plans(connection, guild_id)
        about = CaseFilter(target_id=user_id)
        found = cases.newest(connection, guild_id, about, _CASES_ON_A_PAGE + 1, cursor)
        return MemberPage(
            user_id=user_id,
            block=None if block is None or block.is_over(now) else block,
            limits=limits_for(policy, plans, role_ids, rules.limits),
            usage=queue_facts.member_usage(connection, guild_id, user_id, now),
            totals=member_record.remix_totals(connection, guild_id, user_id),
            micros={
                period: member_record.micros_since(connection, guild_id, user_id, begins_at(period, now))
                for period in (Period.DAY, Period.MONTH)
            },
            refusals=member_record.refusals_by_reason(connection, guild_id, user_id),
            case_counts=member_record.cases_by_kind(connection, guild_id, user_id),
            points=read_points(connection, guild_id, user_id, now),
            cases=make_page(found, _CASES_ON_A_PAGE, cursor, lambda case: case.number),
        )

    return await asyncio.to_thread(read_snapshot, core.database.url, read)
