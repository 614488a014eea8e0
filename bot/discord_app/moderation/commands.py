"""`/remix-mod`: the moderators' commands. Each handler checks the person's permissions and rank at that moment."""

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.permissions import read_asker_of
from bot.discord_app.moderation import case_words, command_words, words
from bot.discord_app.moderation.actions import (
    answer,
    delete_posts,
    hide_remix,
    lets_in,
    may_reach,
    remove_remix,
    show_deleted_view,
)
from bot.discord_app.moderation.command_options import Duration, Kind, Reason, Reference, complete_kind, read_kind
from bot.discord_app.moderation.gate_words import why
from bot.discord_app.moderation.lists.export import export_command
from bot.discord_app.moderation.lists.member_commands import member_commands
from bot.discord_app.moderation.lists.pages import show_cases
from bot.discord_app.moderation.lists.paging import write_filter
from bot.discord_app.moderation.oversight.raid_commands import raid_group
from bot.discord_app.moderation.prompts.commands import test_prompt_command
from bot.discord_app.moderation.queue_commands import queue_commands
from bot.discord_app.moderation.ranks import out_of_reach
from bot.discord_app.moderation.undoing import BY_ADMINS, find_changeable, undo
from bot.discord_app.remixes.refusal_words import refusal
from bot.rules.cases import BY_RULE
from bot.rules.durations import read_duration
from bot.rules.refusals import Refused
from bot.storage.moderation.cases import Case, CaseFilter
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.explain_gate import explain_gate
from bot.use_cases.moderation.remove_result import Purge
from bot.use_cases.moderation.review_cases import earlier_reasons, edit_case_reason, find_case
from bot.use_cases.purges.second_moderator import AskedSecond, purge_or_ask
from bot.use_cases.removal.show_deleted import is_kept

# Every message takes a request of its own, and the private reply can be edited for 15 minutes only.
# https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
_MOST_PURGED = 50

# The column has 32 bits on PostgreSQL.
Number = app_commands.Range[int, 1, 2**31 - 1]
Last = app_commands.Range[int, 1, _MOST_PURGED]


