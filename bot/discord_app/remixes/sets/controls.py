"""The numbers under a grid, which post one of its pictures, and the button that makes a weight ladder."""

from bot.discord_app.kit.controls import Control, Interaction, message_id_of
from bot.discord_app.kit.custom_ids import LADDER_PATTERN, PICK_PATTERN
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.kit.permissions import manages_messages, moderates, read_asker
from bot.discord_app.remixes.refusal_words import refusal, why
from bot.discord_app.remixes.sets import words
from bot.rules.origins import Origin
from bot.rules.prices import Speed
from bot.rules.refusals import Reason, Refused
from bot.use_cases.remixes.sets.pick import NotPicked, Pick, Picked
from bot.use_cases.remixes.starting_points import Start


class PickButton(Control, template=PICK_PATTERN):
    """Posts one picture of the grid on a card of its own."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        outcome = await self._pick(interaction, features)
        # Nothing could have been charged, so nothing is said about charges.
        text = why(outcome, interaction.guild_id) if isinstance(outcome, Refused) else words.picked(outcome)
        await interaction.edit_original_response(content=text)
        await show_unread_warnings(interaction, features.core)

    async def _pick(self, interaction: Interaction, features: Features) -> Picked | NotPicked | Refused:
        asker = read_asker(interaction)
        if isinstance(asker, Refused):
            return asker
        is_moderator = moderates(interaction) or manages_messages(interaction)
        job_id, number = int(self.found["job"]), int(self.found["number"])
        return await features.picks.pick(asker, Pick(job_id, message_id_of(interaction), number, is_moderator))


class LadderButton(Control, template=LADDER_PATTERN):
    """In More. Queues the same picture and prompt at four weights, at the speed whose price it names."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        # Before the answer, because that comes from the private replies' own task as soon as the remix is queued.
        await show_unread_warnings(interaction, features.core, before_answer=True)
        if refused := await self._submit(interaction, features):
            await interaction.edit_original_response(content=refusal(refused, interaction.guild_id))

    async def _submit(self, interaction: Interaction, features: Features) -> Refused | None:
        asker, speed = read_asker(interaction), self.found["speed"]
        if isinstance(asker, Refused):
            return asker
        if speed not in set(Speed):
            return Refused(Reason.SPEED_UNKNOWN)
        card_id = int(self.found["card"] or message_id_of(interaction))
        start = Start(
            Origin.LADDER, int(self.found["job"]), card_id, channel_id=interaction.channel_id, speed=Speed(speed)
        )
        outcome = await features.submit.submit_from(asker, start)
        return outcome if isinstance(outcome, Refused) else None


SET_BUTTONS: tuple[type[Control], ...] = (PickButton, LadderButton)
