"""The buttons that turn the pages of the moderators' lists, and what their custom ids carry."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.discord_app.kit.controls import Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.moderation import words
from bot.rules.cases import CaseKind
from bot.rules.pages import Cursor, Page
from bot.storage.moderation.cases import CaseFilter

CASES, BLOCKS, QUEUE, MEMBER = "cases", "blocks", "queue", "member"
PATTERN = r"remix:page:(?P<list>[a-z]{1,10}):(?P<way>[np])(?P<at>[0-9]{1,18}):(?P<wanted>[0-9a-z_:]{0,60})"
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


def write_filter(wanted: CaseFilter) -> str:
    """For the custom ids, which have at most 100 characters."""
    return f"{wanted.target_id or ''}:{wanted.actor_id or ''}:{wanted.kind or ''}"


def read_filter(text: str) -> CaseFilter:
    """What is no such filter filters nothing: the list is of this server, and only moderators read it."""
    target, actor, kind = [*text.split(":"), "", "", ""][:3]
    return CaseFilter(read_id(target), read_id(actor), CaseKind(kind) if kind in set(CaseKind) else None)


def read_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= _LARGEST_ID else None
