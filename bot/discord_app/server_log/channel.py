"""Writes entries into a server's log channel: text with buttons, no pictures, no mention that rings."""

from collections.abc import Sequence

import aiohttp
import discord
from discord import ui

from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.server_log import words as log_replies
from bot.use_cases.ports import ChannelClosedError, PostFailedError
from bot.use_cases.server_log.log_facts import LogFact, NeverWrittenError, RemixMade

_BUTTONS = {
    Action.LOG_HIDE: "Hide",
    Action.LOG_REMOVE: "Remove",
    Action.LOG_BLOCK: "Block 24 h",
}
# Unknown Channel, Unknown Guild, Missing Access; and what says that we may be there, but not write.
_GONE = frozenset({10003, 10004, 50001})
_MAY_NOT_WRITE = frozenset({50013, 50083, 160005})
_PASSES = frozenset({401, 408, 429})
_SERVER_ERRORS = 500


class LogChannelPoster:
    """The LogChannel of the use cases, over a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def write(self, guild_id: int, channel_id: int, facts: Sequence[LogFact], nonce: str) -> None:
        """Into a channel of that server only, whatever its settings say: they can be imported."""
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or self._client.is_closed():
            raise PostFailedError(log_replies.NOT_THERE)
        if guild.get_channel_or_thread(channel_id) is None:
            raise ChannelClosedError(log_replies.OTHER_SERVER)
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        try:
            await channel.send(view=log_card(facts), nonce=nonce, allowed_mentions=discord.AllowedMentions.none())
        except discord.HTTPException as error:
            raise _translate(error) from None
        except (discord.ClientException, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PostFailedError(type(error).__name__) from None


def _translate(error: discord.HTTPException) -> Exception:
    if error.code in _GONE:
        return ChannelClosedError(log_replies.CLOSED)
    if error.code in _MAY_NOT_WRITE or error.status == 403:  # noqa: PLR2004 - forbidden, whatever the reason
        return ChannelClosedError(log_replies.MAY_NOT_WRITE)
    if error.status >= _SERVER_ERRORS or error.status in _PASSES:
        return PostFailedError(log_replies.trouble(error.status))
    return NeverWrittenError(f"{error.status} {error.code}")


def log_card(facts: Sequence[LogFact]) -> ui.LayoutView:
    """Each entry by itself; a remix with what can be done about it."""
    view = ui.LayoutView(timeout=None)
    for fact in facts:
        text: ui.TextDisplay[ui.LayoutView] = ui.TextDisplay(log_replies.entry(fact))
        if isinstance(fact, RemixMade):
            view.add_item(ui.Container(text, _buttons(fact.job.id)))
        else:
            view.add_item(text)
    # Its buttons are answered by their names: the library need not remember every entry ever written.
    view.stop()
    return view


def _buttons(job_id: int) -> "ui.ActionRow[ui.LayoutView]":
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for action, label in _BUTTONS.items():
        button: ui.Button[ui.LayoutView] = ui.Button(label=label, custom_id=action.custom_id(job_id))
        row.add_item(button)
    return row
