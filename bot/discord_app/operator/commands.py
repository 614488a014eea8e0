"""`/remix-operator`, which exists only in the operator's own server."""

import discord
from discord import app_commands

from bot.discord_app.kit.features import Features, OperatorFeatures
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.text import LONGEST_REASON
from bot.discord_app.operator import words
from bot.rules.field_values import is_id
from bot.rules.parked_decisions import ParkedDecision
from bot.rules.visible_text import one_line
from bot.storage.standing.blocks import BlockKind
from bot.use_cases.operator.decide_parked import decide_parked, list_parked
from bot.use_cases.operator.operator_blocks import block, list_blocks, unblock
from bot.use_cases.operator.operator_status import read_status
from bot.use_cases.operator.pause_queue import pause_queue, resume_queue

_PARKED_SHOWN = 10

JobNumber = app_commands.Range[int, 1]
Reason = app_commands.Range[str, 1, LONGEST_REASON]
Note = app_commands.Range[str, 1, words.LONGEST_NOTE]


class OperatorCommands(app_commands.Group):
    """Every handler calls `_is_operator` first, because the admins of a server can change Discord's permissions."""

    def __init__(self, features: Features, operator: OperatorFeatures) -> None:
        super().__init__(
            name="remix-operator",
            description=words.COMMANDS["remix-operator"],
            default_permissions=discord.Permissions(manage_guild=True),
        )
        self._core = features.core
        self._rules = features.rules
        self._operator = operator

    async def _is_operator(self, interaction: discord.Interaction) -> bool:
        """Acknowledges privately. If False, the person has got the refusal."""
        await defer(interaction)
        here = interaction.guild_id == self._operator.guild_id
        if here and interaction.user.id in self._operator.ids:
            return True
        await interaction.edit_original_response(content=words.NOT_AN_OPERATOR)
        return False

    @app_commands.command(description=words.COMMANDS["status"])
    async def status(self, interaction: discord.Interaction) -> None:
        if await self._is_operator(interaction):
            await _answer(interaction, words.status(await read_status(self._core, self._rules)))

    @app_commands.command(description=words.COMMANDS["parked"])
    async def parked(self, interaction: discord.Interaction) -> None:
        if await self._is_operator(interaction):
            await _answer(interaction, words.parked_list(await list_parked(self._core, _PARKED_SHOWN)))

    @app_commands.command(description=words.COMMANDS["retry"])
    @app_commands.describe(job=words.OPTIONS["job"])
    async def retry(self, interaction: discord.Interaction, job: JobNumber) -> None:
        if await self._is_operator(interaction):
            await self._decide(interaction, job, ParkedDecision.RETRIED)

    @app_commands.command(name="write-off", description=words.COMMANDS["write-off"])
    @app_commands.describe(
        job=words.OPTIONS["job"],
        charged=words.OPTIONS["charged"],
    )
    async def write_off(self, interaction: discord.Interaction, job: JobNumber, *, charged: bool) -> None:
        if await self._is_operator(interaction):
            decision = ParkedDecision.WRITTEN_OFF if charged else ParkedDecision.WRITTEN_OFF_UNCHARGED
            await self._decide(interaction, job, decision)

    async def _decide(self, interaction: discord.Interaction, job_id: int, decision: ParkedDecision) -> None:
        refused = await decide_parked(
            self._core, job_id, decision, by=interaction.user.id, queue_age=self._rules.queue_age
        )
        if refused is not None:
            await _answer(interaction, words.not_decided(job_id, refused))
            return
        await _answer(interaction, words.decided(job_id, decision))
        await self._operator.notify_authors()

    @app_commands.command(description=words.COMMANDS["pause"])
    @app_commands.describe(reason=words.OPTIONS["reason"])
    async def pause(self, interaction: discord.Interaction, reason: Reason) -> None:
        if not await self._is_operator(interaction):
            return
        shown = one_line(reason)
        if shown:
            await pause_queue(self._core, shown, interaction.user.id)
        await _answer(interaction, words.paused(shown) if shown else words.NO_REASON)

    @app_commands.command(description=words.COMMANDS["resume"])
    async def resume(self, interaction: discord.Interaction) -> None:
        if await self._is_operator(interaction):
            await _answer(interaction, words.resumed(await resume_queue(self._core, interaction.user.id)))

    @app_commands.command(name="block-person", description=words.COMMANDS["block-person"])
    @app_commands.describe(person=words.OPTIONS["person"], note=words.OPTIONS["note"])
    async def block_person(
        self, interaction: discord.Interaction, person: discord.User, note: Note | None = None
    ) -> None:
        if await self._is_operator(interaction):
            await self._block(interaction, BlockKind.PERSON, person.id, note)

    @app_commands.command(name="unblock-person", description=words.COMMANDS["unblock-person"])
    @app_commands.describe(person=words.OPTIONS["person"])
    async def unblock_person(self, interaction: discord.Interaction, person: discord.User) -> None:
        if await self._is_operator(interaction):
            await self._unblock(interaction, BlockKind.PERSON, person.id)

    @app_commands.command(name="block-server", description=words.COMMANDS["block-server"])
    @app_commands.describe(server=words.OPTIONS["server"], note=words.OPTIONS["note"])
    async def block_server(self, interaction: discord.Interaction, server: str, note: Note | None = None) -> None:
        if await self._is_operator(interaction):
            await self._block(interaction, BlockKind.SERVER, _read_id(server), note)

    @app_commands.command(name="unblock-server", description=words.COMMANDS["unblock-server"])
    @app_commands.describe(server=words.OPTIONS["server"])
    async def unblock_server(self, interaction: discord.Interaction, server: str) -> None:
        if await self._is_operator(interaction):
            await self._unblock(interaction, BlockKind.SERVER, _read_id(server))

    @app_commands.command(description=words.COMMANDS["blocks"])
    async def blocks(self, interaction: discord.Interaction) -> None:
        if await self._is_operator(interaction):
            await _answer(interaction, words.block_list(await list_blocks(self._core)))

    async def _block(
        self, interaction: discord.Interaction, kind: BlockKind, subject_id: int | None, note: str | None
    ) -> None:
        if subject_id is None:
            await _answer(interaction, words.NO_SERVER_ID)
            return
        changed = await block(self._core, kind, subject_id, interaction.user.id, note)
        await _answer(interaction, words.blocked(kind, subject_id, changed=changed))

    async def _unblock(self, interaction: discord.Interaction, kind: BlockKind, subject_id: int | None) -> None:
        if subject_id is None:
            await _answer(interaction, words.NO_SERVER_ID)
            return
        changed = await unblock(self._core, kind, subject_id, interaction.user.id)
        await _answer(interaction, words.unblocked(kind, subject_id, changed=changed))


def _read_id(text: str) -> int | None:
    return int(text) if is_id(text.strip()) else None


async def _answer(interaction: discord.Interaction, text: str) -> None:
    await interaction.edit_original_response(content=text)
