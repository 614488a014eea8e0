"""Stores the state of a server: its pause, whether it was greeted, whether its log channel works, its case count."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.log_problems import LogProblem
from bot.rules.raids import Raid
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.moderation import SERVER_IS_PAUSED, servers
from bot.storage.standing import words
from bot.storage.standing.pauses import Pause

IS_PAUSED = sa.select(servers.c.guild_id).where(SERVER_IS_PAUSED)
"""The servers whose moderators have paused them."""


def ensure(connection: Connection, guild_id: int) -> None:
    """Make sure that the server has a row."""
    if connection.execute(sa.select(servers.c.guild_id).where(servers.c.guild_id == guild_id)).first() is None:
        connection.execute(sa.insert(servers).values(guild_id=guild_id))


def _change(connection: Connection, guild_id: int, **values: object) -> None:
    ensure(connection, guild_id)
    connection.execute(sa.update(servers).where(servers.c.guild_id == guild_id).values(values))


_READ_PAUSE = PreparedStatement(
    sa.select(servers.c.paused_reason, servers.c.paused_at, servers.c.paused_by, servers.c.paused_case).where(
        servers.c.guild_id == sa.bindparam("guild")
    )
)


def read_pause(connection: Connection, guild_id: int) -> Pause | None:
    row = _READ_PAUSE.first(connection, {"guild": guild_id})
    if row is None or row.paused_reason is None:
        return None
    return Pause(row.paused_reason, row.paused_at, row.paused_by, row.paused_case)


def pause(connection: Connection, guild_id: int, pause: Pause) -> None:
    """Pause a server, or give its pause another reason."""
    _change(
        connection,
        guild_id,
        paused_reason=pause.reason,
        paused_at=pause.at,
        paused_by=pause.by,
        paused_case=pause.case_number,
    )


def resume(connection: Connection, guild_id: int) -> bool:
    """Returns True if it was paused."""
    was_paused = read_pause(connection, guild_id) is not None
    if was_paused:
        _change(connection, guild_id, paused_reason=None, paused_at=None, paused_by=None, paused_case=None)
    return was_paused


_READ_RAID = PreparedStatement(
    sa.select(servers.c.raid_at, servers.c.raid_until, servers.c.raid_case).where(
        servers.c.guild_id == sa.bindparam("guild")
    )
)


def read_raid(connection: Connection, guild_id: int) -> Raid | None:
    """Raid mode, if it is on."""
    row = _READ_RAID.first(connection, {"guild": guild_id})
    return None if row is None or row.raid_case is None else Raid(row.raid_at, row.raid_until, row.raid_case)


def begin_raid(connection: Connection, guild_id: int, raid: Raid) -> None:
    """Switch raid mode on, or give it another end. Remixes that wait are asked again whether they are about it."""
    words.count_change(connection, guild_id)
    _change(connection, guild_id, raid_at=raid.at, raid_until=raid.until, raid_case=raid.case_number)


def end_raid(connection: Connection, guild_id: int) -> bool:
    """Returns True if it was on."""
    was_on = read_raid(connection, guild_id) is not None
    if was_on:
        words.count_change(connection, guild_id)
        _change(connection, guild_id, raid_at=None, raid_until=None, raid_case=None)
    return was_on


def raids_over(connection: Connection, now: datetime) -> list[int]:
    """The servers whose raid mode has to end now."""
    # One that seems to have begun later than now was switched on before the clock was set back.
    over = (servers.c.raid_until <= now, servers.c.raid_at <= now)
    return list(connection.scalars(sa.select(servers.c.guild_id).where(*over).order_by(servers.c.guild_id)))


def change_pause_reason(connection: Connection, guild_id: int, case_number: int, reason: str) -> None:
    """Change the reason that people read, if the pause of that case is still on."""
    same_pause = (servers.c.guild_id == guild_id, servers.c.paused_case == case_number)
    connection.execute(sa.update(servers).where(*same_pause).values(paused_reason=reason))


def try_greet(connection: Connection, guild_id: int, now: datetime) -> bool:
    """Record that the bot greets the server. Returns True the first time only."""
    ensure(connection, guild_id)
    first = (servers.c.guild_id == guild_id, servers.c.greeted_at.is_(None))
    return connection.execute(sa.update(servers).where(*first).values(greeted_at=now)).rowcount == 1


def read_log_problem(connection: Connection, guild_id: int) -> LogProblem | None:
    """Why the last message to its log channel failed; None if it did not."""
    code = connection.scalar(sa.select(servers.c.log_problem).where(servers.c.guild_id == guild_id))
    return LogProblem(code) if code is not None else None


def write_log_problem(connection: Connection, guild_id: int, problem: LogProblem | None, now: datetime) -> None:
    # Read first: this runs after every message, and almost none of them changes anything.
    if read_log_problem(connection, guild_id) != problem:
        _change(connection, guild_id, log_problem=problem, log_problem_at=now if problem else None)


def next_case_number(connection: Connection, guild_id: int) -> int:
    """The number for a new case. Each server counts from 1."""
    ensure(connection, guild_id)
    where = servers.c.guild_id == guild_id
    connection.execute(sa.update(servers).where(where).values(last_case=servers.c.last_case + 1))
    number: int = connection.execute(sa.select(servers.c.last_case).where(where)).scalar_one()
    return number
