"""`/remix-config`: what admins set for their server, in a panel or by name. Each handler asks for permission itself."""

import asyncio
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.discord_app.kit.features import ConfigFeatures
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.sending import DISCORD_ERRORS
from bot.discord_app.server_policy import words as replies
from bot.discord_app.server_policy.controls import read_admin, show_panel
from bot.discord_app.server_policy.setup_warnings import find_warnings
from bot.discord_app.server_policy.suggestions import suggest_names, suggest_values
from bot.rules.field_values import Wrong, read_time
from bot.rules.policy_fields import Problems
from bot.rules.policy_file import LARGEST_FILE, PolicyTexts, read_file, write_file
from bot.storage.moderation.cases import Case
from bot.use_cases.server_policy.change_policy import Admin

_READ_WITHIN_S = 20.0
_MOST_GRANTED = 10_000
_LONGEST_VALUE = 700

if TYPE_CHECKING:
    Remixes = int
    Text = str
else:
    Remixes = app_commands.Range[int, 1, _MOST_GRANTED]
    Text = app_commands.Range[str, 1, _LONGEST_VALUE]


class ConfigCommands(app_commands.Group):
    """Discord's own permissions are the server's to change, ours are not: `_lets_in` comes first."""

    def __init__(self, features: ConfigFeatures) -> None:
        super().__init__(
            name="remix-config",
            description="What holds for remixes in this server",
            guild_only=True,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            default_permissions=discord.Permissions(manage_guild=True),
        )
        self._features = features

    async def _lets_in(self, interaction: discord.Interaction) -> Admin | None:
        """Acknowledges privately, and tells whoever may not."""
        await defer(interaction)
        admin = read_admin(interaction)
        if admin is None:
            await interaction.edit_original_response(content=replies.NOT_AN_ADMIN)
        return admin

    @app_commands.command(description="Everything that can be set, to look at and to change")
    async def panel(self, interaction: discord.Interaction) -> None:
        if admin := await self._lets_in(interaction):
            await show_panel(interaction, self._features, admin.guild_id)

    @app_commands.command(name="set", description="Change one setting by its name")
    @app_commands.describe(name="Which", value="Such as 90, 5m, 7d, 2.50, #channel, @role; default takes it back")
    async def set_(self, interaction: discord.Interaction, name: str, value: Text) -> None:
        if admin := await self._lets_in(interaction):
            await self._change(interaction, admin, PolicyTexts({name: value}))

    @set_.autocomplete("name")
    async def _complete_name(self, _interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return suggest_names(typed)

    @set_.autocomplete("value")
    async def _complete_value(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        admin = read_admin(interaction)
        if admin is None:
            return []
        settings = await self._features.settings.of(admin.guild_id)
        name = str(interaction.namespace.name or "")
        return suggest_values(name, typed, settings.policy, self._features.bounds, interaction.guild)

    @app_commands.command(description="Give the members of a role limits of their own, or take them back")
    @app_commands.describe(
        role="Whose",
        cooldown="Time between two remixes, such as 30s or 5m",
        daily_quota="Remixes a day, or unlimited",
        monthly_quota="Remixes a month, or unlimited",
        queue_limit="Remixes on the way at once",
        remove="True takes the whole plan away",
    )
    async def plan(
        self,
        interaction: discord.Interaction,
        role: discord.Role,
        cooldown: str | None = None,
        daily_quota: str | None = None,
        monthly_quota: str | None = None,
        queue_limit: str | None = None,
        *,
        remove: bool = False,
    ) -> None:
        given = {
            "cooldown": cooldown,
            "daily-quota": daily_quota,
            "monthly-quota": monthly_quota,
            "queue-limit": queue_limit,
        }
        texts: Mapping[str, str] = {name: text for name, text in given.items() if text is not None}
        if admin := await self._lets_in(interaction):
            if not texts and not remove:
                await interaction.edit_original_response(content=replies.NO_LIMITS)
            else:
                await self._change(interaction, admin, PolicyTexts(plans={role.id: None if remove else texts}))

    @app_commands.command(description="Which roles have limits of their own")
    async def plans(self, interaction: discord.Interaction) -> None:
        if admin := await self._lets_in(interaction):
            settings = await self._features.settings.of(admin.guild_id)
            await interaction.edit_original_response(content=replies.plan_list(settings.plans))

    @app_commands.command(description="Let a member make some remixes beyond their quota")
    @app_commands.describe(member="Who", remixes="How many", until="For how long from now, such as 2h or 7d")
    async def grant(
        self, interaction: discord.Interaction, member: discord.Member, remixes: Remixes, until: str
    ) -> None:
        if admin := await self._lets_in(interaction):
            lasts = read_time(until)
            if isinstance(lasts, Wrong) or not lasts:
                wrong = lasts if isinstance(lasts, Wrong) else Wrong("must be longer than that")
                await interaction.edit_original_response(content=replies.problems(Problems([f"`until` {wrong.why}."])))
                return
            case = await self._features.change.grant(admin, member.id, remixes, lasts)
            await interaction.edit_original_response(content=replies.granted(case, remixes))

    @app_commands.command(description="Who has remixes beyond their quota")
    async def grants(self, interaction: discord.Interaction) -> None:
        if admin := await self._lets_in(interaction):
            settings = await self._features.settings.of(admin.guild_id)
            await interaction.edit_original_response(content=replies.grant_list(settings.grants))

    @app_commands.command(description="Everything that is set, on one page")
    async def show(self, interaction: discord.Interaction) -> None:
        if admin := await self._lets_in(interaction):
            settings = await self._features.settings.of(admin.guild_id)
            page = replies.page(settings, self._features.bounds, find_warnings(interaction.guild, settings))
            await interaction.edit_original_response(view=_page_view(page))

    @app_commands.command(description="All settings and plans as a file")
    async def export(self, interaction: discord.Interaction) -> None:
        if admin := await self._lets_in(interaction):
            settings = await self._features.settings.of(admin.guild_id)
            data = write_file(settings.policy, settings.plans).encode()
            file = discord.File(BytesIO(data), filename=f"remix-config-{admin.guild_id}.json")
            await interaction.edit_original_response(content=replies.EXPORTED, attachments=[file])

    @app_commands.command(name="import", description="Take in such a file: all of it or, if anything is wrong, nothing")
    @app_commands.describe(file="As export gives it; what it does not name stays as it is")
    async def import_(self, interaction: discord.Interaction, file: discord.Attachment) -> None:
        if admin := await self._lets_in(interaction):
            texts = await _read(file)
            if texts is None:
                await interaction.edit_original_response(content=replies.FILE_NOT_READ)
            elif isinstance(texts, Problems):
                await interaction.edit_original_response(content=replies.problems(texts))
            else:
                await self._change(interaction, admin, texts)

    async def _change(self, interaction: discord.Interaction, admin: Admin, wanted: PolicyTexts) -> None:
        outcome: Sequence[Case] | Problems = await self._features.change.change(admin, wanted)
        if isinstance(outcome, Problems):
            text = replies.problems(outcome)
        else:
            text = replies.changed(outcome, self._features.bounds)
        await interaction.edit_original_response(view=_page_view(text))


def _page_view(text: str) -> discord.ui.LayoutView:
    """Twice as long as plain words may be."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(text))
    view.stop()
    return view


async def _read(file: discord.Attachment) -> PolicyTexts | Problems | None:
    """None: Discord did not give it. Its size is asked before it is read."""
    if file.size > LARGEST_FILE:
        return read_file(b" " * (LARGEST_FILE + 1))
    try:
        async with asyncio.timeout(_READ_WITHIN_S):
            data = await file.read()
    except DISCORD_ERRORS:
        return None
    return read_file(data)
