"""`/remix-config`: admins set what applies in their server, in a panel or by name."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

import discord
from discord import app_commands

from bot.discord_app.kit.attachments import AttachmentReader
from bot.discord_app.kit.command_mentions import mention_commands
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.moderation.actions import undo_buttons
from bot.discord_app.moderation.prompts.commands import search_button
from bot.discord_app.server_policy import words
from bot.discord_app.server_policy.controls import read_admin, show_panel
from bot.discord_app.server_policy.setup_warnings import find_warnings
from bot.discord_app.server_policy.suggestions import suggest_names, suggest_values
from bot.rules.field_values import read_time
from bot.rules.policy_file import LARGEST_FILE, TOO_LARGE, PolicyTexts, read_file, write_file
from bot.rules.policy_problems import Problem, ProblemCode, Problems
from bot.rules.refusals import Reason, Refused
from bot.storage.moderation.cases import Case
from bot.use_cases.server_policy.change_policy import Admin, change_policy, grant_remixes
from bot.use_cases.server_policy.read_server_policy import read_server_policy
from bot.use_cases.server_policy.word_lists import read_word_lists

_MOST_GRANTED = 10_000
_LONGEST_VALUE = 700
_MOST_IN_A_ROW = 5

Remixes = app_commands.Range[int, 1, _MOST_GRANTED]
Text = app_commands.Range[str, 1, _LONGEST_VALUE]


class ConfigCommands(app_commands.Group):
    """Each handler calls `lets_in` first: a server can give Discord's own command permissions to anybody."""

    def __init__(self, features: Features) -> None:
        super().__init__(
            name="remix-config",
            description=words.GROUP,
            # `guild_only` alone sends `dm_permission`, which is deprecated, and leaves `contexts` unset in a group.
            guild_only=True,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            default_permissions=discord.Permissions(manage_guild=True),
        )
        self._features = features
        self._core = features.core
        self._bounds = features.rules.bounds

    async def lets_in(self, interaction: discord.Interaction) -> Admin | None:
        """Acknowledges privately. None: this person cannot manage the server, and has read so."""
        await defer(interaction)
        admin = read_admin(interaction)
        if admin is None:
            await interaction.edit_original_response(content=words.NOT_AN_ADMIN)
        return admin

    @app_commands.command(description=words.PANEL)
    async def panel(self, interaction: discord.Interaction) -> None:
        if admin := await self.lets_in(interaction):
            await show_panel(interaction, self._features, admin.guild_id)

    @app_commands.command(name="set", description=words.SET)
    @app_commands.describe(**words.SET_OPTIONS)
    async def set_(self, interaction: discord.Interaction, name: str, value: Text) -> None:
        if admin := await self.lets_in(interaction):
            await self.change(interaction, admin, PolicyTexts({name: value}))

    @set_.autocomplete("name")
    async def _complete_name(self, _interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return suggest_names(typed)

    @set_.autocomplete("value")
    async def _complete_value(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        admin = read_admin(interaction)
        if admin is None:
            return []
        server = await read_server_policy(self._core, admin.guild_id)
        name = str(interaction.namespace.name or "")
        return suggest_values(name, typed, server.policy, self._bounds, interaction.guild)

    @app_commands.command(description=words.PLAN)
    @app_commands.describe(**words.PLAN_OPTIONS)
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
        texts = {name: text for name, text in given.items() if text is not None}
        if admin := await self.lets_in(interaction):
            if not texts and not remove:
                await interaction.edit_original_response(content=words.NO_LIMITS)
            else:
                await self.change(interaction, admin, PolicyTexts(plans={role.id: None if remove else texts}))

    @app_commands.command(description=words.PLANS)
    async def plans(self, interaction: discord.Interaction) -> None:
        if admin := await self.lets_in(interaction):
            server = await read_server_policy(self._core, admin.guild_id)
            await interaction.edit_original_response(content=words.plan_list(server.plans))

    @app_commands.command(description=words.GRANT)
    @app_commands.describe(**words.GRANT_OPTIONS)
    async def grant(
        self, interaction: discord.Interaction, member: discord.Member, remixes: Remixes, until: str
    ) -> None:
        if admin := await self.lets_in(interaction):
            lasts = read_time(until) or Problem(ProblemCode.ZERO_TIME)
            if isinstance(lasts, Problem):
                text = words.problems(Problems([replace(lasts, field="until")]))
            else:
                text = words.granted(await grant_remixes(self._core, admin, member.id, remixes, lasts), remixes)
            await interaction.edit_original_response(content=text)

    @app_commands.command(description=words.GRANTS)
    async def grants(self, interaction: discord.Interaction) -> None:
        if admin := await self.lets_in(interaction):
            server = await read_server_policy(self._core, admin.guild_id)
            await interaction.edit_original_response(content=words.grant_list(server.grants))

    @app_commands.command(description=words.SHOW)
    async def show(self, interaction: discord.Interaction) -> None:
        if admin := await self.lets_in(interaction):
            server = await read_server_policy(self._core, admin.guild_id)
            page = words.page(server, self._bounds, find_warnings(interaction.guild, server))
            await interaction.edit_original_response(view=page_view(page))

    @app_commands.command(description=words.EXPORT)
    async def export(self, interaction: discord.Interaction) -> None:
        if admin := await self.lets_in(interaction):
            server = await read_server_policy(self._core, admin.guild_id)
            listed = (await read_word_lists(self._core, admin.guild_id)).entries
            data = write_file(server.policy, server.plans, server.styles, listed).encode()
            file = discord.File(BytesIO(data), filename=f"remix-config-{admin.guild_id}.json")
            await interaction.edit_original_response(content=mention_commands(words.EXPORTED), attachments=[file])

    @app_commands.command(name="import", description=words.IMPORT)
    @app_commands.describe(**words.IMPORT_OPTIONS)
    async def import_(self, interaction: discord.Interaction, file: discord.Attachment) -> None:
        if admin := await self.lets_in(interaction):
            texts = await _read(self._features.reader, file)
            if texts is None:
                await interaction.edit_original_response(content=words.FILE_NOT_READ)
            elif isinstance(texts, Problems):
                await interaction.edit_original_response(content=words.problems(texts))
            else:
                await self.change(interaction, admin, texts)

    async def change(
        self,
        interaction: discord.Interaction,
        admin: Admin,
        wanted: PolicyTexts,
        unchanged: str = words.NOTHING_CHANGED,
    ) -> None:
        """`unchanged`: what the admin reads if it was so before."""
        outcome = await change_policy(self._core, self._bounds, admin, wanted)
        done = () if isinstance(outcome, Problems) else outcome
        page = page_view(words.outcome(outcome, self._bounds, unchanged), done)
        await interaction.edit_original_response(view=page)


def page_view(text: str, done: Sequence[Case] = ()) -> discord.ui.LayoutView:
    """A text component, because it may have 4000 characters and `content` only 2000. `done`: what can be undone."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(text))
    if done:
        searches = [button for case in done if (button := search_button(case)) is not None]
        view.add_item(discord.ui.ActionRow(*undo_buttons(done)[: _MOST_IN_A_ROW - len(searches[:1])], *searches[:1]))
    view.stop()
    return view


async def _read(reader: AttachmentReader, file: discord.Attachment) -> PolicyTexts | Problems | None:
    """None: Discord did not hand the file over."""
    async with reader.reading(file, LARGEST_FILE) as data:
        if isinstance(data, Refused):
            return TOO_LARGE if data.reason is Reason.PICTURE_TOO_LARGE else None
        return read_file(data)
