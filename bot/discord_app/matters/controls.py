"""The buttons on the cards of matters, and `/remix-mod inbox`."""

import re
from abc import abstractmethod
from typing import Any, ClassVar

import discord
from discord import app_commands

from bot.discord_app.kit.controls import Control, Interaction, page_buttons, page_pattern, read_cursor
from bot.discord_app.kit.custom_ids import matter_pattern
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import administers, moderates
from bot.discord_app.matters import words
from bot.discord_app.matters.cards import card_for_moderator, inbox_view
from bot.discord_app.matters.standing_in import standing_in
from bot.discord_app.moderation.actions import answer
from bot.discord_app.moderation.words import NOT_A_MODERATOR
from bot.rules.matters import MatterKind
from bot.rules.pages import Cursor
from bot.storage.matters.matters import Matter
from bot.use_cases.core import Core
from bot.use_cases.matters.decide import Moderator, NotYours, claim_matter, find_matter, read_inbox

_INBOX = "inbox"
_NEEDS_ANOTHER = {NotYours.ADMINS_ONLY, NotYours.ABOUT_YOU}


async def moderator_of(interaction: Interaction) -> Moderator | None:
    """Acknowledges privately. None: they neither moderate nor administer this server, and have read so."""
    await defer(interaction)
    if interaction.guild_id is not None and (moderates(interaction) or administers(interaction)):
        return Moderator(interaction.guild_id, interaction.user.id, administers(interaction))
    await answer(interaction, NOT_A_MODERATOR)
    return None


async def lets_open_form(interaction: Interaction) -> bool:
    """Discord takes a form only as the first response, so nothing is deferred. False: they have read why."""
    if interaction.guild_id is not None and (moderates(interaction) or administers(interaction)):
        return True
    await interaction.response.send_message(NOT_A_MODERATOR, ephemeral=True)
    return False


async def matter_to_decide(
    interaction: Interaction, features: Features, found: "re.Match[str]", kind: MatterKind
) -> Matter | None:
    """Acknowledges privately. `found`: of a custom id with the number of the matter, on a button or a form.

    None: it is not theirs to decide now, and they have read why.
    """
    who = await moderator_of(interaction)
    if who is None:
        return None
    matter = await find_theirs(interaction, features.core, who, int(found["matter"]), kind, decides=True)
    if isinstance(matter, NotYours):
        await answer(interaction, words.not_yours(matter))
        return None
    return matter


async def find_theirs(
    interaction: Interaction, core: Core, who: Moderator, number: int, kind: MatterKind | None = None, *, decides: bool
) -> Matter | NotYours:
    """As `find_matter`, also for somebody who stands in where nobody else can decide."""
    found = await find_matter(core, who, number, kind, decides=decides)
    if found not in _NEEDS_ANOTHER:
        return found
    who = await standing_in(interaction.guild, core, who, number)
    return await find_matter(core, who, number, kind, decides=decides)


class MatterButton(Control, template=r"remix:matter-never:(?P<matter>[0-9]+)"):
    """A button that decides an open matter of its kind. A subclass asks for ranks, and decides in one transaction."""

    kind: ClassVar[MatterKind]

    async def use(self, interaction: Interaction, features: Features) -> None:
        matter = await matter_to_decide(interaction, features, self.found, self.kind)
        if matter is not None:
            await self.decide(interaction, features, matter)

    @abstractmethod
    async def decide(self, interaction: Interaction, features: Features, matter: Matter) -> None: ...


class ClaimButton(Control, template=matter_pattern("claim")):
    """On every card and in the inbox."""

    release: ClassVar[bool] = False

    async def use(self, interaction: Interaction, features: Features) -> None:
        who = await moderator_of(interaction)
        if who is None:
            return
        core, number = features.core, int(self.found["matter"])
        matter = await claim_matter(core, who, number, release=self.release)
        if matter in _NEEDS_ANOTHER:
            who = await standing_in(interaction.guild, core, who, number)
            matter = await claim_matter(core, who, number, release=self.release)
        if isinstance(matter, NotYours):
            await answer(interaction, words.not_yours(matter))
            return
        await answer(interaction, words.CLAIMED_NOW if matter.claimed_by is not None else words.RELEASED_NOW)
        await features.matters.redraw.apply(matter.id)


class ReleaseButton(ClaimButton, template=matter_pattern("release")):
    """In its place, once somebody has claimed it."""

    release = True


class ShowButton(Control, template=matter_pattern("show")):
    """Shows the whole card privately, also a closed one."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        who = await moderator_of(interaction)
        if who is None:
            return
        matter = await find_theirs(interaction, features.core, who, int(self.found["matter"]), decides=False)
        if isinstance(matter, NotYours):
            await answer(interaction, words.not_yours(matter))
            return
        card = await card_for_moderator(features.core, features.matters.views, matter, who.user_id)
        await interaction.edit_original_response(view=card.view, attachments=card.files)


def inbox_command(features: Features) -> app_commands.Command[Any, ..., None]:
    """For the group `/remix-mod`."""

    @app_commands.command(name=_INBOX, description=words.INBOX_COMMAND)
    async def inbox(interaction: discord.Interaction) -> None:
        who = await moderator_of(interaction)
        if who is not None:
            await _show_inbox(interaction, features, who.guild_id, None)

    return inbox


async def _show_inbox(interaction: Interaction, features: Features, guild_id: int, cursor: Cursor | None) -> None:
    page, count = await read_inbox(features.core, guild_id, cursor)
    if cursor is not None and not page.shown:
        # Everything from the cursor on is decided by now.
        page, count = await read_inbox(features.core, guild_id)
    view = inbox_view(page.shown, count, page_buttons(_INBOX, page), features.core.clock())
    await interaction.edit_original_response(view=view)


class InboxPageButton(Control, template=page_pattern(_INBOX, "")):
    async def use(self, interaction: Interaction, features: Features) -> None:
        who = await moderator_of(interaction)
        if who is not None:
            await _show_inbox(interaction, features, who.guild_id, read_cursor(self.found))


MATTER_CONTROLS: tuple[type[Control], ...] = (ClaimButton, ReleaseButton, ShowButton, InboxPageButton)
