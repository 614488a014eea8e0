"""The page about one member, with buttons that open forms: warn, note, block, cancel what waits."""

import re
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

import discord
from discord import ui

from bot.discord_app.kit.controls import Control, Form, Interaction, page_buttons, view_of
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.permissions import moderates
from bot.discord_app.kit.text import LONGEST_REASON
from bot.discord_app.moderation import words
from bot.discord_app.moderation.actions import cancel_all_of
from bot.discord_app.moderation.lists import member_words
from bot.discord_app.moderation.lists.member_actions import block_person, clear_points_of, note_person, warn_person
from bot.discord_app.moderation.lists.paging import MEMBER, read_id
from bot.discord_app.moderation.reason_forms import DURATION, REASON, make_form
from bot.rules.pages import Cursor
from bot.rules.visible_text import shorten
from bot.use_cases.moderation.member_page import read_member


class MemberAction(StrEnum):
    """The buttons of the page. The values are in custom ids."""

    WARN = "warn"
    NOTE = "note"
    BLOCK = "block"
    CANCEL = "cancel"
    CLEAR = "clear"


_ABOUT = r"(?P<action>[a-z]{1,10}):(?P<member>[0-9]{1,19})"
_NEEDED = frozenset({MemberAction.WARN, MemberAction.NOTE})


async def show_member(
    interaction: Interaction, features: Features, guild_id: int, wanted: str, cursor: Cursor | None = None
) -> bool:
    """`wanted`: the member's id, as the page's buttons carry it."""
    user_id = read_id(wanted)
    if user_id is None:
        return False
    roles = await _fetch_roles(interaction, user_id)
    page = await read_member(features.core, features.rules, guild_id, user_id, roles or frozenset(), cursor)
    nothing_to = {
        *([MemberAction.CANCEL] if not page.totals.waiting else []),
        *([MemberAction.CLEAR] if not page.points.total else []),
    }
    view = view_of([*page_buttons(MEMBER, page.cases, wanted), *_buttons(user_id, nothing_to)])
    content = member_words.page(page, is_here=roles is not None)
    await interaction.edit_original_response(content=content, view=view)
    return bool(page.cases.shown)


def _buttons(user_id: int, nothing_to: Collection[MemberAction]) -> Sequence[ui.Button[Any]]:
    return [
        ui.Button(
            label=member_words.BUTTONS[action.value],
            custom_id=f"remix:member:{action}:{user_id}",
            row=1,
            disabled=action in nothing_to,
        )
        for action in MemberAction
    ]


async def _fetch_roles(interaction: Interaction, user_id: int) -> frozenset[int] | None:
    """The ids of the roles that they have now, for their limits. None: they are not in the server."""
    if interaction.guild is None:
        return None
    try:
        member = await interaction.guild.fetch_member(user_id)
    except discord.NotFound:
        return None
    return frozenset({member.guild.id, *(role.id for role in member.roles)})


class MemberButton(Control, template=rf"remix:member:{_ABOUT}"):
    """Opens a form. Discord takes a form only as the first response, so nothing is deferred, and nothing is read."""

    async def use(self, interaction: Interaction, _features: Features) -> None:
        action = self.found["action"]
        if action not in set(MemberAction) or interaction.guild_id is None or not moderates(interaction):
            await interaction.response.send_message(words.NOT_A_MODERATOR, ephemeral=True)
            return
        form = make_form(
            f"remix:of:{action}:{self.found['member']}",
            member_words.FORMS[action],
            needed=action in _NEEDED,
            with_duration=action == MemberAction.BLOCK,
        )
        await interaction.response.send_modal(form)


class MemberForm(Form):
    """The action asks for the permission and the rank again."""

    pattern = re.compile(rf"remix:of:{_ABOUT}")

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        member = read_id(self.found["member"])
        reason = shorten(fields.get(REASON, ""), LONGEST_REASON) or None
        if member is None:
            return
        match self.found["action"]:
            case MemberAction.WARN:
                await warn_person(interaction, features, member, reason)
            case MemberAction.NOTE:
                await note_person(interaction, features, member, reason)
            case MemberAction.BLOCK:
                await block_person(interaction, features, member, reason, fields.get(DURATION))
            case MemberAction.CANCEL:
                await cancel_all_of(interaction, features, member, reason)
            case MemberAction.CLEAR:
                await clear_points_of(interaction, features, member, reason)
