"""Writes entries into a server's log channel: text with buttons, without pictures, notifying nobody."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import discord
import structlog
from discord import ui

from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.sending import MAX_SHORT_MESSAGE_S, Failure, SendError, send, send_errors
from bot.discord_app.kit.words import SHOW
from bot.discord_app.matters.cards import Card, MatterCards
from bot.discord_app.rest.request_budget import Urgency, requests_are
from bot.discord_app.server_log import words
from bot.rules.log_problems import LogProblem
from bot.storage.remixes.jobs import Job
from bot.storage.server_log.log_posts import LogPost
from bot.use_cases.server_log.log_facts import (
    LogFact,
    LogText,
    MatterOpened,
    NeverWrittenError,
    NotWrittenError,
    RemixMade,
    ResultDeleted,
)

_PROBLEMS = {
    Failure.GONE: LogProblem.CHANNEL_GONE,
    Failure.CLOSED: LogProblem.NOT_ALLOWED,
    Failure.LATER: LogProblem.NO_REPLY,
}
"""The other failures are about the message: no later attempt would help."""
_MOST_KEPT = 10_000

log = structlog.get_logger(__name__)


class LogChannelPoster:
    """The LogChannel of the use cases, over a discord.py client."""

    def __init__(self, client: discord.Client, covers: Callable[[int], bool], matters: MatterCards) -> None:
        """`covers`: whether this process hears of that server's channels. For the others it asks Discord."""
        self._client = client
        self._matters = matters
        self._covers = covers
        self._servers: dict[int, int] = {}

    async def write(self, guild_id: int, channel_id: int, facts: Sequence[LogFact], nonce: str) -> int:
        with requests_are(Urgency.BACKGROUND):
            return await self._write(guild_id, channel_id, facts, nonce)

    async def _write(self, guild_id: int, channel_id: int, facts: Sequence[LogFact], nonce: str) -> int:
        if self._client.is_closed():
            raise NotWrittenError(LogProblem.SERVER_UNAVAILABLE)
        # Settings can be imported with any channel id, and a log must never appear in another server.
        if not (self._has(guild_id, channel_id) if self._covers(guild_id) else await self._ask(guild_id, channel_id)):
            raise NotWrittenError(LogProblem.ELSEWHERE)
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        card = await self._card(guild_id, channel_id, facts)
        try:
            return (await send(channel, view=card.view, files=card.files, nonce=nonce)).id
        except SendError as error:
            if error.failure in _PROBLEMS:
                raise NotWrittenError(_PROBLEMS[error.failure], str(error)) from None
            raise NeverWrittenError(str(error)) from None

    async def _card(self, guild_id: int, channel_id: int, facts: Sequence[LogFact]) -> Card:
        texts: list[LogText] = []
        for fact in facts:
            if isinstance(fact, MatterOpened):
                return await self._matters.for_channel(fact.matter, channel_id)
            texts.append(fact)
        return Card(log_card(texts, for_moderators=self._matters.is_for_moderators(guild_id, channel_id)))

    def _has(self, guild_id: int, channel_id: int) -> bool:
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable:
            raise NotWrittenError(LogProblem.SERVER_UNAVAILABLE)
        return guild.get_channel_or_thread(channel_id) is not None

    async def _ask(self, guild_id: int, channel_id: int) -> bool:
        """Once for each channel, as no channel moves to another server. Sending shows what else is wrong with it."""
        if channel_id not in self._servers:
            try:
                with send_errors():
                    async with asyncio.timeout(MAX_SHORT_MESSAGE_S):
                        found: Mapping[str, Any] = await self._client.http.get_channel(channel_id)
            except SendError as error:
                if error.failure is Failure.GONE:
                    return False
                raise NotWrittenError(_PROBLEMS.get(error.failure, LogProblem.NO_REPLY), str(error)) from None
            if len(self._servers) >= _MOST_KEPT:
                self._servers.clear()
            self._servers[channel_id] = int(found.get("guild_id") or 0)
        return self._servers[channel_id] == guild_id

    async def change_buttons(self, post: LogPost, hidden: Mapping[int, bool]) -> None:
        channel = self._client.get_partial_messageable(post.channel_id, guild_id=post.guild_id)
        try:
            with send_errors(), requests_are(Urgency.BACKGROUND):
                async with asyncio.timeout(MAX_SHORT_MESSAGE_S):
                    # A message has the entries of several remixes and cases, and only its buttons change.
                    message = await channel.fetch_message(post.message_id)
                    view = ui.LayoutView.from_message(message, timeout=None)
                    if _swap_buttons(view, hidden):
                        await message.edit(view=view, allowed_mentions=discord.AllowedMentions.none())
                    view.stop()
        except SendError as error:
            log.info("the buttons of a log entry could not be changed", message=post.message_id, error=str(error))


def log_card(facts: Sequence[LogText], *, for_moderators: bool = True) -> ui.LayoutView:
    """One block for each entry; a posted remix has the moderators' buttons.

    `for_moderators`: nobody else can read it.
    """
    view = ui.LayoutView(timeout=None)
    for fact in facts:
        text: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(words.entry(fact, for_moderators=for_moderators))
        if isinstance(fact, RemixMade):
            view.add_item(ui.Container(text, _buttons(fact.job)))
        elif isinstance(fact, ResultDeleted) and fact.kept_until is not None:
            view.add_item(ui.Container(text, _show_button(fact.job.id)))
        else:
            view.add_item(text)
    # The buttons are found by their custom ids. Without this discord.py would keep every entry in memory.
    view.stop()
    return view


def _show_button(job_id: int) -> "ui.ActionRow[ui.LayoutView]":
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    row.add_item(ui.Button(label=SHOW, custom_id=Action.SHOW_DELETED.custom_id(job_id)))
    return row


def _buttons(job: Job) -> "ui.ActionRow[ui.LayoutView]":
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for action, label in words.BUTTONS.items():
        if action is not (Action.LOG_HIDE if job.hidden else Action.LOG_SHOW):
            button: ui.Button[ui.LayoutView] = ui.Button(label=label, custom_id=action.custom_id(job.id))
            row.add_item(button)
    return row


def _swap_buttons(view: ui.LayoutView, hidden: Mapping[int, bool]) -> bool:
    """False: they were right already."""
    swapped = False
    for button in [item for item in view.walk_children() if isinstance(item, ui.Button)]:
        for job_id, is_hidden in hidden.items():
            before, after = (Action.LOG_HIDE, Action.LOG_SHOW) if is_hidden else (Action.LOG_SHOW, Action.LOG_HIDE)
            if button.custom_id == before.custom_id(job_id):
                button.custom_id, button.label, swapped = after.custom_id(job_id), words.BUTTONS[after], True
    return swapped
