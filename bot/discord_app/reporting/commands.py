"""How members report a result: **Report** in More, or in the Apps menu of its message, and then a form."""

import re
from collections.abc import Mapping

import discord
from discord import app_commands, ui

from bot.discord_app.kit.controls import Control, Form, Interaction, message_id_of
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.kit.raw_channels import channel_id_of
from bot.discord_app.reporting import words
from bot.rules.reports import Reporter, ReportReason
from bot.rules.visible_text import one_line, shorten
from bot.storage.remixes.jobs import Job
from bot.use_cases.reporting.report_illegal import report_illegal
from bot.use_cases.reporting.report_result import (
    NewReport,
    NotReported,
    Reported,
    TooOften,
    find_reported,
    report_result,
)

_REASON, _TEXT = "reason", "text"


def report_commands() -> list[app_commands.ContextMenu]:
    @app_commands.guild_only()
    @app_commands.guild_install()
    async def report(interaction: discord.Interaction, message: discord.Message) -> None:
        await _open_form(interaction, message.id)

    return [app_commands.ContextMenu(name=words.MENU, callback=report)]


class ReportButton(Control, template=Action.REPORT.pattern):
    """In the private reply to More."""

    async def use(self, interaction: Interaction, _features: Features) -> None:
        await _open_form(interaction, int(self.found["card"] or message_id_of(interaction)))


async def _open_form(interaction: Interaction, message_id: int) -> None:
    """Discord takes a form only as the first response. What it is about is looked up once it is submitted."""
    if interaction.guild_id is None:
        await interaction.response.send_message(words.ONLY_IN_SERVERS, ephemeral=True)
        return
    modal = ui.Modal(title=words.FORM_TITLE, custom_id=f"remix:report-form:{message_id}")
    options = [
        discord.SelectOption(label=label, value=reason, description=words.REASON_HELP.get(reason))
        for reason, label in words.REASONS.items()
    ]
    menu: ui.Select[ui.Modal] = ui.Select(custom_id=_REASON, placeholder=words.REASON_PLACEHOLDER, options=options)
    modal.add_item(ui.Label(text=words.REASON, component=menu))
    text: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=_TEXT, style=discord.TextStyle.paragraph, required=False, max_length=words.LONGEST_TEXT
    )
    modal.add_item(ui.Label(text=words.TEXT, description=words.TEXT_HELP, component=text))
    modal.stop()
    await interaction.response.send_modal(modal)


class ReportForm(Form):
    """Its custom id can be forged, so the database says whether that message shows a result in this channel."""

    pattern = re.compile(r"remix:report-form:(?P<message>[0-9]{1,19})")

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        await defer(interaction)
        answer = await self._report(interaction, features, fields)
        await interaction.edit_original_response(content=answer)
        await show_unread_warnings(interaction, features.core)

    async def _report(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> str:
        reason, guild_id, channel_id = fields.get(_REASON, ""), interaction.guild_id, channel_id_of(interaction)
        if reason not in set(ReportReason):
            return words.NO_REASON
        if guild_id is None or channel_id is None:
            return words.ONLY_IN_SERVERS
        person = interaction.user
        joined_at = person.joined_at if isinstance(person, discord.Member) else None
        new = NewReport(
            guild_id,
            channel_id,
            int(self.found["message"]),
            Reporter(person.id, person.created_at, joined_at),
            ReportReason(reason),
            shorten(one_line(fields.get(_TEXT, "")), words.LONGEST_TEXT) or None,
        )
        return await submit_report(features, new)


async def submit_report(features: Features, new: NewReport) -> str:
    """Returns what the reporter reads."""
    found = await find_reported(features.core, new)
    if not isinstance(found, Job):
        return words.not_reported(found)
    if new.reason is ReportReason.ILLEGAL:
        return await _show(features, await report_illegal(features.core, new))
    # Where Discord does not answer, it may be about a moderator, and then only admins may open it.
    moderates = await features.moderators.moderates(found.guild_id, found.user_id)
    return await _show(features, await report_result(features.core, new, about_moderator=moderates is not False))


async def _show(features: Features, done: Reported | NotReported | TooOften) -> str:
    if not isinstance(done, Reported):
        return words.not_reported(done)
    if done.changed:
        await features.posts.apply(done.changed)
    await features.matters.redraw.apply(done.matter.id)
    return words.reported(done)
