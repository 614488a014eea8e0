"""Draws the card of a matter: for the log channel, and privately for one moderator."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import discord
import structlog
from discord import ui

from bot.discord_app.kit import channel_sight
from bot.discord_app.kit.custom_ids import matter_id
from bot.discord_app.kit.sending import MAX_SHORT_MESSAGE_S, Failure, SendError, fitted_files, send_errors
from bot.discord_app.matters import words
from bot.discord_app.rest.request_budget import Urgency, requests_are
from bot.rules.matters import MatterKind
from bot.storage.matters.matters import Matter
from bot.storage.server_log.log_posts import LogPost
from bot.use_cases.core import Core
from bot.use_cases.matters.cards import CardContents, MatterView

_MOST_PICTURES = 4
_PICTURE_BYTES = 2_000_000
"""A card is drawn again with each change, and a moderator looks at it once."""
_IN_A_ROW = 5

Views = Mapping[MatterKind, MatterView]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Card:
    view: ui.LayoutView
    files: Sequence[discord.File] = ()


async def card_for_moderator(core: Core, views: Views, matter: Matter, user_id: int) -> Card:
    """With everything, but for a person whom it is about. The caller has checked that they may read it."""
    return await _draw(core, views, matter, only_head=False, is_own=matter.about_id == user_id)


class MatterCards:
    """The MatterEditor of the use cases, over a discord.py client."""

    def __init__(self, client: discord.Client, core: Core, views: Views, covers: Callable[[int], bool]) -> None:
        """`covers`: whether this process hears of that server's channels and roles."""
        self._client = client
        self._core = core
        self.views = views
        self._covers = covers

    async def for_channel(self, matter: Matter, channel_id: int) -> Card:
        """As the log channel may show it: everybody who can read that channel reads it."""
        now = self._core.clock()
        if matter.admins_only:
            buttons = _row(matter, now) if matter.is_open else []
            return Card(_view([words.ADMINS_ONLY_CARD, words.state(matter, "", now)], [], buttons))
        is_private = self.is_for_moderators(matter.guild_id, channel_id)
        return await _draw(self._core, self.views, matter, only_head=not is_private)

    def is_for_moderators(self, guild_id: int, channel_id: int) -> bool:
        """False where this process cannot know it."""
        guild = self._client.get_guild(guild_id) if self._covers(guild_id) else None
        channel = guild.get_channel_or_thread(channel_id) if guild is not None else None
        return channel is not None and channel_sight.is_for_moderators(channel)

    async def redraw(self, matter: Matter, post: LogPost) -> bool:
        card = await self.for_channel(matter, post.channel_id)
        channel = self._client.get_partial_messageable(post.channel_id, guild_id=post.guild_id)
        try:
            with send_errors(), requests_are(Urgency.BACKGROUND):
                async with asyncio.timeout(MAX_SHORT_MESSAGE_S):
                    await channel.get_partial_message(post.message_id).edit(
                        view=card.view, attachments=card.files, allowed_mentions=discord.AllowedMentions.none()
                    )
        except SendError as error:
            if error.failure is not Failure.GONE:
                log.info("a card for moderators could not be drawn", message=post.message_id, error=str(error))
                return False
        return True


async def _draw(core: Core, views: Views, matter: Matter, *, only_head: bool, is_own: bool = False) -> Card:
    view, now = views.get(matter.kind), core.clock()
    found = await view.read(matter) if view is not None else None
    if found is None:
        return Card(_view([words.GONE], [], []))
    state = words.state(matter, found.outcome, now)
    if not matter.is_open:
        return Card(_view([found.head, state], [], []))
    if is_own:
        own = _row(matter, now, shows=False, more=replace(found, buttons=found.own_buttons))
        return Card(_view([found.head, words.ABOUT_YOU_ALONE, state], [], own))
    buttons = _row(matter, now, shows=only_head, more=found)
    if only_head:
        has_more = bool(found.details or found.pictures)
        return Card(_view([found.head, words.HIDDEN_HERE if has_more else "", state], [], buttons))
    pictures = {f"matter-{matter.id}-{number}": data for number, data in enumerate(found.pictures[:_MOST_PICTURES], 1)}
    files = await fitted_files(core.pictures, pictures, _PICTURE_BYTES, spoiler=True)
    return Card(_view([found.head, found.details, state], files, buttons), files)


def _row(
    matter: Matter, now: datetime, *, shows: bool = True, more: CardContents | None = None
) -> "list[ui.Button[Any]]":
    """`shows`: with a button that shows it privately."""
    buttons: list[ui.Button[Any]] = [
        ui.Button(
            label=each.label,
            custom_id=each.custom_id,
            style=discord.ButtonStyle.danger if each.danger else discord.ButtonStyle.secondary,
        )
        for each in (more.buttons if more is not None else ())
    ]
    if shows:
        buttons.append(ui.Button(label=words.SHOW, custom_id=matter_id("show", matter.id)))
    return [*buttons, _claim_button(matter, now)]


def _claim_button(matter: Matter, now: datetime) -> "ui.Button[Any]":
    if matter.claimant(now) is None:
        return ui.Button(label=words.CLAIM, custom_id=matter_id("claim", matter.id))
    return ui.Button(label=words.RELEASE, custom_id=matter_id("release", matter.id))


def _view(texts: Sequence[str], files: Sequence[discord.File], buttons: "Sequence[ui.Button[Any]]") -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container()
    for text in texts:
        if text:
            container.add_item(ui.TextDisplay(text))
    if files:
        gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
        for file in files:
            gallery.add_item(media=file, spoiler=True)
        container.add_item(gallery)
    for start in range(0, len(buttons), _IN_A_ROW):
        container.add_item(ui.ActionRow(*buttons[start : start + _IN_A_ROW]))
    view.add_item(container)
    # The buttons are found by their custom ids, so discord.py need not remember the view.
    view.stop()
    return view


def inbox_view(found: Sequence[Matter], count: int, pages: "Sequence[ui.Button[Any]]", now: datetime) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(words.inbox_head(count) if found else words.INBOX_EMPTY))
    for matter in found:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow(
            ui.Button(label=words.OPEN, custom_id=matter_id("show", matter.id)),
            _claim_button(matter, now),
        )
        view.add_item(ui.Container(ui.TextDisplay(words.inbox_entry(matter, now)), row))
    if pages:
        view.add_item(ui.ActionRow(*pages))
    view.stop()
    return view
