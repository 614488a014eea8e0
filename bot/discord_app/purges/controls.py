"""The buttons on the card of a removal that waits for a second moderator."""

from bot.discord_app.kit.controls import Control, Interaction
from bot.discord_app.kit.custom_ids import matter_pattern
from bot.discord_app.kit.features import Features
from bot.discord_app.matters.controls import MatterButton
from bot.discord_app.moderation.actions import answer, delete_posts, may_reach
from bot.discord_app.purges import words
from bot.discord_app.purges.cards import CONFIRM, REFUSE
from bot.rules.matters import MatterKind
from bot.rules.second_moderators import PurgeState
from bot.storage.matters.matters import Matter
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.purges.second_moderator import NotDecided, confirm_purge, refuse_purge


class ConfirmPurgeButton(MatterButton, template=matter_pattern(CONFIRM)):
    """The frame has asked for the permission at this moment. A second press finds that it is decided."""

    kind = MatterKind.PURGE

    async def decide(self, interaction: Interaction, features: Features, matter: Matter) -> None:
        if matter.about_id is None or not await may_reach(interaction, matter.about_id, allow_self=False):
            return
        done = await confirm_purge(features.core, Acting(matter.guild_id, interaction.user.id), matter)
        if isinstance(done, NotDecided):
            await answer(interaction, words.NOT_DECIDED[done])
        elif done is None:
            await answer(interaction, words.NOTHING_LEFT)
        else:
            await delete_posts(interaction, features, done)
        await features.matters.redraw.apply(matter.id)


class RefusePurgeButton(MatterButton, template=matter_pattern(REFUSE)):
    """Removes nothing, so it asks for no rank."""

    kind = MatterKind.PURGE

    async def decide(self, interaction: Interaction, features: Features, matter: Matter) -> None:
        done = await refuse_purge(features.core, Acting(matter.guild_id, interaction.user.id), matter)
        if isinstance(done, NotDecided):
            await answer(interaction, words.NOT_DECIDED[done])
        else:
            await answer(interaction, words.WITHDRAWN if done is PurgeState.WITHDRAWN else words.REFUSED)
        await features.matters.redraw.apply(matter.id)


PURGE_CONTROLS: tuple[type[Control], ...] = (ConfirmPurgeButton, RefusePurgeButton)
