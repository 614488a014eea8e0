"""A bot of a few lines, to test the loopback Discord with the real discord.py: in a test's process, or as its own."""

import asyncio
import io
import sys
from typing import Self

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

LIKE = "like"


class Note(discord.ui.Modal, title="Note"):
    text: discord.ui.TextInput[Self] = discord.ui.TextInput(label="Text", custom_id="text")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Noted: {self.text.value}", ephemeral=True)


class Buttons(discord.ui.View):
    """Persistent, as the bot's own are: found by `custom_id` after a restart."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Like", custom_id=LIKE)
    async def like(self, interaction: discord.Interaction, _button: discord.ui.Button[Self]) -> None:
        await interaction.response.send_message("You like it", ephemeral=True)

    @discord.ui.button(label="Seen", custom_id="seen")
    async def seen(self, interaction: discord.Interaction, _button: discord.ui.Button[Self]) -> None:
        await interaction.response.edit_message(content="Seen")

    @discord.ui.button(label="Note", custom_id="note")
    async def note(self, interaction: discord.Interaction, _button: discord.ui.Button[Self]) -> None:
        await interaction.response.send_modal(Note())


class TinyBot(discord.Client):
    """`errors` has what its commands raised, `failed` is set by the first. `known`: it knows its servers."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0)
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(remix)
        self.tree.error(self._keep_error)
        self.errors: list[Exception] = []
        self.known = asyncio.Event()
        self.failed = asyncio.Event()

    async def on_ready(self) -> None:
        self.known.set()

    async def setup_hook(self) -> None:
        self.add_view(Buttons())
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py waits 5 s here before it identifies again."""

    async def _keep_error(self, _interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.errors.append(getattr(error, "original", error))
        self.failed.set()


@app_commands.command(description="Posts the picture back")
async def remix(interaction: discord.Interaction, image: discord.Attachment, prompt: str, weight: int = 50) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    data = await image.read()
    await interaction.edit_original_response(content=f"Queued: {prompt} at {weight}")
    await post(interaction.channel, prompt, data, nonce=str(interaction.id))
    await interaction.edit_original_response(content="Done")


@remix.autocomplete("prompt")
async def suggest(_interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{typed} in ink", value="ink")]


async def post(channel: object, text: str, data: bytes, *, nonce: str | None = None) -> discord.Message:
    """With one picture and the buttons, pinging nobody."""
    assert isinstance(channel, discord.abc.Messageable)
    file = discord.File(io.BytesIO(data), "remix.png", description="A remix")
    quiet = discord.AllowedMentions.none()
    return await channel.send(text, file=file, nonce=nonce, view=Buttons(), allowed_mentions=quiet)


async def main(token: str, api_url: str, gateway_url: str) -> None:
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    async with TinyBot() as bot:
        await bot.start(token)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
