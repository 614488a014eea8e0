"""`/remix-mod`: what moderators do. Each handler checks their permissions now, and who is above whom."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.discord_app.kit.features import ModerationFeatures
from bot.discord_app.kit.permissions import administers, read_asker_of
from bot.discord_app.kit.text import one_line
from bot.discord_app.moderation import actions as moderation_actions
from bot.discord_app.moderation import case_words as case_replies
from bot.discord_app.moderation import words as replies
from bot.discord_app.moderation.actions import acting, answer, hide_remix, lets_in, may_reach, remove_remix, take_down
from bot.discord_app.moderation.case_pages import older_view
from bot.discord_app.moderation.ranks import fetch_ranked, ranked
from bot.discord_app.remixes.refusal_words import refusal
from bot.rules.cases import CaseKind
from bot.rules.durations import read_duration
from bot.rules.refusals import Refused
from bot.storage.moderation.cases import Case, CaseFilter
from bot.use_cases.moderation.find_result import NotModerated
from bot.use_cases.moderation.remove_result import Purge
from bot.use_cases.moderation.undo_case import InTheWay, NotUndone, Undone

_MOST_PURGED = 50
_BY_ADMINS = frozenset({CaseKind.CONFIG, CaseKind.PLAN})

if TYPE_CHECKING:
    Number = int
    Last = int
    Reason = str
    Reference = str
    Duration = str
else:
    Number = app_commands.Range[int, 1, 2**31 - 1]
    Last = app_commands.Range[int, 1, _MOST_PURGED]
    Reason = app_commands.Range[str, 1, replies.LONGEST_REASON]
    Reference = app_commands.Range[str, 1, 120]
    Duration = app_commands.Range[str, 1, 20]

_KINDS = [app_commands.Choice(name=name, value=kind.value) for kind, name in case_replies.KINDS.items()]
_A_REMIX = "Its number, or the link to its message"
_WHO = "Who; an id works too"
_WHY = "Why: the member reads it"
_WHY_ON_RECORD = "Why: for the record"


class ModerationCommands(app_commands.Group):
    """Every handler asks `lets_in` first: Discord's own permissions for a command are the server's to change."""

    def __init__(self, features: ModerationFeatures) -> None:
        super().__init__(
            name="remix-mod",
            description="For moderators: blocks, results, cases, the queue",
            default_permissions=discord.Permissions(moderate_members=True),
            guild_only=True,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self._features = features

    @app_commands.command(description="Keep a member from making remixes")
    @app_commands.describe(member=_WHO, duration="Such as 30m, 24h, 7d; left out: until you unblock them", reason=_WHY)
    async def block(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        duration: Duration | None = None,
        reason: Reason | None = None,
    ) -> None:
        if not await _may_act(interaction, member):
            return
        length = read_duration(duration) if duration is not None else None
        if duration is not None and length is None:
            await answer(interaction, f"{replies.NO_DURATION} Nothing was changed.")
            return
        done = await self._features.members.block(acting(interaction, reason), member.id, length)
        await answer(interaction, replies.blocked(done))

    @app_commands.command(description="Let a member make remixes again")
    @app_commands.describe(member=_WHO, reason=_WHY_ON_RECORD)
    async def unblock(
        self, interaction: discord.Interaction, member: discord.User, reason: Reason | None = None
    ) -> None:
        if await _may_act(interaction, member):
            case = await self._features.members.unblock(acting(interaction, reason), member.id)
            await answer(interaction, replies.unblocked(case) if case else replies.NOT_BLOCKED)

    @app_commands.command(description="Who is blocked, until when and why")
    async def blocks(self, interaction: discord.Interaction) -> None:
        if await lets_in(interaction):
            found = await self._features.members.blocks(interaction.guild_id or 0)
            await answer(interaction, replies.block_list(found))

    @app_commands.command(description="Warn a member: they read it privately at their next use")
    @app_commands.describe(member=_WHO, reason="What for: the member reads it")
    async def warn(self, interaction: discord.Interaction, member: discord.User, reason: Reason) -> None:
        if not await _may_act(interaction, member):
            return
        if not one_line(reason):
            await answer(interaction, replies.NO_REASON)
            return
        await answer(
            interaction, replies.warned(await self._features.members.warn(acting(interaction, reason), member.id))
        )

    @app_commands.command(description="Remove a member's last results")
    @app_commands.describe(
        member=_WHO, last="How many at most", since="How far back, such as 2h or 7d", reason=_WHY_ON_RECORD
    )
    async def purge(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        last: Last | None = None,
        since: Duration | None = None,
        reason: Reason | None = None,
    ) -> None:
        if not await lets_in(interaction):
            return
        within = read_duration(since) if since is not None else None
        if within is None and (last is None or since is not None):
            await answer(interaction, replies.WHICH_RESULTS if since is None else replies.NO_DURATION)
            return
        if not await may_reach(interaction, await fetch_ranked(interaction, member.id), allow_self=True):
            return
        purge = Purge(member.id, last or _MOST_PURGED, within)
        done = await self._features.remove.purge(acting(interaction, reason), purge)
        if done is None:
            await answer(interaction, replies.NOTHING_TO_PURGE)
        else:
            await take_down(interaction, self._features, done)

    @app_commands.command(description="Put a result's pictures behind a spoiler")
    @app_commands.describe(remix=_A_REMIX, reason=_WHY_ON_RECORD)
    async def hide(self, interaction: discord.Interaction, remix: Reference, reason: Reason | None = None) -> None:
        if await lets_in(interaction):
            await hide_remix(interaction, self._features, remix, reason)

    @app_commands.command(description="Take the spoiler away again")
    @app_commands.describe(remix=_A_REMIX, reason=_WHY_ON_RECORD)
    async def unhide(self, interaction: discord.Interaction, remix: Reference, reason: Reason | None = None) -> None:
        if await lets_in(interaction):
            await hide_remix(interaction, self._features, remix, reason, hidden=False)

    @app_commands.command(description="Take a result down; its pictures are no longer kept")
    @app_commands.describe(remix=_A_REMIX, reason=_WHY)
    async def remove(self, interaction: discord.Interaction, remix: Reference, reason: Reason | None = None) -> None:
        if await lets_in(interaction):
            await remove_remix(interaction, self._features, remix, reason)

    @app_commands.command(description="End a remix that waits; nothing is charged")
    @app_commands.describe(remix="Its number, as the queue tells it", reason=_WHY)
    async def cancel(self, interaction: discord.Interaction, remix: Reference, reason: Reason | None = None) -> None:
        if not await lets_in(interaction):
            return
        job = await moderation_actions.find_remix(interaction, self._features, remix, allow_self=True)
        if job is None:
            return
        done = await self._features.queue.cancel(acting(interaction, reason), job.id)
        told = replies.NOT_MODERATED[done] if isinstance(done, NotModerated) else replies.cancelled(done)
        await answer(interaction, told)

    @app_commands.command(description="What moderators have done, the newest first")
    @app_commands.describe(member="On whom", moderator="By whom", kind="What")
    @app_commands.choices(kind=_KINDS)
    async def cases(
        self,
        interaction: discord.Interaction,
        member: discord.User | None = None,
        moderator: discord.User | None = None,
        kind: str | None = None,
    ) -> None:
        if not await lets_in(interaction):
            return
        wanted = CaseFilter(_id(member), _id(moderator), CaseKind(kind) if kind else None)
        page = await self._features.cases.page(interaction.guild_id or 0, wanted)
        await interaction.edit_original_response(content=case_replies.case_list(page), view=older_view(page))

    @app_commands.command(description="All about one case")
    @app_commands.describe(number="Its number")
    async def case(self, interaction: discord.Interaction, number: Number) -> None:
        if (found := await self._find_case(interaction, number)) is not None:
            await answer(interaction, case_replies.case_page(found))

    @app_commands.command(description="Write another reason into a case")
    @app_commands.describe(number="Its number", reason="Why: who is blocked by it reads it")
    async def reason(self, interaction: discord.Interaction, number: Number, reason: Reason) -> None:
        found = await self._find_case(interaction, number)
        if found is None or not await _may_change(interaction, found):
            return
        told = one_line(reason)
        case = await self._features.cases.edit_reason(acting(interaction), number, told) if told else None
        await answer(interaction, case_replies.case_page(case) if case else replies.NO_REASON)

    @app_commands.command(description="Take a block, warning, hide, pause or setting back")
    @app_commands.describe(number="The case's number", reason=_WHY_ON_RECORD)
    async def undo(self, interaction: discord.Interaction, number: Number, reason: Reason | None = None) -> None:
        case = await self._find_case(interaction, number)
        if case is None or not await _may_change(interaction, case):
            return
        done = await self._features.undo.run(acting(interaction, reason), number)
        match done:
            case InTheWay(sentences=sentences):
                await answer(interaction, "\n".join([*sentences, "Nothing was changed."]))
            case NotUndone():
                await answer(interaction, case_replies.NOT_UNDONE[done])
            case NotModerated():
                await answer(interaction, replies.NOT_MODERATED[done])
            case Undone():
                await self._show_undone(interaction, done)

    async def _show_undone(self, interaction: discord.Interaction, done: Undone) -> None:
        shown = await self._features.cards.show(done.cards) if done.cards is not None else True
        await answer(interaction, case_replies.undone(done) if shown else replies.undone_but_not_shown(done.by))

    async def _find_case(self, interaction: discord.Interaction, number: int) -> Case | None:
        """None: they may not, or there is none, and they were told so."""
        if not await lets_in(interaction):
            return None
        case = await self._features.cases.find(interaction.guild_id or 0, number)
        if case is None:
            await answer(interaction, case_replies.NO_CASE)
        return case

    @app_commands.command(description="Why a member can or cannot make a remix now")
    @app_commands.describe(member="Who", channel="Where; left out: here")
    async def why(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        channel: app_commands.AppCommandChannel | app_commands.AppCommandThread | None = None,
    ) -> None:
        if not await lets_in(interaction):
            return
        asker = read_asker_of(interaction, member, channel)
        if isinstance(asker, Refused):
            await answer(interaction, refusal(asker))
            return
        answers = await self._features.explain.run(asker)
        await answer(interaction, case_replies.why(member.id, asker.channel_id, answers, asker.guild_id))

    @app_commands.command(description="What waits and runs in this server")
    async def queue(self, interaction: discord.Interaction) -> None:
        if await lets_in(interaction):
            await answer(interaction, replies.queue(await self._features.queue.read(interaction.guild_id or 0)))

    @app_commands.command(description="Begin nothing and accept nothing in this server, until resume")
    @app_commands.describe(reason="Why: everybody who is refused or waits reads it")
    async def pause(self, interaction: discord.Interaction, reason: Reason) -> None:
        if not await lets_in(interaction):
            return
        told = one_line(reason)
        if not told:
            await answer(interaction, replies.NO_REASON)
            return
        await answer(interaction, replies.paused(await self._features.queue.pause(acting(interaction), told)))

    @app_commands.command(description="Go on after a pause")
    @app_commands.describe(reason=_WHY_ON_RECORD)
    async def resume(self, interaction: discord.Interaction, reason: Reason | None = None) -> None:
        if await lets_in(interaction):
            case = await self._features.queue.resume(acting(interaction, reason))
            await answer(interaction, replies.resumed(case) if case else replies.NOT_PAUSED)


async def _may_act(interaction: discord.Interaction, member: discord.User | discord.Member) -> bool:
    """On a member, as Discord has just told who they are; not on oneself."""
    return await lets_in(interaction) and await may_reach(interaction, ranked(interaction, member), allow_self=False)


async def _may_change(interaction: discord.Interaction, case: Case) -> bool:
    """Take it back, or write another reason. Who is the target does so with what they did themselves alone."""
    if case.kind in _BY_ADMINS and not administers(interaction):
        await answer(interaction, replies.NOT_AN_ADMIN)
        return False
    if case.target_id is None:
        return True
    allow_self = case.actor_id == interaction.user.id
    return await may_reach(interaction, await fetch_ranked(interaction, case.target_id), allow_self=allow_self)


def _id(person: discord.User | None) -> int | None:
    return person.id if person is not None else None
