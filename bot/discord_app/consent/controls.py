"""The form of Remix picture and Remix avatar, and the buttons of the question to the picture's author."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.discord_app.consent import words
from bot.discord_app.consent.taking import take_picture
from bot.discord_app.kit.appealing.buttons import appeal_of_refusal
from bot.discord_app.kit.controls import Control, Form, Interaction, message_id_of, view_of
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.kit.permissions import read_asker
from bot.discord_app.remixes.forms.form import read_form, read_position
from bot.discord_app.remixes.refusal_words import refusal
from bot.rules.membership import Absent
from bot.rules.others_pictures import RequestState
from bot.rules.refusals import Reason, Refused
from bot.rules.remix_request import read_options
from bot.storage.consent.picture_requests import Asked, PictureRequest
from bot.use_cases.consent.questions import NotAnswered
from bot.use_cases.consent.requests import belongs_to, find_request, may_show_prompt, taken_from
from bot.use_cases.remixes.gate_facts import Asker

_NUMBER = r"(?P<request>[0-9]{1,18})"

# Later they are answered differently, so the question stays open after them.
_ENDING = {
    Reason.PICTURE_GONE,
    Reason.PICTURE_NOT_YOURS,
    Reason.PICTURE_NEEDS_CONSENT,
    Reason.PICTURE_OWNER_OPTED_OUT,
    Reason.PICTURE_UNREADABLE,
    Reason.PICTURE_UNSUPPORTED,
    Reason.PICTURE_TOO_SMALL,
    Reason.PICTURE_TOO_LARGE,
    Reason.PICTURE_TOO_MANY_PIXELS,
    Reason.WEIGHT_WITH_OTHER_SHAPE,
    Reason.WORD_REFUSED,
    Reason.AUTOMOD_REFUSED,
}


class PictureForm(Form):
    """Queues the remix, or asks the picture's author first. The gate is asked only now."""

    pattern = re.compile(rf"remix:picture:{_NUMBER}")

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        await defer(interaction)
        # Before the answer, because that comes from the private replies' own task as soon as the remix is queued.
        await show_unread_warnings(interaction, features.core, before_answer=True)
        outcome = await self._submit(interaction, features, fields)
        if isinstance(outcome, Refused):
            text = refusal(outcome, interaction.guild_id)
            await interaction.edit_original_response(
                content=words.with_prompt(text, fields.get("prompt", "")),
                view=view_of(appeal_of_refusal(outcome, None)),
            )
        elif outcome is not None:
            await interaction.edit_original_response(content=words.asked(outcome))

    async def _submit(
        self, interaction: Interaction, features: Features, fields: Mapping[str, str]
    ) -> PictureRequest | Refused | None:
        """The request: its author is asked. None: it is queued."""
        asker, options = read_asker(interaction), read_form(fields)
        if isinstance(asker, Refused):
            return asker
        request = read_options(options, max_prompt_chars=features.max_prompt_chars, offered=features.resolutions)
        if isinstance(request, Refused):
            return request
        found = await find_request(features.core, int(self.found["request"]))
        number = read_position(fields) or 0
        if found is None or not belongs_to(found, asker) or number >= len(found.pictures):
            return Refused(Reason.PICTURE_GONE)
        asker = replace(asker, taken=taken_from(found))
        refused = await take_picture(interaction.client, features, asker, found, found.pictures[number], request)
        if refused is None or refused.reason is not Reason.PICTURE_NEEDS_CONSENT:
            return refused
        asked = Asked(interaction.id, interaction.token, number, request)
        return await _ask_author(features, asker, found, asked)


async def _ask_author(
    features: Features, asker: Asker, found: PictureRequest, asked: Asked
) -> PictureRequest | Refused:
    """What else the gate would refuse is said now, or the author would be asked in vain."""
    as_if = replace(asker, taken=taken_from(found, agreed=True))
    look = await features.submit.look(as_if, asked.request.speed, prompt=asked.request.prompt)
    # Nobody but its author and moderators sees a prompt that waits for a review, and this person would.
    review = Refused(Reason.REVIEWED_FIRST) if look.for_review else None
    return look.refused or review or await features.questions.ask(found.id, asked)


class AnswerButton(Control, template=rf"remix:ask:(?P<answer>yes|no|never|prompt):{_NUMBER}"):
    """Only for the author of the picture. Its custom id can be forged, so the database and Discord are asked again."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        found = await features.questions.find(
            int(self.found["request"]), interaction.guild_id, message_id_of(interaction), interaction.user.id
        )
        if isinstance(found, NotAnswered):
            text = words.not_answered(found)
        else:
            text = await self._answer(interaction, features, found)
        await interaction.edit_original_response(content=text)

    async def _answer(self, interaction: Interaction, features: Features, found: PictureRequest) -> str:
        match self.found["answer"]:
            case "prompt":
                return words.prompt(found) if await may_show_prompt(features.core, found) else words.CANNOT
            case "no":
                ended = await features.questions.end(found, RequestState.DECLINED)
                return words.DECLINED if ended else words.OVER
            case "never":
                await features.questions.opt_out(interaction.user.id)
                return words.OPTED_OUT
        return await _agree(interaction, features, found)


async def _agree(interaction: Interaction, features: Features, found: PictureRequest) -> str:
    here = read_asker(interaction)
    member = await features.questions.member_who_asks(found)
    if member is None or isinstance(here, Refused) or found.request is None or found.chosen is None:
        return words.DISCORD_SILENT
    refused = Refused(Reason.PICTURE_GONE)
    if not isinstance(member, Absent):
        # The channel's facts are those of now, and so are the asker's. Their interaction is the one that asked, so
        # that two clicks queue one remix.
        asker = replace(
            here,
            interaction_id=found.interaction_id or 0,
            user_id=found.asker_id,
            reply_token=found.reply_token or "",
            role_ids=member.role_ids,
            joined_at=member.joined_at,
            timed_out_until=member.timed_out_until,
            manages_server=member.manages_server,
            taken=taken_from(found, agreed=True),
        )
        taken = await take_picture(interaction.client, features, asker, found, found.chosen, found.request)
        if taken is None:
            await features.questions.granted(found)
            return words.THANKS
        refused = taken
    if refused.reason in _ENDING:
        await features.questions.end(found, RequestState.ENDED)
        return words.CANNOT
    return words.NOT_NOW
