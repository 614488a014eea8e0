"""Shows a member privately warnings and why moderators hid a remix of theirs, which they never read by direct message.

Also how their reports and appeals ended, if a direct message could not tell them.

It stands beside the answer at their next use.
"""

from collections.abc import Sequence
from typing import Any

import discord
import structlog
from discord.utils import MISSING

from bot.discord_app.kit import words
from bot.discord_app.kit.appealing.buttons import appeals_of_cases
from bot.discord_app.kit.appealing.words import ended as appeal_ended
from bot.discord_app.kit.controls import view_of
from bot.discord_app.kit.sending import DISCORD_ERRORS
from bot.storage.appeals.appeals import Appeal
from bot.storage.engine.database import DatabaseUnavailableError
from bot.storage.moderation.cases import Case
from bot.storage.moderation.unread_cases import Unread
from bot.use_cases.appeals.own_appeals import mark_told, read_all_told, unread_outcomes
from bot.use_cases.core import Core
from bot.use_cases.moderation.warn_member import mark_warnings_read, unread_warnings

log = structlog.get_logger(__name__)

_CANNOT = (*DISCORD_ERRORS, DatabaseUnavailableError)


async def show_unread_warnings(
    interaction: discord.Interaction[Any], core: Core, *, before_answer: bool = False
) -> None:
    """Never raises: warnings that could not be shown stay unread until the next use."""
    if interaction.guild_id is None:
        return
    try:
        unread = await unread_warnings(core, interaction.guild_id, interaction.user.id)
        ended = await unread_outcomes(core, interaction.guild_id, interaction.user.id)
        await _show(interaction, core, unread, ended, before_answer=before_answer)
    except _CANNOT as error:
        log.info("a member could not be shown a warning", error=type(error).__name__)


async def show_warnings_first(
    interaction: discord.Interaction[Any], core: Core, unread: Sequence[Unread], ended: Sequence[Appeal]
) -> None:
    """As `show_unread_warnings` before the answer, with what was read from the database already."""
    try:
        await _show(interaction, core, unread, ended, before_answer=True)
    except _CANNOT as error:
        log.info("a member could not be shown a warning", error=type(error).__name__)


async def _show(
    interaction: discord.Interaction[Any],
    core: Core,
    unread: Sequence[Unread],
    ended: Sequence[Appeal],
    *,
    before_answer: bool,
) -> None:
    if not unread and not ended:
        return
    if before_answer:
        # Discord puts the first follow-up in the place of a deferred answer, and the answer would then replace the
        # warning. So the answer gets words of its own first.
        await interaction.edit_original_response(content=words.ONE_MOMENT)
    if unread:
        view = view_of(appeals_of_cases([each.number for each in unread if isinstance(each, Case)]))
        await interaction.followup.send(words.warnings(unread), ephemeral=True, view=view or MISSING)
        await mark_warnings_read(core, interaction.user.id, unread)
    if ended:
        texts = [appeal_ended(told) for told in await read_all_told(core, ended)]
        await interaction.followup.send("\n\n".join(texts), ephemeral=True)
        await mark_told(core, ended)
