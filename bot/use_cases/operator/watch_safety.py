"""Blocks people for a day whose remixes the safety check often refuses, and tells moderators and the operator."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.log_kinds import LogKind
from bot.rules.strikes import BLOCKED_FOR, KEPT_FOR, SAFETY_REFUSALS, blocks
from bot.storage.engine.database import Connection
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import strikes
from bot.storage.remixes.strikes import RefusedMember
from bot.storage.server_log import log_entries
from bot.storage.standing import member_blocks, policies
from bot.use_cases.core import Core
from bot.use_cases.moderation.block_member import add_block
from bot.use_cases.operator.safety_words import often_unsafe
from bot.use_cases.ports import OftenRefused, OperatorNotices
from bot.use_cases.server_log.log_facts import write_refusals
from bot.use_cases.surely import take_known
from bot.use_cases.watch import Watch

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a look has changed."""

    cases: list[Case] = field(default_factory=list)
    notices: list[OftenRefused] = field(default_factory=list)


class WatchSafety(Watch):
    """Looks at each safety refusal once, after the transaction that recorded it, and also after a crash in between.

    `limit`: how many refusals of a person over all servers make the operator's rule apply; 0 for never. A server has a
    limit of its own.
    """

    # News comes several times for every remix, and refusals are rare.
    pause_s = 0.5

    def __init__(self, core: Core, limit: int, operator: OperatorNotices) -> None:
        super().__init__()
        self._core = core
        self._limit = limit
        self._operator = operator
        self._unsent: list[OftenRefused] = []

    async def _look(self) -> None:
        # A notice is recorded before it is sent: a crash in between loses one, but no start ever repeats one.
        for found in await take_known(self._core.database, self._apply_rules):
            self._unsent += found.notices
            for case in found.cases:
                self._core.news.case_added(case)
        while self._unsent:
            notice = self._unsent.pop(0)
            log.warning(
                "the safety check refuses a person often: blocked",
                user=notice.user_id,
                refusals=notice.refusals,
                servers=notice.servers,
            )
            await self._operator.tell_of_refusals(notice)

    def _apply_rules(self, connection: Connection) -> Sequence[_Found]:
        now, found = self._core.clock(), _Found()
        members = strikes.take_new(connection)
        for member in members:
            found.cases.extend(_apply_server_rule(connection, member, now))
        for user_id in sorted({member.user_id for member in members}):
            by_server = strikes.count_safety_by_server(connection, user_id, now - KEPT_FOR)
            refusals = sum(by_server.values())
            if blocks(refusals, self._limit):
                strikes.spend_everywhere(connection, user_id)
                found.cases.extend(_block_in_each(connection, user_id, by_server, refusals, now))
                found.notices.append(OftenRefused(user_id, refusals, len(by_server)))
        return [found] if found.cases or found.notices else []


def _apply_server_rule(connection: Connection, member: RefusedMember, now: datetime) -> Sequence[Case]:
    policy = policies.read(connection, member.guild_id)
    if policy.points_ladder is not None:
        # It counts safety refusals too: two rules would block twice for the same.
        return []
    limit = policy.safety_refusals
    refusals = strikes.count_safety(connection, member, now - KEPT_FOR)
    if not blocks(refusals, SAFETY_REFUSALS if limit is None else limit):
        return []
    strikes.spend_in_server(connection, member)
    return [_block(connection, member, refusals, now, everywhere=False)]


def _block_in_each(
    connection: Connection, user_id: int, guild_ids: Iterable[int], refusals: int, now: datetime
) -> Sequence[Case]:
    """In the servers where nothing blocks the member for as long already."""
    members = [RefusedMember(guild_id, user_id) for guild_id in guild_ids]
    return [
        _block(connection, member, refusals, now, everywhere=True)
        for member in members
        if not _is_blocked(connection, member, now + BLOCKED_FOR)
    ]


def _is_blocked(connection: Connection, member: RefusedMember, until: datetime) -> bool:
    block = member_blocks.find(connection, member.guild_id, member.user_id)
    return block is not None and (block.until is None or block.until >= until)


def _block(connection: Connection, member: RefusedMember, refusals: int, now: datetime, *, everywhere: bool) -> Case:
    reason = often_unsafe(refusals, everywhere=everywhere)
    new = NewCase(member.guild_id, CaseKind.BLOCK, BY_RULE, member.user_id, reason)
    case = add_block(connection, new, BLOCKED_FOR, now).case
    details = write_refusals(refusals, everywhere=everywhere)
    log_entries.add(connection, member.guild_id, LogKind.SAFETY, now, subject=case.number, details=details)
    return case