class ModerationCommands(app_commands.Group):
    """Every handler calls `lets_in` first: admins can offer a command to anybody in Discord's own settings."""

    def __init__(self, features: Features) -> None:
        super().__init__(
            name="remix-mod",
            description=command_words.GROUP,
            default_permissions=discord.Permissions(moderate_members=True),
            # `guild_only` alone sends `dm_permission`, which is deprecated, and leaves `contexts` unset in a group.
            guild_only=True,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self._features = features
        self._core = features.core
        for command in (*queue_commands(features), *member_commands(features)):
            self.add_command(command)
        # Discord takes 25 entries in a group, and a subgroup is one of them.
        self.records = app_commands.Group(name="records", description=command_words.RECORDS, parent=self)
        self.records.add_command(export_command(features))
        self.test = app_commands.Group(name="test", description=command_words.TEST, parent=self)
        self.test.add_command(test_prompt_command(features))
        self.add_command(raid_group(features))

    @app_commands.command(description=command_words.PURGE)
    @app_commands.describe(
        member=command_words.MEMBER,
        last=command_words.LAST,
        since=command_words.SINCE,
        reason=command_words.REASON_ON_RECORD,
    )
    async def purge(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        last: Last | None = None,
        since: Duration | None = None,
        reason: Reason | None = None,
    ) -> None:
        acting = await lets_in(interaction, reason)
        if acting is None:
            return
        within = read_duration(since) if since is not None else None
        if within is None and (last is None or since is not None):
            await answer(interaction, words.WHICH_RESULTS if since is None else words.BAD_DURATION)
            return
        if not await may_reach(interaction, member.id, allow_self=True):
            return
        done = await purge_or_ask(self._core, acting, Purge(member.id, last or _MOST_PURGED, within))
        if done is None:
            await answer(interaction, words.NOTHING_TO_PURGE)
        elif isinstance(done, AskedSecond):
            await answer(interaction, words.asked_second(done))
        else:
            await delete_posts(interaction, self._features, done)

    @app_commands.command(description=command_words.HIDE)
    @app_commands.describe(remix=command_words.REMIX, reason=command_words.REASON_MEMBER_READS)
    async def hide(self, interaction: discord.Interaction, remix: Reference, reason: Reason | None = None) -> None:
        await hide_remix(interaction, self._features, remix, reason)

    @app_commands.command(description=command_words.UNHIDE)
    @app_commands.describe(remix=command_words.REMIX, reason=command_words.REASON_ON_RECORD)
    async def unhide(self, interaction: discord.Interaction, remix: Reference, reason: Reason | None = None) -> None:
        await hide_remix(interaction, self._features, remix, reason, hidden=False)

    @app_commands.command(description=command_words.REMOVE)
    @app_commands.describe(remix=command_words.REMIX, reason=command_words.REASON_MEMBER_READS)
    async def remove(self, interaction: discord.Interaction, remix: Reference, reason: Reason | None = None) -> None:
        await remove_remix(interaction, self._features, remix, reason)

    @app_commands.command(description=command_words.CASES)
    @app_commands.describe(
        member=command_words.CASES_ABOUT, moderator=command_words.CASES_BY, kind=command_words.CASES_KIND
    )
    @app_commands.autocomplete(kind=complete_kind)
    async def cases(
        self,
        interaction: discord.Interaction,
        member: discord.User | None = None,
        moderator: discord.User | None = None,
        kind: Kind | None = None,
    ) -> None:
        acting = await lets_in(interaction)
        if acting is None:
            return
        of_kind = read_kind(kind) if kind else None
        if kind and of_kind is None:
            await answer(interaction, words.NO_SUCH_KIND)
            return
        wanted = CaseFilter(_id(member), _id(moderator), of_kind)
        await show_cases(interaction, self._features, acting.guild_id, write_filter(wanted))

    @app_commands.command(description=command_words.CASE)
    @app_commands.describe(number=command_words.CASE_NUMBER)
    async def case(self, interaction: discord.Interaction, number: Number) -> None:
        acting = await lets_in(interaction)
        if acting is not None and (found := await self._find_case(interaction, acting, number)) is not None:
            await self._show_case(interaction, found)

    @app_commands.command(description=command_words.REASON)
    @app_commands.describe(number=command_words.CASE_NUMBER, reason=command_words.REASON_NEW)
    async def reason(self, interaction: discord.Interaction, number: Number, reason: Reason) -> None:
        acting = await lets_in(interaction, reason)
        if acting is None or not await self._may_edit(interaction, acting, number):
            return
        case = await edit_case_reason(self._core, acting, number, acting.reason) if acting.reason else None
        if case is None:
            await answer(interaction, words.NO_REASON)
        else:
            await self._show_case(interaction, case)

    @app_commands.command(description=command_words.UNDO)
    @app_commands.describe(number=command_words.CASE_NUMBER, reason=command_words.REASON_ON_RECORD)
    async def undo(self, interaction: discord.Interaction, number: Number, reason: Reason | None = None) -> None:
        if (acting := await lets_in(interaction, reason)) is not None:
            await undo(interaction, self._features, acting, number)

    async def _show_case(self, interaction: discord.Interaction, case: Case) -> None:
        earlier = await earlier_reasons(self._core, case.guild_id, case.number) if case.edited_at else ()
        view = show_deleted_view(case.job_id) if case.job_id and await is_kept(self._core, case) else None
        await interaction.edit_original_response(content=case_words.case_page(case, earlier), view=view)

    async def _may_edit(self, interaction: discord.Interaction, acting: Acting, number: int) -> bool:
        """A moderator's own case, or one by somebody below them. False: they have read why not."""
        case = await self._find_case(interaction, acting, number)
        if case is None:
            return False
        if case.actor_id == acting.actor_id and case.kind not in BY_ADMINS:
            return True
        if await find_changeable(interaction, self._features, acting, number) is None:
            return False
        if case.actor_id in {acting.actor_id, BY_RULE}:
            return True
        refused = await out_of_reach(interaction, case.actor_id, allow_self=True)
        if refused is not None:
            await answer(interaction, case_words.NOT_YOUR_CASE)
        return refused is None

    async def _find_case(self, interaction: discord.Interaction, acting: Acting, number: int) -> Case | None:
        """None: there is none, and they have read so."""
        case = await find_case(self._core, acting.guild_id, number)
        if case is None:
            await answer(interaction, case_words.NO_CASE)
        return case

    @app_commands.command(description=command_words.WHY)
    @app_commands.describe(member=command_words.MEMBER, channel=command_words.WHY_CHANNEL)
    async def why(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
    ) -> None:
        if await lets_in(interaction) is None:
            return
        asker = read_asker_of(interaction, member, channel)
        if isinstance(asker, Refused):
            await answer(interaction, refusal(asker))
            return
        explained = await explain_gate(self._core, self._features.rules, asker)
        await answer(interaction, why(member.id, asker.channel_id, explained, asker.guild_id))


def _id(person: discord.User | None) -> int | None:
    return person.id if person is not None else None
