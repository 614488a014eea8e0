"""The buttons on the card of an appeal, and the form in which the moderator can say something to the person."""

import re
from collections.abc import Mapping

from bot.discord_app.appeals import words
from bot.discord_app.appeals.cards import BUTTON, FORM
from bot.discord_app.appeals.forms import ANSWER, decision_form
from bot.discord_app.kit.controls import Control, Form, Interaction
from bot.discord_app.kit.custom_ids import matter_pattern
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.permissions import administers
from bot.discord_app.matters.controls import lets_open_form, matter_to_decide
from bot.discord_app.matters.standing_in import known_moderators
from bot.discord_app.moderation.actions import answer, may_reach
from bot.rules.appeals import Decision
from bot.rules.matters import MatterKind
from bot.rules.refusals import Refused
from bot.rules.visible_text import one_line
from bot.storage.appeals.appeals import Appeal
from bot.use_cases.appeals.decide_appeal import Decided, Deciding
from bot.use_cases.appeals.read_appeal import find_open_appeal
from bot.use_cases.moderation.acting import Acting

_DECISION = rf"(?P<decision>{'|'.join(Decision)})"


class DecideButton(Control, template=matter_pattern(f"{BUTTON}-{_DECISION}")):
    """Opens the form. Everything else is checked when it is submitted, so a form left open decides nothing twice."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        decision = Decision(self.found["decision"])
        if interaction.guild_id is None or not await lets_open_form(interaction):
            return
        if decision is Decision.ALLOW and not administers(interaction):
            await interaction.response.send_message(words.NOT_AN_ADMIN, ephemeral=True)
            return
        found = await find_open_appeal(features.core, interaction.guild_id, int(self.found["matter"]))
        if found is None:
            await interaction.response.send_message(words.DECIDED_ALREADY, ephemeral=True)
            return
        hint = words.allowed_words(found.to_allow) if decision is Decision.ALLOW and found.to_allow else ""
        await interaction.response.send_modal(decision_form(decision, found.matter, hint))


class DecisionForm(Form):
    """Asks for the permission, the claim and the rank again."""

    pattern = re.compile(matter_pattern(f"{FORM}-{_DECISION}"))

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        matter = await matter_to_decide(interaction, features, self.found, MatterKind.APPEAL)
        found = None
        if matter is not None:
            found = await find_open_appeal(features.core, matter.guild_id, matter.id)
        if matter is None or found is None:
            return
        appeal = found.appeal
        if not await may_reach(interaction, appeal.user_id, allow_self=False):
            return
        reason = one_line(fields.get(ANSWER, "")) or None
        deciding = Deciding(
            Acting(matter.guild_id, interaction.user.id, reason),
            administers=administers(interaction),
            may_decide_own=await _may_decide_own(interaction, features, appeal),
        )
        done = await features.appeals.decide(appeal.id, Decision(self.found["decision"]), deciding)
        if not isinstance(done, Decided):
            text = words.cannot_post(done) if isinstance(done, Refused) else words.not_decided(done)
            await answer(interaction, text)
            return
        if done.undone is not None and done.undone.job_ids:
            await features.posts.apply(done.undone.job_ids)
        await answer(interaction, words.decided(done), done.case)
        await features.matters.redraw.apply(matter.id)


async def _may_decide_own(interaction: Interaction, features: Features, appeal: Appeal) -> bool:
    """Whether nobody else could decide about what this moderator did.

    The owner of a server always can, so it is only ever the owner who decides alone.
    """
    guild, user_id = interaction.guild, interaction.user.id
    if guild is None or appeal.acted_by != user_id or guild.owner_id != user_id:
        return False
    return not await known_moderators(guild, features.core, but={user_id, appeal.user_id})
