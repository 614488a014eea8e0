"""The form that asks a moderator for a reason, opened by a message's menu or by a button of the log."""

import re
from collections.abc import Mapping
from enum import StrEnum

from discord import ui

from bot.discord_app.kit.controls import Form, Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.permissions import moderates
from bot.discord_app.kit.text import LONGEST_REASON
from bot.discord_app.moderation import words
from bot.discord_app.moderation.actions import block_author, hide_remix, remove_remix, warn_author
from bot.rules.visible_text import shorten
from bot.use_cases.moderation.find_remix import RemixReference

REASON = "reason"
DURATION = "duration"


class RemixAction(StrEnum):
    """What the form does once it is submitted. The values are in custom ids."""

    HIDE = "hide"
    SHOW = "show"
    REMOVE = "remove"
    WARN = "warn"
    BLOCK = "block"


async def ask_reason(interaction: Interaction, action: RemixAction, reference: RemixReference) -> None:
    """Discord takes a form only as the first response, so nothing is deferred, and nothing is read before."""
    if interaction.guild_id is None or not moderates(interaction):
        await interaction.response.send_message(words.NOT_A_MODERATOR, ephemeral=True)
        return
    await interaction.response.send_modal(_form(action, reference))


def _form(action: RemixAction, reference: RemixReference) -> ui.Modal:
    about = f"m{reference.message_id}" if reference.message_id is not None else f"j{reference.job_id}"
    return make_form(
        f"remix:act:{action}:{about}",
        words.REASON_FORMS[action.value],
        needed=action is RemixAction.WARN,
        with_duration=action is RemixAction.BLOCK,
    )


def make_form(custom_id: str, row: words.ReasonFormWords, *, needed: bool, with_duration: bool) -> ui.Modal:
    """`needed`: whether Discord asks for a reason. Its fields are REASON and, `with_duration`, DURATION."""
    modal = ui.Modal(title=row.title, custom_id=custom_id)
    reason: ui.TextInput[ui.Modal] = ui.TextInput(custom_id=REASON, required=needed, max_length=LONGEST_REASON)
    modal.add_item(ui.Label(text=words.REASON, description=row.reason, component=reason))
    if with_duration:
        length: ui.TextInput[ui.Modal] = ui.TextInput(custom_id=DURATION, default="24h", required=False, max_length=20)
        modal.add_item(ui.Label(text=words.HOW_LONG, description=words.HOW_LONG_EMPTY, component=length))
    # A submitted form is found by its custom id, also after a restart, so discord.py need not remember it.
    modal.stop()
    return modal


class ReasonForm(Form):
    """The action asks for the permission and the rank again. One that is submitted twice has one effect."""

    pattern = re.compile(r"remix:act:(?P<action>[a-z]{1,10}):(?P<by>[jm])(?P<number>[0-9]{1,18}|[0-9]{19})")

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        number = int(self.found["number"])
        about = RemixReference(message_id=number) if self.found["by"] == "m" else RemixReference(job_id=number)
        reason = shorten(fields.get(REASON, ""), LONGEST_REASON) or None
        match self.found["action"]:
            case RemixAction.HIDE:
                await hide_remix(interaction, features, about, reason)
            case RemixAction.SHOW:
                await hide_remix(interaction, features, about, reason, hidden=False)
            case RemixAction.REMOVE:
                await remove_remix(interaction, features, about, reason)
            case RemixAction.WARN:
                await warn_author(interaction, features, about, reason)
            case RemixAction.BLOCK:
                await block_author(interaction, features, about, reason, fields.get(DURATION, ""))
