"""The moderators' lists (cases, blocks, queue), and the buttons that turn their pages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from bot.discord_app.kit.controls import Control, Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import moderates
from bot.discord_app.moderation import case_words, words
from bot.rules.cases import CaseKind
from bot.rules.pages import Cursor, Page
from bot.storage.moderation.cases import CaseFilter
from bot.use_cases.moderation.block_member import active_blocks
from bot.use_cases.moderation.review_cases import list_cases
from bot.use_cases.moderation.server_queue import read_server_queue

CASES, BLOCKS, QUEUE = "cases", "blocks", "queue"
_PATTERN = r"remix:page:(?P<list>[a-z]{1,10}):(?P<way>[np])(?P<at>[0-9]{1,18}):(?P<wanted>[0-9a-z_:]{0,60})"
# Ids are stored in 64 bits, and anybody can send a custom id of their own making.
_LARGEST_ID = 2**63 - 1

ShowPage = Callable[[Interaction, Features, int, str, Cursor | None], Awaitable[bool]]
"""Answers with a page of that server's list. The text is the filter, as the buttons carry it. False: it is empty."""


def page_buttons(name: str, page: Page[Any], wanted: str = "") -> Sequence[ui.Button[Any]]:
    """Those of Previous and Next that lead somewhere. `wanted`: the filter of the list."""
    sides = ((words.PREVIOUS, "p", page.previous), (words.NEXT, "n", page.next))
    return [
        ui.Button(
            label=label,
            style=discord.ButtonStyle.secondary,
            custom_id=f"remix:page:{name}:{way}{cursor.number}:{wanted}",
        )
        for label, way, cursor in sides
        if cursor is not None
    ]


def view_of(buttons: Sequence[ui.Button[Any]]) -> ui.View | None:
    if not buttons:
        return None
    view = ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    # discord.py need not remember the view: its buttons are found by their custom ids, also after a restart.
    view.stop()
    return view


async def show_cases(
    interaction: Interaction, features: Features, guild_id: int, wanted: str, cursor: Cursor | None = None
) -> bool:
    page = await list_cases(features.core, guild_id, read_filter(wanted), cursor)
    view = view_of(page_buttons(CASES, page, wanted))
    await interaction.edit_original_response(content=case_words.case_list(page.shown), view=view)
    return bool(page.shown)


async def show_blocks(
    interaction: Interaction, features: Features, guild_id: int, _wanted: str = "", cursor: Cursor | None = None
) -> bool:
    page = await active_blocks(features.core, guild_id, cursor)
    view = view_of(page_buttons(BLOCKS, page))
    await interaction.edit_original_response(content=words.block_list(page.shown), view=view)
    return bool(page.shown)


async def show_queue(
    interaction: Interaction, features: Features, guild_id: int, _wanted: str = "", cursor: Cursor | None = None
) -> bool:
    found = await read_server_queue(features.core, guild_id, cursor, slots=features.rules.slots)
    view = view_of(page_buttons(QUEUE, found.page))
    await interaction.edit_original_response(content=words.queue(found), view=view)
    return bool(found.page.shown)


def write_filter(wanted: CaseFilter) -> str:
    """For the custom ids, which have at most 100 characters."""
    return f"{wanted.target_id or ''}:{wanted.actor_id or ''}:{wanted.kind or ''}"


def read_filter(text: str) -> CaseFilter:
    """What is no such filter filters nothing: the list is of this server, and only moderators read it."""
    target, actor, kind = [*text.split(":"), "", "", ""][:3]
    return CaseFilter(read_id(target), read_id(actor), CaseKind(kind) if kind in set(CaseKind) else None)


def read_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= _LARGEST_ID else None


_LISTS: Mapping[str, ShowPage] = {CASES: show_cases, BLOCKS: show_blocks, QUEUE: show_queue}


class PageButton(Control, template=_PATTERN):
    """Carries a list, a filter and a cursor, and gives no permission: each press checks those of the moment."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction, thinking=False)
        found = self.found
        show = _LISTS.get(found["list"])
        private = interaction.message is not None and interaction.message.flags.ephemeral
        if show is None or interaction.guild_id is None or not private or not moderates(interaction):
            await interaction.followup.send(words.NOT_A_MODERATOR, ephemeral=True)
            return
        cursor = Cursor(int(found["at"]), back=found["way"] == "p")
        if not await show(interaction, features, interaction.guild_id, found["wanted"], cursor):
            # Everything from the cursor on is gone by now: blocks end, and the queue moves on.
            await show(interaction, features, interaction.guild_id, found["wanted"], None)
