"""A bot with one command for messages, and the demo's page of it: `python -m tests.integration.demo.tiny_bot`."""

import asyncio
import sys

import discord
from discord import app_commands

from bot.demo.live_discord import PageLook, live_discord, live_page
from bot.demo.page.community import create_community, welcome
from bot.demo.page.show import add_our_assets, page_files

COMMAND = "Remix this image"


class TinyBot(discord.Client):
    """One command for messages: it answers privately with what it was used on."""

    def __init__(self):
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(app_commands.ContextMenu(name=COMMAND, callback=self.answer))

    async def setup_hook(self):
        await self.tree.sync()

    async def answer(self, interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"used on {len(message.attachments)} picture", ephemeral=True)


async def show() -> None:
    look = PageLook("UTC", page_files(), add_our_assets)
    async with live_discord(TinyBot()) as live:
        community = create_community(live)
        async with live_page(live, (community.channel, community.log), community.viewers, port=0, look=look) as page:
            await welcome(community, page_files()["/sample.jpg"].data)
            sys.stdout.write(f"{page.url}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(show())
    except KeyboardInterrupt:
        sys.exit()
