"""Records that a member wants to remix a picture of a message or an avatar, before they fill in the form."""

from dataclasses import dataclass

from bot.rules.others_pictures import PictureOwner, decide, question_ends_at
from bot.rules.policies import Policy
from bot.rules.refusals import Reason, Refused
from bot.storage.consent import picture_requests
from bot.storage.consent.picture_requests import NewPictureRequest, PictureRequest
from bot.storage.engine.database import Connection
from bot.storage.moderation import moderated_jobs
from bot.storage.privacy import opt_outs
from bot.storage.standing import policies
from bot.use_cases.core import Core
from bot.use_cases.remixes.gate_facts import Asker, TakenPicture


@dataclass(frozen=True, slots=True)
class OpenedForm:
    """`asks_author`: the picture's author has to agree before anything is made."""

    request_id: int
    policy: Policy
    asks_author: bool


async def open_form(core: Core, new: NewPictureRequest) -> OpenedForm | Refused:
    """One transaction, because Discord takes a form only as the first response, within 3 seconds."""

    def open_(connection: Connection) -> OpenedForm | Refused:
        now, policy = core.clock(), policies.read(connection, new.guild_id)
        refused = refused_now(connection, new)
        asks = refused is not None and refused.reason is Reason.PICTURE_NEEDS_CONSENT
        if refused is not None and not asks:
            return refused
        number = picture_requests.add(connection, new, now, question_ends_at(new.pictures[0].url, now))
        return OpenedForm(number, policy, asks)

    return await core.database.transaction(open_)


def refused_now(connection: Connection, wanted: NewPictureRequest | PictureRequest) -> Refused | None:
    """What the server's setting and the wish of the picture's author say, before anybody has agreed."""
    opted_out = opt_outs.since(connection, wanted.author_id) is not None
    owner = PictureOwner(wanted.author_id, of_bot=wanted.of_bot, opted_out=opted_out)
    return decide(owner, wanted.asker_id, policies.read(connection, wanted.guild_id).others)


async def find_request(core: Core, request_id: int) -> PictureRequest | None:
    """Only while it is not over."""
    found = await core.database.read(picture_requests.find, request_id)
    return found if found is not None and found.ends_at > core.clock() else None


async def may_show_prompt(core: Core, request: PictureRequest) -> bool:
    """Whether the picture's author may read the prompt: not if a word in it is refused or reviewed by now."""

    def ask(connection: Connection) -> bool:
        prompt = request.request.prompt if request.request is not None else None
        found = core.words.judge(connection, request.guild_id, prompt)
        return not (found.hits or found.by_automod or found.is_cut)

    return await core.database.read(ask)


async def find_own_card(core: Core, guild_id: int, message_id: int) -> int | None:
    """The number of the remix that a message of ours shows."""
    job = await core.database.read(moderated_jobs.find_by_message, message_id)
    return job.id if job is not None and job.guild_id == guild_id else None


def taken_from(request: PictureRequest, *, agreed: bool = False) -> TakenPicture:
    """`agreed`: its author says yes, which uses up the request."""
    return TakenPicture(
        PictureOwner(request.author_id, of_bot=request.of_bot, agreed=agreed),
        channel_id=None if request.message_id is None else request.channel_id,
        message_id=request.message_id,
        request_id=request.id if agreed else None,
    )


def belongs_to(request: PictureRequest, asker: Asker) -> bool:
    """Whether the form is this member's, in this channel: the number in its custom id can be forged."""
    asked = (request.guild_id, request.channel_id, request.asker_id)
    return asked == (asker.guild_id, asker.channel_id, asker.user_id)
