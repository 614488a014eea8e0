"""The buttons, the menu and the form with which people appeal. Blocked people, and those who left, can use them too."""

import re
from collections.abc import Mapping

from discord import ui

from bot.discord_app.appeals import words
from bot.discord_app.appeals.forms import PROMPT, TEXT, appeal_form
from bot.discord_app.kit.appealing.buttons import BUTTON_PATTERN, NUMBER, What
from bot.discord_app.kit.controls import Control, Form, Interaction, chosen_values
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import read_asker
from bot.rules.appeals import NotMade
from bot.rules.refusals import Refused
from bot.storage.remixes.jobs import Job
from bot.use_cases.appeals.make_appeal import (
    Appellant,
    Made,
    RefusedPrompt,
    appeal_case,
    appeal_picture,
    appeal_prompt,
    appeal_result,
)
from bot.use_cases.appeals.own_appeals import find_own_block, find_what_happened, refused_prompt
from bot.use_cases.core import Core

MENU_ID = "remix:appeal-choose"
_IN_FORMS = (What.PROMPT, What.CASE, What.PICTURE, What.JOB)
_CHOICE = re.compile(rf"(?P<server>[0-9]{{1,19}}):(?P<what>{What.PROMPT}|{What.CASE}):(?P<number>[0-9]{{1,9}})")


class AppealButton(Control, template=BUTTON_PATTERN):
    """Beside a refusal or a warning. Opens the form, which Discord takes only as the first response."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        what, number, guild_id = What(self.found["what"]), self.found["number"], interaction.guild_id
        if guild_id is None or (what is not What.PICTURE and not number.isdecimal()):
            await _say(interaction, words.not_made(NotMade.NOT_FOUND))
            return
        form = await _form(features.core, guild_id, interaction.user.id, what, number)
        if isinstance(form, NotMade):
            await _say(interaction, words.not_made(form))
        else:
            await interaction.response.send_modal(form)


async def _form(core: Core, guild_id: int, user_id: int, what: What, number: str) -> ui.Modal | NotMade:
    """NotMade: there is nothing left to appeal."""
    match what:
        case What.CASE | What.PICTURE:
            return appeal_form(guild_id, what, number)
        case What.PROMPT:
            return appeal_form(guild_id, what, 0, await refused_prompt(core, int(number), guild_id, user_id))
        case What.BLOCK:
            case_number = await find_own_block(core, guild_id, user_id)
            return NotMade.OVER if case_number is None else appeal_form(guild_id, What.CASE, case_number)
        case What.JOB:
            return await _form_about_remix(core, guild_id, user_id, int(number))


async def _form_about_remix(core: Core, guild_id: int, user_id: int, job_id: int) -> ui.Modal | NotMade:
    happened = await find_what_happened(core, guild_id, user_id, job_id)
    match happened:
        case NotMade():
            return happened
        case Job():
            return appeal_form(guild_id, What.JOB, happened.id)
        case int():
            return appeal_form(guild_id, What.CASE, happened)
        case str():
            return appeal_form(guild_id, What.PROMPT, 0, happened)


class AppealMenu(Control, template=MENU_ID):
    """Of `/remix-appeal`. What is chosen is checked when the form is submitted."""

    async def use(self, interaction: Interaction, _features: Features) -> None:
        chosen = _CHOICE.fullmatch("".join(chosen_values(interaction)[:1]))
        if chosen is None:
            await _say(interaction, words.not_made(NotMade.NOT_FOUND))
            return
        form = appeal_form(int(chosen["server"]), What(chosen["what"]), int(chosen["number"]))
        await interaction.response.send_modal(form)


async def _say(interaction: Interaction, text: str) -> None:
    await interaction.response.send_message(text, ephemeral=True)


class AppealForm(Form):
    """Its custom id can be forged: the use cases only find what is about the person who submits it."""

    pattern = re.compile(rf"remix:appeal-form:(?P<server>[0-9]{{1,19}}):(?P<what>{'|'.join(_IN_FORMS)}):{NUMBER}")

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        await defer(interaction)
        guild_id = int(self.found["server"])
        if interaction.guild_id not in {None, guild_id}:
            await interaction.edit_original_response(content=words.not_made(NotMade.NOT_FOUND))
            return
        done = await self._appeal(
            features, _appellant(interaction, guild_id), fields, here=interaction.guild_id is not None
        )
        answer = words.made(done.appeal) if isinstance(done, Made) else words.not_made(done)
        await interaction.edit_original_response(content=answer)

    async def _appeal(
        self, features: Features, who: Appellant, fields: Mapping[str, str], *, here: bool
    ) -> Made | NotMade:
        what, number, text = What(self.found["what"]), self.found["number"], fields.get(TEXT, "")
        if what is What.CASE and number.isdecimal():
            return await appeal_case(features.core, who, int(number), text)
        if not here or what is What.CASE:
            # In a direct message nobody could use a prompt or a picture.
            return NotMade.NOT_FOUND
        if what is What.JOB:
            return (
                await appeal_result(features.core, who, int(number), text) if number.isdecimal() else NotMade.NOT_FOUND
            )
        if what is What.PICTURE:
            return await appeal_picture(features.core, who, number, text)
        return await appeal_prompt(features.core, who, RefusedPrompt(fields.get(PROMPT, "")), text)


def _appellant(interaction: Interaction, guild_id: int) -> Appellant:
    here = read_asker(interaction)
    if isinstance(here, Refused):
        return Appellant(guild_id, interaction.user.id)
    return Appellant(guild_id, here.user_id, here.channel_ids, here.role_ids)


APPEAL_CONTROLS: tuple[type[Control], ...] = (AppealButton, AppealMenu)
