"""The commands of the bot. A crowd's commands arrive as one burst: they are begun some at a time."""

import asyncio
from collections import deque
from typing import Any

import discord
from discord import app_commands

_BEGUN_AT_ONCE = 8
"""In one round of the event loop. Two hundred took it 80 ms, in which no heartbeat and no answer was seen."""


class Stagger:
    """Lets so many tasks go on in a round of the event loop, in the order in which they came."""

    def __init__(self, in_a_round: int) -> None:
        self._in_a_round = in_a_round
        self._passed = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Returns at once unless many have come in this round."""
        if self._passed < self._in_a_round:
            self._count()
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        await mine

    def _count(self) -> None:
        if self._passed == 0:
            asyncio.get_running_loop().call_soon(self._begin_round)
        self._passed += 1

    def _begin_round(self) -> None:
        self._passed = 0
        while self._waiting and self._passed < self._in_a_round:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                self._count()


class CommandTree(app_commands.CommandTree[discord.Client]):
    """discord.py's, with patience."""

    def __init__(self, client: discord.Client) -> None:
        super().__init__(client)
        self._stagger = Stagger(_BEGUN_AT_ONCE)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:  # noqa: ARG002 - discord.py's signature
        await self._stagger.wait()
        return True
