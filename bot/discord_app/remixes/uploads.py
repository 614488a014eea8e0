"""Queues a remix of a picture that a member has just uploaded, with the command or with its form."""

from dataclasses import replace
from typing import Any

import discord

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.member_warnings import show_unread_warnings, show_warnings_first
from bot.discord_app.kit.permissions import read_asker
from bot.rules.refusals import Refused
from bot.rules.remix_request import RawOptions, RemixRequest, read_options
from bot.rules.sets import LADDER, Amount
from bot.storage.drafts.drafts import Attached
from bot.use_cases.remixes.gate_facts import Asker
from bot.use_cases.remixes.submit_remix import Accepted


def read_offered(features: Features, options: RawOptions) -> RemixRequest | Refused:
    return read_options(
        options,
        max_prompt_chars=features.max_prompt_chars,
        offered=features.resolutions,
        most_images=features.most_images,
    )


def amount_of(options: RawOptions) -> Amount:
    return LADDER if options.ladder else Amount(images=options.count)


async def submit_upload(
    interaction: discord.Interaction[Any],
    features: Features,
    options: RawOptions,
    image: discord.Attachment,
    *,
    spoiler: bool,
    asker: Asker | Refused | None = None,
) -> Refused | None:
    """Call it when the interaction is deferred. The cheap checks come first, so that a refusal needs no download."""
    asker = asker or read_asker(interaction)
    if isinstance(asker, Refused):
        return asker
    request = read_offered(features, options)
    if isinstance(request, Refused):
        await show_unread_warnings(interaction, features.core, before_answer=True)
        return request
    amount = amount_of(options)
    speed = request.speed if options.speed else None
    look = await features.submit.look(asker, speed, options.style, amount, request.prompt)
    await show_warnings_first(interaction, features.core, look.warnings, look.ended)
    if look.refused:
        return look.refused
    async with features.submit.turn_of(asker, look.speed) as refused:
        if refused:
            return refused
        async with features.reader.reading(image) as picture:
            if isinstance(picture, Refused):
                return picture
            request = replace(request, speed=look.speed)
            outcome = await features.submit.submit(asker, request, picture, spoiler=spoiler, ladder=options.ladder)
    if isinstance(outcome, Accepted) and outcome.was_animated:
        features.statuses.note_animation(outcome.job.id)
    return outcome if isinstance(outcome, Refused) else None


def attachment_of(interaction: discord.Interaction[Any], kept: Attached) -> discord.Attachment:
    """The attachment of a draft, to be read as at first: within the same limits and from the same hosts."""
    payload: Any = {"id": 0, "filename": "picture", "size": kept.bytes, "url": kept.url, "proxy_url": kept.url}
    state = interaction._state  # noqa: SLF001 - an attachment is made with it
    return discord.Attachment(data=payload, state=state)
