"""Pauses a server, so that nothing is accepted or started there, and resumes it."""

from datetime import datetime

from bot.rules.cases import CaseKind
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases, moderated_jobs
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.standing import servers
from bot.storage.standing.pauses import Pause
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting

BEFORE = "before"
"""In a pause's details: the reason of the pause that it replaced. Undoing the new one restores that pause."""


async def pause_server(core: Core, acting: Acting, reason: str) -> Case:
    """Pause the server, or give its pause another reason. Members who wait there read it at once."""

    def pause(connection: Connection) -> Case:
        before = servers.read_pause(connection, acting.guild_id)
        details = {BEFORE: before.reason} if before is not None else {}
        new = NewCase(acting.guild_id, CaseKind.PAUSE, acting.actor_id, reason=reason, details=details)
        return begin_pause(connection, new, reason, core.clock())

    case = await core.database.transaction(pause)
    core.news.case_added(case)
    await tell_waiting(core, acting.guild_id)
    return case


async def resume_server(core: Core, acting: Acting) -> Case | None:
    """None: it was not paused."""
    case = await core.database.transaction(lambda connection: end_pause(connection, acting, core.clock()))
    if case is not None:
        core.news.case_added(case)
        await tell_waiting(core, acting.guild_id)
    return case


async def tell_waiting(core: Core, guild_id: int) -> None:
    """Report every queued job of the server as changed: the private replies follow, and the worker looks again."""
    for job in await core.database.read(moderated_jobs.queued_of_server, guild_id):
        core.news.job_changed(job.id)


def begin_pause(connection: Connection, new: NewCase, reason: str, now: datetime) -> Case:
    """Record the case and pause the server by it."""
    case = cases.add(connection, new, now)
    servers.pause(connection, new.guild_id, Pause(reason, now, new.actor_id, case.number))
    return case


def end_pause(connection: Connection, acting: Acting, now: datetime) -> Case | None:
    """None: it was not paused."""
    if not servers.resume(connection, acting.guild_id):
        return None
    return cases.add(connection, NewCase(acting.guild_id, CaseKind.RESUME, acting.actor_id, reason=acting.reason), now)
