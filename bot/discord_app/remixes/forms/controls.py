"""The buttons Edit and Remix this, and the form that they open."""

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace

from bot.discord_app.kit.controls import Control, Form, Interaction, message_id_of
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.kit.permissions import read_asker
from bot.discord_app.remixes.forms.form import FORM_PATTERN, Choices, Filled, read_form, read_position, remix_form
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.remixes.rescue.answers import answer_refusal
from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import RawOptions, read_options
from bot.rules.styles import style_key
from bot.storage.drafts.drafts import NewDraft
from bot.use_cases.drafts.drafts import goes_on
from bot.use_cases.remixes.starting_points import FormStart, Start, read_form_start

RESULT_WEIGHT = 60
"""Where Remix this starts: the result keeps its structure, and the prompt still shows."""


class _OpensForm(Control, template=r"remix:never-opens:(?P<job>[0-9]+)"):
    """Discord takes a form only as the first response, so nothing is deferred."""

    origin: Origin

    async def use(self, interaction: Interaction, features: Features) -> None:
        job_id, guild_id = int(self.found["job"]), interaction.guild_id
        found: FormStart | Refused = Refused(Reason.SERVER_ONLY)
        if guild_id is not None:
            start = start_of(interaction, self.origin, job_id)
            found = await read_form_start(features.core, start, guild_id, interaction.user.id)
        if isinstance(found, Refused):
            await interaction.response.send_message(refusal(found, guild_id), ephemeral=True)
            return
        custom_id = f"remix:form:{self.origin}:{job_id}"
        await interaction.response.send_modal(
            remix_form(self.origin, custom_id, self.filled(found), _choices(features, found))
        )

    @abstractmethod
    def filled(self, found: FormStart) -> Filled:
        """What the form shows at first."""


def start_of(interaction: Interaction, origin: Origin, job_id: int) -> Start:
    message = interaction.message
    return Start(origin, job_id, message_id_of(interaction), is_private=message is not None and message.flags.ephemeral)


def _choices(features: Features, found: FormStart) -> Choices:
    speeds = [speed for speed in Speed if found.policy.allows(speed)]
    return Choices(speeds, features.prices, features.resolutions, features.max_prompt_chars, found.styles)


class EditButton(_OpensForm, template=Action.EDIT.pattern):
    """Opens the form with the inputs of that remix, to change a word of them."""

    origin = Origin.EDIT

    def filled(self, found: FormStart) -> Filled:
        request = found.job.request
        speed = request.speed if found.policy.allows(request.speed) else found.policy.speed
        return Filled(request.prompt, request.weight, request.resolution, speed, style=_style_of(found))


def _style_of(found: FormStart) -> str | None:
    """As the server spells it now, if it still has it."""
    name = found.job.request.style_name
    same = (style.name for style in found.styles if name and style_key(style.name) == style_key(name))
    return next(same, name)


class RemixThisButton(_OpensForm, template=Action.REMIX.pattern):
    """Opens an empty form for a remix of the result."""

    origin = Origin.RESULT

    def filled(self, found: FormStart) -> Filled:
        return Filled("", RESULT_WEIGHT, None, found.policy.speed, found.positions)


class RemixForm(Form):
    """Queues a remix with the inputs of the form. The gate is asked only now: it may change while the form is open."""

    pattern = re.compile(FORM_PATTERN)

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        await defer(interaction)
        # Before the answer, because that comes from the private replies' own task as soon as the remix is queued.
        await show_unread_warnings(interaction, features.core, before_answer=True)
        start, options = replace(self._start(interaction), position=read_position(fields)), read_form(fields)
        if refused := await self._submit(interaction, features, start, options):
            await answer_refusal(interaction, features, refused, NewDraft(options, goes_on(start)))

    def _start(self, interaction: Interaction) -> Start:
        start = start_of(interaction, Origin(self.found["origin"]), int(self.found["job"]))
        if (card := self.found["card"]) is None:
            return start
        return replace(start, message_id=int(card), channel_id=interaction.channel_id)

    async def _submit(
        self, interaction: Interaction, features: Features, start: Start, options: RawOptions
    ) -> Refused | None:
        asker = read_asker(interaction)
        if isinstance(asker, Refused):
            return asker
        request = read_options(options, max_prompt_chars=features.max_prompt_chars, offered=features.resolutions)
        if isinstance(request, Refused):
            return request
        outcome = await features.submit.submit_from(asker, replace(start, request=request))
        return outcome if isinstance(outcome, Refused) else None


async def open_result_form(interaction: Interaction, features: Features, job_id: int, card_id: int) -> None:
    """As Remix this on that card, for its Apps menu. The form names the card, because no button was pressed."""
    start = Start(Origin.RESULT, job_id, card_id, channel_id=interaction.channel_id)
    found = await read_form_start(features.core, start, interaction.guild_id or 0, interaction.user.id)
    if isinstance(found, Refused):
        await interaction.response.send_message(refusal(found, interaction.guild_id), ephemeral=True)
        return
    filled = Filled("", RESULT_WEIGHT, None, found.policy.speed, found.positions)
    custom_id = f"remix:form:{Origin.RESULT}:{job_id}:{card_id}"
    await interaction.response.send_modal(remix_form(Origin.RESULT, custom_id, filled, _choices(features, found)))


FORM_BUTTONS: tuple[type[Control], ...] = (EditButton, RemixThisButton)
