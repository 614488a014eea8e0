"""Makes a remix of a picture that Discord has already: through the gate, the reader and the queue, like `/remix`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.sending import MAX_SHORT_MESSAGE_S, Failure, SendError, send_errors
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RemixRequest
from bot.storage.consent.picture_requests import OfferedPicture, PictureRequest
from bot.use_cases.remixes.gate_facts import Asker
from bot.use_cases.remixes.submit_remix import Accepted


@dataclass(frozen=True, slots=True)
class _Link:
    """What the reader takes. `read`: for simcord only."""

    url: str
    size: int
    read: Callable[[], Awaitable[bytes]]


async def take_picture(
    client: discord.Client,
    features: Features,
    asker: Asker,
    found: PictureRequest,
    picture: OfferedPicture,
    request: RemixRequest,
) -> Refused | None:
    """None: it is queued. `asker.taken` says whose picture it is."""
    look = await features.submit.look(asker, request.speed, prompt=request.prompt)
    if look.refused or (refused := await _refused_message(client, found, picture)):
        return look.refused or refused
    async with features.submit.turn_of(asker, look.speed) as refused:
        if refused:
            return refused
        link = _Link(picture.url, picture.size, lambda: client.http.get_from_cdn(picture.url))
        async with features.reader.reading(link) as data:
            if isinstance(data, Refused):
                return data
            outcome = await features.submit.submit(
                asker, replace(request, speed=look.speed), data, spoiler=picture.spoiler
            )
    if isinstance(outcome, Accepted) and outcome.was_animated:
        features.statuses.note_animation(outcome.job.id)
    return outcome if isinstance(outcome, Refused) else None


async def _refused_message(client: discord.Client, found: PictureRequest, picture: OfferedPicture) -> Refused | None:
    """Whether the message is still there. It may have been deleted while the form or the question was open."""
    if found.message_id is None:
        return None
    try:
        with send_errors():
            async with asyncio.timeout(MAX_SHORT_MESSAGE_S):
                message: Any = await client.http.get_message(found.channel_id, found.message_id)
    except SendError as error:
        if error.failure is Failure.CLOSED:
            return Refused(Reason.CHANNEL_FORBIDDEN, missing=("Read Message History",))
        return Refused(Reason.PICTURE_GONE if error.failure is Failure.GONE else Reason.PICTURE_NOT_FETCHED)
    if int(message["author"]["id"]) != found.author_id:
        return Refused(Reason.PICTURE_GONE)
    # Without the Message Content intent Discord leaves the attachments out, which says nothing. With it they are there.
    attached = {each["id"] for each in message.get("attachments", ())}
    is_gone = attached and picture.id.isdigit() and picture.id not in attached
    return Refused(Reason.PICTURE_GONE) if is_gone else None
