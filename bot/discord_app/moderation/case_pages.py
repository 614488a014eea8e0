"""The button under the list of cases that shows older ones. It carries a filter and gives no permission."""

import discord
from discord import ui

from bot.discord_app.kit.controls import Control, Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import moderates
from bot.discord_app.moderation.case_words import OLDER, case_list
from bot.discord_app.moderation.words import NOT_A_MODERATOR
from bot.rules.cases import CaseKind
from bot.storage.moderation.cases import CaseFilter
from bot.use_cases.moderation.review_cases import CasePage, list_cases

_PATTERN = r"remix:cases:(?P<before>[0-9]{1,9}):(?P<target>[0-9]{0,19}):(?P<actor>[0-9]{0,19}):(?P<kind>[a-z]{0,20})"
# Ids are stored in 64 bits, and anybody can send a custom id of their own making.
_LARGEST_ID = 2**63 - 1


def older_view(page: CasePage) -> ui.View | None:
    """None on the last page."""
    if page.older is None:
        return None
    view = ui.View(timeout=None)
    view.add_item(ui.Button(label=OLDER, style=discord.ButtonStyle.secondary, custom_id=_custom_id(page)))
    # discord.py need not remember the view: its button is found by its custom id, also after a restart.
    view.stop()
    return view


def _custom_id(page: CasePage) -> str:
    wanted = page.wanted
    return f"remix:cases:{page.older}:{wanted.target_id or ''}:{wanted.actor_id or ''}:{wanted.kind or ''}"


class OlderCasesButton(Control, template=_PATTERN):
    """Each press checks the permissions again."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction, thinking=False)
        private = interaction.message is not None and interaction.message.flags.ephemeral
        if interaction.guild_id is None or not private or not moderates(interaction):
            await interaction.followup.send(NOT_A_MODERATOR, ephemeral=True)
            return
        found = self.found
        kind = CaseKind(found["kind"]) if found["kind"] in set(CaseKind) else None
        wanted = CaseFilter(_id(found["target"]), _id(found["actor"]), kind)
        page = await list_cases(features.core, interaction.guild_id, wanted, int(found["before"]))
        await interaction.edit_original_response(content=case_list(page), view=older_view(page))


def _id(text: str) -> int | None:
    return int(text) if text and int(text) <= _LARGEST_ID else None
