"""`/remix-appeal`: what a person can appeal, and how their appeals ended; in a direct message, of all servers."""

from typing import Any

import discord
from discord import app_commands, ui

from bot.discord_app.appeals import words
from bot.discord_app.appeals.controls import MENU_ID
from bot.discord_app.kit.appealing.buttons import What
from bot.discord_app.kit.appealing.words import ended
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.use_cases.appeals.own_appeals import OwnAppeals, mark_told, own_appeals, read_all_told

Interaction = discord.Interaction[Any]


def appeal_command(features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    # Also for people who are blocked, and in a direct message for those who are in the server no longer.
    @app_commands.command(name="remix-appeal", description=words.DESCRIPTION)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    @app_commands.guild_install()
    async def remix_appeal(interaction: discord.Interaction) -> None:
        await defer(interaction)
        found = await own_appeals(features.core, interaction.user.id, interaction.guild_id)
        told = await read_all_told(features.core, found.unread)
        texts = [ended(each, server_name(interaction.client, each.appeal.guild_id)) for each in told]
        menu = _menu(interaction, found)
        texts += [text for text in (words.open_appeals(found.open), "" if menu else words.NOTHING_TO_APPEAL) if text]
        await interaction.edit_original_response(content="\n\n".join(texts) or None, view=menu)
        if found.unread:
            await mark_told(features.core, found.unread)

    return remix_appeal


def server_name(client: discord.Client, guild_id: int) -> str:
    """A process that does not hear of that server, or is not in it any more, only knows its number."""
    guild = client.get_guild(guild_id)
    return guild.name if guild is not None else str(guild_id)


def _menu(interaction: Interaction, found: OwnAppeals) -> ui.View | None:
    in_server = interaction.guild_id is not None
    options = [
        discord.SelectOption(
            label=words.choice(case, "" if in_server else server_name(interaction.client, case.guild_id)),
            value=f"{case.guild_id}:{What.CASE}:{case.number}",
            description=words.reason_of(case),
        )
        for case in found.cases
    ]
    if found.refused:
        value = f"{interaction.guild_id}:{What.PROMPT}:0"
        options.append(discord.SelectOption(label=words.A_PROMPT, value=value))
    if not options:
        return None
    view = ui.View(timeout=None)
    view.add_item(ui.Select(custom_id=MENU_ID, placeholder=words.CHOOSE, options=options))
    view.stop()
    return view
