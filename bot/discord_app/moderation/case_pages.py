"""The button under the list of cases that shows older ones. It carries a filter and gives no permission."""

import re
from typing import Any, Protocol, Self, cast

import discord
from discord import ui

from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import answer_unplanned, defer
from bot.discord_app.kit.permissions import moderates
from bot.discord_app.moderation.case_words import OLDER, case_list
from bot.discord_app.moderation.words import NOT_A_MODERATOR
from bot.rules.cases import CaseKind
from bot.storage.moderation.cases import CaseFilter
from bot.use_cases.moderation.review_cases import CasePage, list_cases

_PATTERN = r"remix:cases:(?P<before>[0-9]{1,9}):(?P<target>[0-9]{0,19}):(?P<actor>[0-9]{0,19}):(?P<kind>[a-z]{0,20})"
# SQLite's integers have 64 bits, and a custom_id can be forged.
_LARGEST_ID = 2**63 - 1


class _HasFeatures(Protocol):
    features: Features


def older_view(page: CasePage) -> ui.View | None:
    """None on the last page."""
    if page.older is None:
        return None
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label=OLDER, style=discord.ButtonStyle.secondary, custom_id=_custom_id(page)))
    view.stop()
    return view


def _custom_id(page: CasePage) -> str:
    wanted = page.wanted
    return f"remix:cases:{page.older}:{wanted.target_id or ''}:{wanted.actor_id or ''}:{wanted.kind or ''}"


class OlderCasesButton(ui.DynamicItem[ui.Button[Any]], template=_PATTERN):
    """Each press checks the permissions again."""

    def __init__(self, button: ui.Button[Any], before: int, wanted: CaseFilter) -> None:
        super().__init__(button)
        self.before = before
        self.wanted = wanted

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        kind = match["kind"] if match["kind"] in set(CaseKind) else ""
        wanted = CaseFilter(_id(match["target"]), _id(match["actor"]), CaseKind(kind) if kind else None)
        return cls(cast("ui.Button[Any]", item), int(match["before"]), wanted)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await defer(interaction, thinking=False)
            await self._turn(interaction)
        except Exception as error:  # noqa: BLE001 - a person always gets an answer
            await answer_unplanned(interaction, error)

    async def _turn(self, interaction: discord.Interaction[Any]) -> None:
        private = interaction.message is not None and interaction.message.flags.ephemeral
        if interaction.guild_id is None or not private or not moderates(interaction):
            await interaction.followup.send(NOT_A_MODERATOR, ephemeral=True)
            return
        core = cast("_HasFeatures", interaction.client).features.core
        page = await list_cases(core, interaction.guild_id, self.wanted, self.before)
        await interaction.edit_original_response(content=case_list(page), view=older_view(page))


def _id(text: str) -> int | None:
    return int(text) if text and int(text) <= _LARGEST_ID else None
