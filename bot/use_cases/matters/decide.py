"""Lets moderators open, claim and decide matters, as far as each is allowed to, and lists those that are open."""

from dataclasses import dataclass
from enum import StrEnum

from bot.rules.matters import MatterKind
from bot.rules.pages import Cursor, Page, make_page
from bot.storage.engine.database import Connection
from bot.storage.matters import matters, reports
from bot.storage.matters.matters import Matter
from bot.use_cases.core import Core

_ON_A_PAGE = 6


class NotYours(StrEnum):
    """Why a moderator cannot open or decide a matter."""

    NOT_FOUND = "not_found"
    CLOSED = "closed"
    ADMINS_ONLY = "admins_only"
    ABOUT_YOU = "about_you"
    CLAIMED = "claimed"


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who asks. The caller has checked that they moderate that server. `is_admin`: they have Manage Server.

    `stands_in_for`: somebody about whom nobody else could decide, as far as is known; perhaps themself.
    """

    guild_id: int
    user_id: int
    is_admin: bool
    stands_in_for: int | None = None


async def find_matter(
    core: Core, who: Moderator, matter_id: int, kind: MatterKind | None = None, *, decides: bool
) -> Matter | NotYours:
    """`decides` False: only to read or claim it. Then it may be closed, or claimed by somebody else."""

    def find(connection: Connection) -> Matter | NotYours:
        matter = _find(connection, who, matter_id)
        if isinstance(matter, NotYours):
            return matter
        if kind not in {None, matter.kind}:
            return NotYours.NOT_FOUND
        if decides and not matter.is_open:
            return NotYours.CLOSED
        if decides and matter.claimant(core.clock()) not in {None, who.user_id}:
            return NotYours.CLAIMED
        return matter

    return await core.database.read(find)


def _find(connection: Connection, who: Moderator, matter_id: int) -> Matter | NotYours:
    """As far as that moderator may read it."""
    matter = matters.find(connection, matter_id)
    if matter is None or matter.guild_id != who.guild_id:
        return NotYours.NOT_FOUND
    stands_in = matter.about_id is not None and matter.about_id == who.stands_in_for
    if matter.about_id == who.user_id:
        return matter if stands_in and _can_decide_alone(connection, matter) else NotYours.ABOUT_YOU
    return NotYours.ADMINS_ONLY if matter.admins_only and not (who.is_admin or stands_in) else matter


def _can_decide_alone(connection: Connection, matter: Matter) -> bool:
    """Whether somebody about whom nobody else can decide does so themself.

    Only about reports, because everything else they can do in another way or leave. Never about illegal content.
    """
    is_open_report = matter.kind is MatterKind.REPORT and matter.is_open
    return is_open_report and not reports.was_illegal(connection, matter.job_id or 0)


async def claim_matter(core: Core, who: Moderator, matter_id: int, *, release: bool = False) -> Matter | NotYours:
    """Claim it, or release it. `CLOSED`: there is nothing left to claim. `CLAIMED`: somebody else was faster.

    Every moderator can release a claim: one who is away must not keep the others from a matter.
    """

    def claim(connection: Connection) -> Matter | NotYours:
        matter, now = _find(connection, who, matter_id), core.clock()
        if isinstance(matter, NotYours):
            return matter
        if not matter.is_open:
            return NotYours.CLOSED
        # A card that was drawn before somebody else's claim still offers to claim it, which must not release it.
        if not release and matter.claimant(now) not in {None, who.user_id}:
            return NotYours.CLAIMED
        matters.claim(connection, matter_id, None if release else who.user_id, now)
        return matters.get(connection, matter_id)

    return await core.database.transaction(claim)


async def read_inbox(core: Core, guild_id: int, cursor: Cursor | None = None) -> tuple[Page[Matter], int]:
    """The open matters of a server, oldest first, and how many there are in all."""

    def read(connection: Connection) -> tuple[Page[Matter], int]:
        found = matters.open_in_server(connection, guild_id, _ON_A_PAGE + 1, cursor)
        page = make_page(found, _ON_A_PAGE, cursor, lambda matter: matter.id)
        return page, matters.count_open(connection, guild_id)

    return await core.database.read(read)
