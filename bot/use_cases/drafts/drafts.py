"""Keeps what a member typed for a remix that was refused, and reads it when they press one of its buttons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.rules.origins import Origin
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RawOptions, RemixRequest
from bot.rules.rescues import KEPT_FOR, Rescue, after_refusal
from bot.rules.styles import Style
from bot.storage.drafts import drafts
from bot.storage.drafts.drafts import Draft, GoesOn, NewDraft
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.remixes import jobs
from bot.storage.standing import policies, styles
from bot.use_cases.core import Core
from bot.use_cases.remixes.gate_facts import Asker
from bot.use_cases.remixes.starting_points import Start, find_start

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft and the buttons that go with it."""

    draft_id: int
    rescues: tuple[Rescue, ...]


async def keep_draft(core: Core, refused: Refused, new: NewDraft, guild_id: int, user_id: int) -> Kept | None:
    """None: no button would help, or nothing can be stored at the moment."""
    now = core.clock()
    rescues = after_refusal(refused, now)
    if not rescues:
        return None
    cheaper = refused.fits[0] if refused.fits else None
    new = replace(new, cheaper_speed=cheaper)
    try:
        draft_id = await core.database.transaction(_save, guild_id, user_id, new, now + KEPT_FOR)
    except DatabaseUnavailableError as error:
        log.warning("what was typed for a refused remix could not be kept", reason=str(error))
        return None
    return None if draft_id is None else Kept(draft_id, rescues)


def _save(connection: Connection, guild_id: int, user_id: int, new: NewDraft, until: datetime) -> int | None:
    # The custom id of a form can be forged, and name a remix that was never there.
    if isinstance(new.picture, GoesOn) and jobs.find(connection, new.picture.job_id) is None:
        return None
    return drafts.save(connection, guild_id, user_id, new, until)


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft that its member goes on with. `options`: as typed, or as in the remix that it would have repeated."""

    draft: Draft
    options: RawOptions
    policy: Policy
    styles: Sequence[Style]


async def read_draft(core: Core, draft_id: int, guild_id: int, user_id: int) -> OpenDraft | Refused:
    """One read, because Discord takes a form only as the first response, within 3 seconds."""
    return await core.database.read(_read, draft_id, guild_id, user_id, core.clock())


def _read(connection: Connection, draft_id: int, guild_id: int, user_id: int, now: datetime) -> OpenDraft | Refused:
    draft = drafts.find(connection, draft_id, guild_id, user_id, now)
    if draft is None:
        return Refused(Reason.DRAFT_GONE)
    options, policy = draft.new.options, policies.read(connection, guild_id)
    offered = list(styles.read(connection, guild_id).values())
    if options is not None:
        return OpenDraft(draft, options, policy, offered)
    if not isinstance(draft.new.picture, GoesOn):
        return Refused(Reason.DRAFT_GONE)
    # The form shows the prompt of that remix, which may be hidden or taken down by now.
    found = find_start(connection, start_of(draft.new.picture, Origin.EDIT), guild_id, user_id)
    return found if isinstance(found, Refused) else OpenDraft(draft, _typed(found.job.request), policy, offered)


def start_of(picture: GoesOn, origin: Origin, request: RemixRequest | None = None) -> Start:
    card = (picture.message_id, picture.is_private, picture.channel_id)
    return Start(origin, picture.job_id, *card, request, picture.position)


def goes_on(start: Start) -> GoesOn:
    return GoesOn(start.origin, start.job_id, start.message_id, start.is_private, start.channel_id, start.position)


def _typed(request: RemixRequest) -> RawOptions:
    resolution = str(request.resolution) if request.resolution else None
    speed = request.speed.value
    return RawOptions(
        request.prompt, request.weight, resolution, speed, request.copyright_check, style=request.style_name
    )


def with_draft(asker: Asker, draft_id: int, rescue: Rescue) -> Asker:
    """Who asks, as the one who pressed that button: the draft becomes the remix, once."""
    return replace(asker, draft_id=draft_id, when_ready=rescue is Rescue.WHEN_READY)
