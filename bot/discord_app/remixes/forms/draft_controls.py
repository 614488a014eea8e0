"""The buttons beside a refusal, and the form in which what was typed can be corrected."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.discord_app.kit.controls import Control, Form, Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.kit.permissions import read_asker
from bot.discord_app.remixes.forms.form import Choices, Filled, read_form, remix_form
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.remixes.rescue.answers import answer_refusal
from bot.discord_app.remixes.rescue.buttons import CORRECT_PATTERN, FORM_PATTERN, RESCUE_PATTERN
from bot.discord_app.remixes.uploads import attachment_of, submit_upload
from bot.rules.origins import Origin
from bot.rules.policies import Policy
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RawOptions, read_options
from bot.rules.rescues import Rescue, corrected
from bot.rules.resolutions import parse_resolution
from bot.storage.drafts.drafts import Attached, GoesOn
from bot.use_cases.drafts.drafts import OpenDraft, read_draft, start_of, with_draft
from bot.use_cases.remixes.gate_facts import Asker


async def _find(interaction: Interaction, features: Features, draft_id: str) -> OpenDraft | Refused:
    if interaction.guild_id is None:
        return Refused(Reason.SERVER_ONLY)
    return await read_draft(features.core, int(draft_id), interaction.guild_id, interaction.user.id)


class RescueButton(Control, template=RESCUE_PATTERN):
    """Asks for the refused remix again, with the change that the button names."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        rescue = Rescue(self.found["rescue"])
        await defer(interaction)
        found = await _find(interaction, features, self.found["draft"])
        if isinstance(found, Refused):
            await answer_refusal(interaction, features, found, None)
            return
        options = corrected(found.options, rescue, found.draft.new.cheaper_speed)
        await _submit(interaction, features, found, options, rescue)


class CorrectButton(Control, template=CORRECT_PATTERN):
    """Opens the form with what was typed. Discord takes a form only as the first response, so nothing is deferred."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        found = await _find(interaction, features, self.found["draft"])
        if isinstance(found, Refused):
            await interaction.response.send_message(refusal(found, interaction.guild_id), ephemeral=True)
            return
        speeds = [speed for speed in Speed if found.policy.allows(speed)]
        choices = Choices(speeds, features.prices, features.resolutions, features.max_prompt_chars, found.styles)
        custom_id = f"remix:draft-form:{found.draft.id}"
        await interaction.response.send_modal(
            remix_form(Origin.EDIT, custom_id, _filled(found.options, found.policy), choices)
        )


def _filled(options: RawOptions, policy: Policy) -> Filled:
    resolution = parse_resolution(options.resolution) if options.resolution else None
    known = options.speed in set(Speed)
    speed = Speed(options.speed) if options.speed and known else policy.speed
    speed = speed if policy.allows(speed) else policy.speed
    return Filled(options.prompt, options.weight, resolution, speed, style=options.style)


class DraftForm(Form):
    """Asks for the refused remix again, with the inputs of the form."""

    pattern = re.compile(FORM_PATTERN)

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        await defer(interaction)
        found = await _find(interaction, features, self.found["draft"])
        if isinstance(found, Refused):
            await answer_refusal(interaction, features, found, None)
            return
        # The form does not ask about it, so it stays as it was.
        options = replace(read_form(fields), copyright_check=found.options.copyright_check)
        await _submit(interaction, features, found, options, Rescue.EDIT)


async def _submit(
    interaction: Interaction, features: Features, found: OpenDraft, options: RawOptions, rescue: Rescue
) -> None:
    typed = replace(found.draft.new, options=options)
    asker = read_asker(interaction)
    if isinstance(asker, Refused):
        await answer_refusal(interaction, features, asker, None)
        return
    asker = with_draft(asker, found.draft.id, rescue)
    picture = found.draft.new.picture
    if isinstance(picture, Attached):
        image = attachment_of(interaction, picture)
        refused = await submit_upload(interaction, features, options, image, spoiler=typed.spoiler, asker=asker)
        if refused and refused.reason is Reason.PICTURE_NOT_FETCHED:
            refused = Refused(Reason.PICTURE_LINK_ENDED)
    else:
        await show_unread_warnings(interaction, features.core, before_answer=True)
        if options == found.options and found.draft.new.options is None:
            typed = found.draft.new
        refused = await _submit_from(features, asker, picture, typed.options)
    if refused:
        await answer_refusal(interaction, features, refused, typed)


async def _submit_from(features: Features, asker: Asker, picture: GoesOn, options: RawOptions | None) -> Refused | None:
    if options is None:
        start = start_of(picture, picture.origin)
    else:
        request = read_options(options, max_prompt_chars=features.max_prompt_chars, offered=features.resolutions)
        if isinstance(request, Refused):
            return request
        # Again with other inputs is no repetition any more.
        origin = Origin.EDIT if picture.origin is Origin.AGAIN else picture.origin
        start = start_of(picture, origin, request)
    outcome = await features.submit.submit_from(asker, start)
    return outcome if isinstance(outcome, Refused) else None


DRAFT_BUTTONS: tuple[type[Control], ...] = (RescueButton, CorrectButton)
