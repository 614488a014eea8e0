"""The commands of the bot. A crowd's commands arrive as one burst: they are begun some at a time."""

from typing import Any

import discord
from discord import app_commands

from bot.stagger import Stagger

_BEGUN_AT_ONCE = 16
"""In one round of the event loop. Two hundred took it 80 ms, in which no heartbeat and no answer was seen."""


class CommandTree(app_commands.CommandTree[discord.Client]):
    """discord.py's, with patience."""

    def __init__(self, client: discord.Client) -> None:
        super().__init__(client)
        self._stagger = Stagger(_BEGUN_AT_ONCE)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:  # noqa: ARG002 - discord.py's signature
        await self._stagger.wait()
        return True
