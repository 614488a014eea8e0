"""The buttons, the menu and the form with which people appeal. Blocked people, and those who left, can use them too."""

import re
from collections.abc import Mapping

from bot.discord_app.appeals import words
from bot.discord_app.appeals.forms import PROMPT, TEXT, appeal_form
from bot.discord_app.kit.appealing.buttons import BUTTON_PATTERN, What
from bot.discord_app.kit.controls import Control, Form, Interaction, chosen_values
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import read_asker
from bot.rules.appeals import NotMade
from bot.rules.refusals import Refused
from bot.use_cases.appeals.make_appeal import Appellant, Made, RefusedPrompt, appeal_case, appeal_prompt
from bot.use_cases.appeals.own_appeals import find_own_block, find_what_happened, refused_prompt

MENU_ID = "remix:appeal-choose"
_CHOICE = re.compile(rf"(?P<server>[0-9]{{1,19}}):(?P<what>{What.PROMPT}|{What.CASE}):(?P<number>[0-9]{{1,9}})")


class AppealButton(Control, template=BUTTON_PATTERN):
    """Beside a refusal or a warning. Opens the form, which Discord takes only as the first response."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        what, number, guild_id = What(self.found["what"]), int(self.found["number"]), interaction.guild_id
        if guild_id is None:
            await _say(interaction, words.not_made(NotMade.NOT_FOUND))
            return
        user_id, prompt = interaction.user.id, None
        if what is What.BLOCK:
            block = await find_own_block(features.core, guild_id, user_id)
            what, number = What.CASE, block or 0
        elif what is What.JOB:
            happened = await find_what_happened(features.core, guild_id, user_id, number)
            what, number, prompt = (
                (What.CASE, happened, None) if isinstance(happened, int) else (What.PROMPT, 0, happened)
            )
        elif what is What.PROMPT:
            prompt = await refused_prompt(features.core, number, guild_id, user_id)
        if what is What.CASE and not number:
            await _say(interaction, words.not_made(NotMade.OVER))
            return
        await interaction.response.send_modal(appeal_form(guild_id, what, number, prompt))


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

    pattern = re.compile(
        rf"remix:appeal-form:(?P<server>[0-9]{{1,19}}):(?P<what>{What.PROMPT}|{What.CASE}):(?P<number>[0-9]{{1,9}})"
    )

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        await defer(interaction)
        guild_id = int(self.found["server"])
        if interaction.guild_id not in {None, guild_id}:
            await interaction.edit_original_response(content=words.not_made(NotMade.NOT_FOUND))
            return
        who, text = _appellant(interaction, guild_id), fields.get(TEXT, "")
        if self.found["what"] == What.CASE:
            done = await appeal_case(features.core, who, int(self.found["number"]), text)
        elif interaction.guild_id is None:
            # Nobody can use a prompt in a direct message.
            done = NotMade.NOT_FOUND
        else:
            done = await appeal_prompt(features.core, who, RefusedPrompt(fields.get(PROMPT, "")), text)
        answer = words.made(done.appeal) if isinstance(done, Made) else words.not_made(done)
        await interaction.edit_original_response(content=answer)


def _appellant(interaction: Interaction, guild_id: int) -> Appellant:
    here = read_asker(interaction)
    if isinstance(here, Refused):
        return Appellant(guild_id, interaction.user.id)
    return Appellant(guild_id, here.user_id, here.channel_ids, here.role_ids)


APPEAL_CONTROLS: tuple[type[Control], ...] = (AppealButton, AppealMenu)
