"""Writes entries into a server's log channel: text with buttons, without pictures, notifying nobody."""

from collections.abc import Sequence

import discord
from discord import ui

from bot.discord_app.kit.sending import Failure, SendError, send
from bot.discord_app.server_log import words
from bot.rules.log_problems import LogProblem
from bot.use_cases.server_log.log_facts import LogFact, NeverWrittenError, NotWrittenError, RemixMade

_PROBLEMS = {
    Failure.GONE: LogProblem.CHANNEL_GONE,
    Failure.CLOSED: LogProblem.NOT_ALLOWED,
    Failure.LATER: LogProblem.NO_REPLY,
}
"""The other failures are about the message: no later attempt would help."""


class LogChannelPoster:
    """The LogChannel of the use cases, over a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def write(self, guild_id: int, channel_id: int, facts: Sequence[LogFact], nonce: str) -> None:
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or self._client.is_closed():
            raise NotWrittenError(LogProblem.SERVER_UNAVAILABLE)
        # Settings can be imported with any channel id, and a log must never appear in another server.
        if guild.get_channel_or_thread(channel_id) is None:
            raise NotWrittenError(LogProblem.ELSEWHERE)
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        try:
            await send(channel, view=log_card(facts), nonce=nonce)
        except SendError as error:
            if error.failure in _PROBLEMS:
                raise NotWrittenError(_PROBLEMS[error.failure], str(error)) from None
            raise NeverWrittenError(str(error)) from None


def log_card(facts: Sequence[LogFact]) -> ui.LayoutView:
    """One block for each entry; a posted remix has the moderators' buttons."""
    view = ui.LayoutView(timeout=None)
    for fact in facts:
        text: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(words.entry(fact))
        if isinstance(fact, RemixMade):
            view.add_item(ui.Container(text, _buttons(fact.job.id)))
        else:
            view.add_item(text)
    # The buttons are found by their custom ids. Without this discord.py would keep every entry in memory.
    view.stop()
    return view


def _buttons(job_id: int) -> "ui.ActionRow[ui.LayoutView]":
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for action, label in words.BUTTONS.items():
        button: ui.Button[ui.LayoutView] = ui.Button(label=label, custom_id=action.custom_id(job_id))
        row.add_item(button)
    return row
