"""The form of `/remix` without a picture: uploads one, with what was typed so far filled in."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import discord

from bot.discord_app.kit.controls import Form, Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import read_asker
from bot.discord_app.remixes.forms.form import Choices, Filled, read_form, remix_form
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.remixes.rescue.answers import answer_refusal
from bot.discord_app.remixes.uploads import amount_of, read_offered, submit_upload
from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RawOptions, RemixRequest
from bot.storage.drafts.drafts import Attached, NewDraft
from bot.use_cases.server_policy.read_server_policy import read_policy


async def open_upload_form(interaction: Interaction, features: Features, options: RawOptions, *, spoiler: bool) -> None:
    """Refuses at once what would be refused after the upload. Discord takes a form only as the first response."""
    found = await _look(interaction, features, options)
    if isinstance(found, Refused):
        await interaction.response.send_message(refusal(found, interaction.guild_id), ephemeral=True)
        return
    policy = await read_policy(features.core, interaction.guild_id or 0)
    filled = Filled(found.prompt, found.weight, found.resolution, found.speed)
    speeds = [speed for speed in Speed if policy.allows(speed)]
    choices = Choices(speeds, features.prices, features.resolutions, features.max_prompt_chars)
    # The form has no fields for these: Discord takes five.
    several = f"{options.ladder:d}{options.count}"
    custom_id = f"remix:upload:{found.copyright_check:d}{spoiler:d}{several}:{found.style_name or ''}"
    await interaction.response.send_modal(remix_form(Origin.UPLOAD, custom_id, filled, choices))


async def _look(interaction: Interaction, features: Features, options: RawOptions) -> RemixRequest | Refused:
    asker = read_asker(interaction)
    if isinstance(asker, Refused):
        return asker
    request = read_offered(features, options)
    if isinstance(request, Refused):
        return request
    speed = request.speed if options.speed else None
    look = await features.submit.look(asker, speed, options.style, amount_of(options), options.prompt or None)
    return look.refused or replace(request, speed=look.speed)


class UploadForm(Form):
    """Queues a remix of the uploaded picture. The gate is asked again: it may change while the form is open."""

    pattern = re.compile(
        r"remix:upload:(?P<check>[01])(?P<spoiler>[01])(?P<ladder>[01])(?P<count>[0-9]):(?P<style>.{0,80})"
    )

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        await defer(interaction)
        options, image = read_form(fields), _uploaded(interaction, fields.get("image", ""))
        if image is None:
            await answer_refusal(interaction, features, Refused(Reason.PICTURE_NOT_FETCHED), None)
            return
        options = replace(
            options,
            copyright_check=self.found["check"] == "1",
            style=self.found["style"] or None,
            ladder=self.found["ladder"] == "1",
            count=int(self.found["count"]),
        )
        spoiler = self.found["spoiler"] == "1" or image.is_spoiler()
        if refused := await submit_upload(interaction, features, options, image, spoiler=spoiler):
            typed = NewDraft(options, Attached(image.url, image.size), spoiler)
            await answer_refusal(interaction, features, refused, typed)


def _uploaded(interaction: Interaction, attachment_id: str) -> discord.Attachment | None:
    """discord.py reads uploads only for forms that it has in memory, and ours is found after a restart too."""
    data = cast("Mapping[str, Any]", interaction.data or {})
    payload = data.get("resolved", {}).get("attachments", {}).get(attachment_id)
    state = interaction._state  # noqa: SLF001 - an attachment is made with it
    return discord.Attachment(data=payload, state=state) if payload is not None else None
