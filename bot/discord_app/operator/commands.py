"""`/remix-operator`: how the bot stands, and what only who runs it may do. In the operator's own server only."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features, OperatorFeatures
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.text import one_line
from bot.discord_app.operator import words as replies
from bot.rules.parked_decisions import ParkedDecision
from bot.storage.standing.blocks import BlockKind
from bot.use_cases.operator.decide_parked import decide_parked, list_parked
from bot.use_cases.operator.operator_blocks import block, list_blocks, unblock
from bot.use_cases.operator.operator_status import read_status
from bot.use_cases.operator.pause_queue import pause_queue, resume_queue

_PARKED_SHOWN = 10
_LARGEST_ID = 2**63 - 1

if TYPE_CHECKING:
    JobNumber = int
    Reason = str
    Note = str
else:
    JobNumber = app_commands.Range[int, 1]
    Reason = app_commands.Range[str, 1, replies.LONGEST_REASON]
    Note = app_commands.Range[str, 1, replies.LONGEST_NOTE]


class OperatorCommands(app_commands.Group):
    """Every handler asks `_lets_in` first: Discord's own permissions are the server's to change, ours are not."""

    def __init__(self, features: Features, operator: OperatorFeatures) -> None:
        super().__init__(
            name="remix-operator",
            description="For who runs the bot",
            default_permissions=discord.Permissions(manage_guild=True),
        )
        self._core = features.core
        self._rules = features.rules
        self._operator = operator

    async def _lets_in(self, interaction: discord.Interaction) -> bool:
        """Acknowledges privately, and tells whoever is no operator so."""
        await defer(interaction)
        here = interaction.guild_id == self._operator.guild_id
        if here and interaction.user.id in self._operator.ids:
            return True
        await interaction.edit_original_response(content=replies.NOT_AN_OPERATOR)
        return False

    @app_commands.command(description="Queue, slots in use, spend, what is parked, the last troubles")
    async def status(self, interaction: discord.Interaction) -> None:
        if await self._lets_in(interaction):
            await _answer(interaction, replies.status(await read_status(self._core, slots=self._rules.slots)))

    @app_commands.command(description="Remixes of which nobody knows whether they were made")
    async def parked(self, interaction: discord.Interaction) -> None:
        if await self._lets_in(interaction):
            await _answer(interaction, replies.parked_list(await list_parked(self._core, _PARKED_SHOWN)))

    @app_commands.command(description="Ask again for a parked remix: it may be paid twice")
    @app_commands.describe(job="Its number, as the list of the parked ones tells it")
    async def retry(self, interaction: discord.Interaction, job: JobNumber) -> None:
        if await self._lets_in(interaction):
            await self._decide(interaction, job, ParkedDecision.RETRIED)

    @app_commands.command(name="write-off", description="End a parked remix; it does not count against its author")
    @app_commands.describe(
        job="Its number, as the list of the parked ones tells it",
        charged="True counts the money as spent. False only if you have looked up that Ideogram did not charge it",
    )
    async def write_off(self, interaction: discord.Interaction, job: JobNumber, *, charged: bool) -> None:
        if await self._lets_in(interaction):
            decision = ParkedDecision.WRITTEN_OFF if charged else ParkedDecision.WRITTEN_OFF_UNCHARGED
            await self._decide(interaction, job, decision)

    async def _decide(self, interaction: discord.Interaction, job_id: int, decision: ParkedDecision) -> None:
        refused = await decide_parked(
            self._core, job_id, decision, by=interaction.user.id, queue_age=self._rules.queue_age
        )
        if refused is not None:
            await _answer(interaction, replies.not_decided(job_id, refused))
            return
        await _answer(interaction, replies.decided(job_id, decision))
        await self._operator.notify_authors()

    @app_commands.command(description="Begin nothing and accept nothing, everywhere, until resume")
    @app_commands.describe(reason="Why: everybody who is refused or waits reads it")
    async def pause(self, interaction: discord.Interaction, reason: Reason) -> None:
        if not await self._lets_in(interaction):
            return
        told = one_line(reason)
        if told:
            await pause_queue(self._core, told, interaction.user.id)
        await _answer(interaction, replies.paused(told) if told else replies.NO_REASON)

    @app_commands.command(description="Go on after a pause")
    async def resume(self, interaction: discord.Interaction) -> None:
        if await self._lets_in(interaction):
            resumed = await resume_queue(self._core, interaction.user.id)
            await _answer(interaction, replies.RESUMED if resumed else replies.NOT_PAUSED)

    @app_commands.command(name="block-person", description="Refuse a person everywhere")
    @app_commands.describe(person="Who; an id works too", note="Why: for the operators alone")
    async def block_person(
        self, interaction: discord.Interaction, person: discord.User, note: Note | None = None
    ) -> None:
        if await self._lets_in(interaction):
            await self._block(interaction, BlockKind.PERSON, person.id, note)

    @app_commands.command(name="unblock-person", description="Let a person make remixes again")
    @app_commands.describe(person="Who; an id works too")
    async def unblock_person(self, interaction: discord.Interaction, person: discord.User) -> None:
        if await self._lets_in(interaction):
            await self._unblock(interaction, BlockKind.PERSON, person.id)

    @app_commands.command(name="block-server", description="Refuse everybody in a server")
    @app_commands.describe(server="The server's id", note="Why: for the operators alone")
    async def block_server(self, interaction: discord.Interaction, server: str, note: Note | None = None) -> None:
        if await self._lets_in(interaction):
            await self._block(interaction, BlockKind.SERVER, _read_id(server), note)

    @app_commands.command(name="unblock-server", description="Let a server make remixes again")
    @app_commands.describe(server="The server's id")
    async def unblock_server(self, interaction: discord.Interaction, server: str) -> None:
        if await self._lets_in(interaction):
            await self._unblock(interaction, BlockKind.SERVER, _read_id(server))

    @app_commands.command(description="Who is blocked")
    async def blocks(self, interaction: discord.Interaction) -> None:
        if await self._lets_in(interaction):
            await _answer(interaction, replies.block_list(await list_blocks(self._core)))

    async def _block(
        self, interaction: discord.Interaction, kind: BlockKind, subject_id: int | None, note: str | None
    ) -> None:
        if subject_id is None:
            await _answer(interaction, replies.NO_SERVER_ID)
            return
        changed = await block(self._core, kind, subject_id, interaction.user.id, note)
        await _answer(interaction, replies.blocked(kind, subject_id, changed=changed))

    async def _unblock(self, interaction: discord.Interaction, kind: BlockKind, subject_id: int | None) -> None:
        if subject_id is None:
            await _answer(interaction, replies.NO_SERVER_ID)
            return
        changed = await unblock(self._core, kind, subject_id, interaction.user.id)
        await _answer(interaction, replies.unblocked(kind, subject_id, changed=changed))


def _read_id(text: str) -> int | None:
    text = text.strip()
    is_id = text.isascii() and text.isdigit() and 0 < int(text) <= _LARGEST_ID
    return int(text) if is_id else None


async def _answer(interaction: discord.Interaction, text: str) -> None:
    await interaction.edit_original_response(content=text)
