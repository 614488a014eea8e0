"""The buttons of reviews: Publish and Refuse on the card for moderators, and See it for the author."""

import re
from collections.abc import Mapping

from bot.discord_app.kit.controls import Control, Form, Interaction
from bot.discord_app.kit.custom_ids import Action, matter_id, matter_pattern
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.sending import fitted_files
from bot.discord_app.kit.text import LONGEST_REASON
from bot.discord_app.matters.controls import MatterButton, lets_open_form, matter_to_decide
from bot.discord_app.moderation.actions import answer, may_reach
from bot.discord_app.moderation.reason_forms import REASON, make_form
from bot.discord_app.remixes.controls import JobButton
from bot.discord_app.remixes.delivery import PICTURES_IN_A_MESSAGE, REQUEST_LIMIT
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.review import words
from bot.rules.matters import MatterKind
from bot.rules.refusals import Refused
from bot.rules.visible_text import one_line, shorten
from bot.storage.matters.matters import Matter
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.review.decide_review import NotDecided
from bot.use_cases.review.read_review import look_at_own


class PublishButton(MatterButton, template=matter_pattern("publish")):
    """Every moderator can publish what others made, also of those above them: it does nobody any harm."""

    kind = MatterKind.REVIEW

    async def decide(self, interaction: Interaction, features: Features, matter: Matter) -> None:
        acting = Acting(matter.guild_id, interaction.user.id)
        done = await features.reviews.publish(acting, matter.id)
        if isinstance(done, NotDecided):
            text = words.not_decided(done)
        elif isinstance(done, Refused):
            text = words.cannot_publish(done)
        else:
            text = words.published(done)
        await answer(interaction, text)
        await features.matters.redraw.apply(matter.id)


class RefuseButton(Control, template=matter_pattern("refuse")):
    """Asks why. Discord takes a form only as the first response, so all else is asked when it is submitted."""

    async def use(self, interaction: Interaction, features: Features) -> None:  # noqa: ARG002 - as all controls
        if await lets_open_form(interaction):
            custom_id = matter_id("refuse-why", int(self.found["matter"]))
            form = make_form(custom_id, words.REFUSE_FORM, needed=True, with_duration=False)
            await interaction.response.send_modal(form)


class RefuseForm(Form):
    """One that is submitted twice has one effect."""

    pattern = re.compile(matter_pattern("refuse-why"))

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        matter = await matter_to_decide(interaction, features, self.found, MatterKind.REVIEW)
        if matter is None:
            return
        reason = one_line(shorten(fields.get(REASON, ""), LONGEST_REASON)) or None
        if reason is None:
            await answer(interaction, words.NO_REASON)
            return
        # Refusing acts against its author.
        if matter.about_id is not None and not await may_reach(interaction, matter.about_id, allow_self=False):
            return
        done = await features.reviews.refuse(Acting(matter.guild_id, interaction.user.id, reason), matter.id)
        await answer(interaction, words.not_decided(done) if isinstance(done, NotDecided) else words.refused(done))
        await features.matters.redraw.apply(matter.id)


class SeeButton(JobButton, template=Action.SEE.pattern):
    """Shows its author what waits for a review. It goes on waiting."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        found = await look_at_own(features.core, self.job_id, interaction.user.id)
        if found is None or isinstance(found, Refused):
            text = refusal(found, interaction.guild_id) if found else words.NOTHING_TO_SEE
            await interaction.edit_original_response(content=text)
            return
        shown = found.pictures[:PICTURES_IN_A_MESSAGE]
        pictures = {f"in-review-{found.job.id}-{number}": data for number, data in enumerate(shown, 1)}
        most = min(interaction.filesize_limit, REQUEST_LIMIT // max(1, len(shown)))
        files = await fitted_files(features.core.pictures, pictures, most, spoiler=found.job.behind_spoiler)
        text = words.ONLY_YOU if files else words.NO_PICTURE
        await interaction.edit_original_response(content=text, attachments=files)


REVIEW_CONTROLS: tuple[type[Control], ...] = (PublishButton, RefuseButton, SeeButton)
