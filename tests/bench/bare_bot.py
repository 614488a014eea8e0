"""What the acknowledgements are compared with: discord.py with a `/remix` that defers and does nothing else."""

import asyncio
import sys

import discord
from discord import app_commands

from tests.wire.loopback import tiny_bot
from tests.wire.loopback.tiny_bot import TinyBot


@app_commands.command(description="Defers")
async def remix(interaction: discord.Interaction, image: discord.Attachment, prompt: str, weight: int = 50) -> None:  # noqa: ARG001 - the options of /remix
    await interaction.response.defer(ephemeral=True, thinking=True)


class BareBot(TinyBot):
    def __init__(self) -> None:
        super().__init__()
        self.tree.remove_command("remix")
        self.tree.add_command(remix)


if __name__ == "__main__":
    tiny_bot.TinyBot = BareBot  # type: ignore[misc]  # the rest of its process is as it is
    asyncio.run(tiny_bot.main(*sys.argv[1:]))
