"""Undoes a case, by the command or by the button under the answer to what was done."""

from functools import partial

from bot.discord_app.kit.controls import Control, Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import administers, moderates
from bot.discord_app.moderation import case_words, words
from bot.discord_app.moderation.actions import UNDO, answer, may_reach
from bot.rules.cases import CaseKind
from bot.rules.policy_problems import Problems
from bot.storage.moderation.cases import Case
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.review_cases import find_case
from bot.use_cases.moderation.undo_case import NotUndone, Undone, undo_case
from bot.use_cases.server_policy.change_policy import undo_policy_change

BY_ADMINS = frozenset({CaseKind.CONFIG, CaseKind.PLAN, CaseKind.STYLE, CaseKind.WORDS, CaseKind.PICTURES})


class UndoButton(Control, template=UNDO):
    """Each press asks for the permissions and the rank that the person has then. A second press changes nothing."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        if interaction.guild_id is None or not (moderates(interaction) or administers(interaction)):
            await answer(interaction, words.NOT_A_MODERATOR)
            return
        await undo(interaction, features, Acting(interaction.guild_id, interaction.user.id), int(self.found["number"]))


async def undo(interaction: Interaction, features: Features, acting: Acting, number: int) -> None:
    """The interaction is acknowledged, and its answer says what came of it."""
    if await find_changeable(interaction, features, acting, number) is None:
        return
    done = await undo_case(features.core, acting, number, partial(undo_policy_change, bounds=features.rules.bounds))
    match done:
        case Problems():
            await answer(interaction, case_words.not_restored(done))
        case NotUndone():
            await answer(interaction, case_words.not_undone(done))
        case Undone():
            left = await features.posts.apply(done.job_ids) if done.job_ids else 0
            await answer(interaction, words.undone_but_not_shown(done.by) if left else case_words.undone(done))


async def find_changeable(interaction: Interaction, features: Features, acting: Acting, number: int) -> Case | None:
    """None: there is none, or this person may not undo it or change its reason, and they have read so."""
    case = await find_case(features.core, acting.guild_id, number)
    if case is None:
        await answer(interaction, case_words.NO_CASE)
    elif case.kind in BY_ADMINS and not administers(interaction):
        await answer(interaction, words.NOT_AN_ADMIN)
    elif case.kind not in BY_ADMINS and not moderates(interaction):
        await answer(interaction, words.NOT_A_MODERATOR)
    # Moderators may take back what they did to themselves, but not what others did to them.
    elif case.target_id is None or await may_reach(
        interaction, case.target_id, allow_self=case.actor_id == acting.actor_id
    ):
        return case
    return None
