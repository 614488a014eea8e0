"""`/remix-help` shows a member what they can do in this server now. Asking changes nothing and is not recorded."""

import discord
from discord import app_commands, ui

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.kit.permissions import read_asker
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.server_policy import help_words as words
from bot.rules.refusals import Refused
from bot.use_cases.server_policy.member_allowance import MemberAllowance, member_allowance


def help_command(features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    @app_commands.command(name="remix-help", description=words.DESCRIPTION)
    @app_commands.guild_only()
    @app_commands.guild_install()
    async def remix_help(interaction: discord.Interaction) -> None:
        await defer(interaction)
        asker = read_asker(interaction)
        if isinstance(asker, Refused):
            await interaction.edit_original_response(content=refusal(asker))
            return
        allowance = await member_allowance(features.core, features.rules, asker)
        await interaction.edit_original_response(view=_help_card(features, allowance, asker.guild_id))
        await show_unread_warnings(interaction, features.core)

    return remix_help


def _help_card(features: Features, allowance: MemberAllowance, guild_id: int) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.Container(
            ui.TextDisplay(words.now(allowance, guild_id)),
            ui.TextDisplay(words.limits(allowance, features.prices)),
            ui.Separator(),
            ui.TextDisplay(words.rules(allowance, features.rules.keep_pictures_days)),
        )
    )
    view.stop()
    return view
