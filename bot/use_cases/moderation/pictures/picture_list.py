"""An admin lists pictures that are not allowed, or takes one off the list. Each change is a case that can be undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.cases import CaseKind
from bot.rules.picture_memory import ListedBecause, PictureMemory
from bot.rules.policy_cases import PicturesChange, to_details
from bot.rules.refusals import Refused
from bot.storage.engine.database import Connection
from bot.storage.moderation import cases
from bot.storage.moderation.cases import Case, NewCase
from bot.storage.remixes import results
from bot.storage.remixes.jobs import Job
from bot.storage.standing import pictures, policies
from bot.storage.standing.pictures import ListedPicture, NewPicture
from bot.use_cases.core import Core
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.pictures.read_picture import read_picture


@dataclass(frozen=True, slots=True)
class PictureList:
    """The newest entries, each with the case that listed it; how many there are; whether the server asks them."""

    shown: Sequence[tuple[ListedPicture, Case | None]]
    count: int
    memory: PictureMemory


async def read_pictures(core: Core, guild_id: int, limit: int) -> PictureList:
    def read(connection: Connection) -> PictureList:
        shown = [(each, case_of(connection, each)) for each in pictures.newest(connection, guild_id, limit)]
        memory = policies.read(connection, guild_id).memory
        return PictureList(shown, pictures.count(connection, guild_id), memory)

    return await core.database.read(read)


def case_of(connection: Connection, listed: ListedPicture) -> Case | None:
    return cases.find(connection, listed.guild_id, listed.case_number) if listed.case_number is not None else None


async def list_picture(core: Core, rules: OperatorRules, acting: Acting, picture: bytes) -> Case | Refused:
    """An attached file, as it would be prepared for a remix. It is not kept."""
    read = await read_picture(core.pictures, rules.source, picture, acting.actor_id, keep=True)
    if isinstance(read, Refused):
        return read
    return await _add(core, acting, [NewPicture(read.hash, ListedBecause.ADDED, prints=read.prints)], None)


async def list_results(core: Core, acting: Acting, job: Job) -> Case | None:
    """All pictures of that remix. None: none of them is kept any more."""
    answered = await core.database.read(results.of_job, job.id)
    new = [NewPicture(each.hash, ListedBecause.ADDED, job.id) for each in answered if each.hash is not None]
    return await _add(core, acting, new, job) if new else None


async def _add(core: Core, acting: Acting, new: Sequence[NewPicture], job: Job | None) -> Case:
    def add(connection: Connection) -> Case:
        now = core.clock()
        listed = pictures.add(connection, acting.guild_id, new, None, now)
        case = _record(connection, acting, PicturesChange(listed=listed), now, job)
        pictures.note_case(connection, acting.guild_id, listed, case.number)
        return case

    case = await core.database.transaction(add)
    core.news.case_added(case)
    return case


async def take_off(core: Core, acting: Acting, number: int) -> Case | None:
    """None: it is not on the list."""

    def remove(connection: Connection) -> Case | None:
        taken_off = pictures.take_off(connection, acting.guild_id, [number])
        return _record(connection, acting, PicturesChange(taken_off=taken_off), core.clock()) if taken_off else None

    case = await core.database.transaction(remove)
    if case is not None:
        core.news.case_added(case)
    return case


def _record(
    connection: Connection, acting: Acting, made: PicturesChange, now: datetime, job: Job | None = None
) -> Case:
    new = NewCase(
        guild_id=acting.guild_id,
        kind=CaseKind.PICTURES,
        actor_id=acting.actor_id,
        reason=acting.reason,
        job_id=job.id if job is not None else None,
        details=to_details(made),
    )
    return cases.add(connection, new, now)
