"""Asks the ladders what follows from new points, and warns or blocks members by rule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.points import TIME_S, Rung, RungAction, reached
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, points
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.moderation.points import Pointed
from bot.storage.standing import member_blocks, policies
from bot.use_cases.core import Core
from bot.use_cases.moderation.block_member import add_block
from bot.use_cases.moderation.oversight import point_words
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.ports import Moderators, OperatorNotices, PersonPointed
from bot.use_cases.surely import take_known
from bot.use_cases.watch import Watch

_AT_ONCE = 50
_TIME = timedelta(seconds=TIME_S)
"""For how long points count in all servers together."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Done:
    """What a look at one member has changed. `waits`: Discord must say first whether they moderate these servers."""

    cases: list[Case] = field(default_factory=list)
    notices: list[PersonPointed] = field(default_factory=list)
    waits: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Follows:
    """The rungs that are reached: of the server's ladder, and of the operator's over all servers."""

    here: Rung | None
    everywhere: Rung | None


class WatchPoints(Watch):
    """Looks at new points once, after the transaction that recorded them, and also after a crash in between.

    Nothing is done to moderators and the owner of a server: they have to answer to each other, not to a rule.
    """

    # News comes several times for every remix, and points are rare.
    pause_s = 0.5
    # For members about whom Discord did not answer.
    look_again_s = 60.0

    def __init__(self, core: Core, rules: OperatorRules, moderators: Moderators, operator: OperatorNotices) -> None:
        super().__init__()
        self._core = core
        self._rules = rules
        self._moderators = moderators
        self._operator = operator
        self._unsent: list[PersonPointed] = []

    def case_added(self, _case: Case) -> None:
        self.look_soon()

    async def _look(self) -> None:
        # A notice is recorded before it is sent: a crash in between loses one, but no start ever repeats one.
        for member in await self._core.database.read_long(points.find_new, _AT_ONCE):
            done = await self._settle(member, {})
            if done.waits:
                asked = {each: await self._moderators.moderates(each, member.user_id) for each in sorted(done.waits)}
                done = await self._settle(member, {each: said for each, said in asked.items() if said is not None})
            for case in done.cases:
                self._core.news.case_added(case)
            self._unsent += done.notices
        while self._unsent:
            notice = self._unsent.pop(0)
            log.warning("a person has many points", user=notice.user_id, points=notice.points, servers=notice.servers)
            await self._operator.tell_of_points(notice)

    async def _settle(self, member: Pointed, moderates: Mapping[int, bool]) -> _Done:
        """`moderates`: by server, as far as Discord has said it. Nothing is done while it matters and is not known."""
        found = await take_known(self._core.database, lambda connection: self._apply(connection, member, moderates))
        return found[0] if found else _Done()

    def _apply(self, connection: Connection, member: Pointed, moderates: Mapping[int, bool]) -> Sequence[_Done]:
        now, done = self._core.clock(), _Done()
        follows = self._ask_ladders(connection, member, now)
        servers = points.by_server(connection, member.user_id, now - _TIME) if follows.everywhere is not None else {}
        reached_in = {*servers, *([member.guild_id] if follows.here is not None else [])}
        if not reached_in.issubset(moderates):
            return [_Done(waits=frozenset(reached_in))]
        if not points.mark_seen(connection, member) or not reached_in:
            return []
        if follows.here is not None and not moderates[member.guild_id]:
            done.cases.extend(_act_here(connection, member, follows.here, now))
        if follows.everywhere is not None:
            _act_everywhere(connection, member.user_id, servers, follows.everywhere, now, done, moderates)
        return [done]

    def _ask_ladders(self, connection: Connection, member: Pointed, now: datetime) -> _Follows:
        policy = policies.read(connection, member.guild_id)
        here = points.total(connection, member.user_id, now - policy.points_time, guild_id=member.guild_id)
        since = now - _TIME
        # New points of other servers are asked about when it is the turn of those.
        before = points.total(connection, member.user_id, since).before
        new = points.total(connection, member.user_id, since, guild_id=member.guild_id).new
        return _Follows(
            reached(policy.points_ladder, here.before, here.all),
            reached(self._rules.points_ladder, before, before + new),
        )


def _act_everywhere(
    connection: Connection,
    user_id: int,
    in_servers: Mapping[int, int],
    rung: Rung,
    now: datetime,
    done: _Done,
    moderates: Mapping[int, bool],
) -> None:
    """In each server where they have points. One server alone can so reach nobody in another one."""
    count = sum(in_servers.values())
    reason = point_words.by_operator(count, TIME_S)
    warned = {case.guild_id for case in done.cases}
    for guild_id in sorted(in_servers):
        if not moderates[guild_id] and (rung.action is RungAction.BLOCK or guild_id not in warned):
            done.cases.extend(_act(connection, Pointed(guild_id, user_id), rung, reason, now))
    done.notices.append(PersonPointed(user_id, count, len(in_servers), rung))


def _act_here(connection: Connection, member: Pointed, rung: Rung, now: datetime) -> Iterable[Case]:
    time = policies.read(connection, member.guild_id).points_time
    by_kind = points.by_kind(connection, member.guild_id, member.user_id, now - time)
    reason = point_words.by_ladder(sum(by_kind.values()), by_kind, int(time.total_seconds()))
    return _act(connection, member, rung, reason, now)


def _act(connection: Connection, member: Pointed, rung: Rung, reason: str, now: datetime) -> Sequence[Case]:
    """Nothing, where the member is blocked for as long already: they would only read about it twice."""
    if rung.action is RungAction.WARN:
        return [cases.add(connection, NewCase(member.guild_id, CaseKind.WARN, BY_RULE, member.user_id, reason), now)]
    if _is_blocked(connection, member, rung.length, now):
        return []
    new = NewCase(member.guild_id, CaseKind.BLOCK, BY_RULE, member.user_id, reason)
    return [add_block(connection, new, rung.length, now).case]


def _is_blocked(connection: Connection, member: Pointed, length: timedelta | None, now: datetime) -> bool:
    block = member_blocks.find(connection, member.guild_id, member.user_id)
    if block is None:
        return False
    return block.until is None or (length is not None and block.until >= now + length)
