"""The buttons of remixes: Cancel, Again, Compare, Details and Get it again."""

from abc import abstractmethod

from bot.discord_app.kit.appealing.buttons import appeal_of_job, appeal_of_refusal
from bot.discord_app.kit.controls import Control, Interaction, message_id_of, view_of
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.kit.permissions import moderates, read_asker
from bot.discord_app.remixes import words as replies
from bot.discord_app.remixes.cards import long_prompt_file, more_view
from bot.discord_app.remixes.comparison import comparison_files, comparison_view
from bot.discord_app.remixes.delivery import PICTURES_IN_A_MESSAGE, make_private_files
from bot.discord_app.remixes.family_words import with_family
from bot.discord_app.remixes.forms.controls import start_of
from bot.discord_app.remixes.refusal_words import refusal
from bot.discord_app.remixes.rescue.answers import answer_refusal
from bot.discord_app.remixes.sets import words as set_words
from bot.discord_app.remixes.sets.offer import ladder_offer
from bot.discord_app.remixes.waiting_card import has_picture, status_card
from bot.rules.origins import Origin
from bot.rules.refusals import Reason, Refused
from bot.storage.drafts.drafts import NewDraft
from bot.use_cases.drafts.drafts import goes_on
from bot.use_cases.ports import Delivery
from bot.use_cases.remixes.cancel_remix import CancelOutcome, cancel_remix
from bot.use_cases.remixes.compare_pictures import Comparison, NoComparison, compare_pictures


class JobButton(Control, template=r"remix:never:(?P<job>[0-9]+)(?P<card>)"):
    """A button whose custom id names a job. Subclasses implement `click`."""

    @property
    def job_id(self) -> int:
        return int(self.found["job"])

    def card_id(self, interaction: Interaction) -> int:
        """The message that shows the job: the one that was clicked, or the one that More was pressed on."""
        return int(self.found["card"] or message_id_of(interaction))

    async def use(self, interaction: Interaction, features: Features) -> None:
        await self.click(interaction, features)
        await show_unread_warnings(interaction, features.core)

    @abstractmethod
    async def click(self, interaction: Interaction, features: Features) -> None: ...


class CancelButton(JobButton, template=Action.CANCEL.pattern):
    """On the private reply."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction, thinking=False)
        outcome = await cancel_remix(features.core, self.job_id, interaction.user.id)
        if text := replies.not_cancelled(outcome):
            await interaction.followup.send(text, ephemeral=True)
        if outcome is not CancelOutcome.NOT_YOURS:
            await self._show_status(interaction, features)

    async def _show_status(self, interaction: Interaction, features: Features) -> None:
        # The click brings a token of its own; the job's token may be older than 15 minutes by now.
        status = await features.statuses.of_reply(self.job_id)
        if status is not None:
            view = status_card(status, set_words.status_text(status), pictured=has_picture(interaction.message))
            await interaction.edit_original_response(content=None, view=view)


class AgainButton(JobButton, template=Action.AGAIN.pattern):
    """Queues the same inputs as a new job of the member who clicks."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        # Before the answer, because that comes from the private replies' own task as soon as the remix is queued.
        await show_unread_warnings(interaction, features.core, before_answer=True)
        asker, start = read_asker(interaction), start_of(interaction, Origin.AGAIN, self.job_id)
        outcome = asker if isinstance(asker, Refused) else await features.submit.submit_from(asker, start)
        if isinstance(outcome, Refused):
            await answer_refusal(interaction, features, outcome, NewDraft(None, goes_on(start)))


class MoreButton(JobButton, template=Action.MORE.pattern):
    """Answers privately with the buttons that are needed less often."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        ladder = await ladder_offer(features, self.job_id, interaction.guild_id)
        view = more_view(self.job_id, self.card_id(interaction), ladder)
        await interaction.response.send_message(view=view, ephemeral=True)


class DetailsButton(JobButton, template=Action.DETAILS.pattern):
    """Shows the inputs, privately, to any member. The prompt of a hidden result only to its author and moderators."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        status = await features.statuses.of(self.job_id)
        card = (interaction.channel_id, self.card_id(interaction))
        shown = status is not None and card in {(post.channel_id, post.message_id) for post in status.posts}
        if status is None or not shown or status.job.removed_at is not None:
            await interaction.edit_original_response(content=refusal(Refused(Reason.PICTURE_GONE)))
            return
        job = status.job
        with_prompt = not job.hidden or job.user_id == interaction.user.id or moderates(interaction)
        lineage = await features.statuses.lineage_of(job)
        await interaction.edit_original_response(
            content=with_family(replies.details(status, with_prompt=with_prompt), job, lineage),
            attachments=long_prompt_file(job) if with_prompt else [],
        )


class CompareButton(JobButton, template=Action.COMPARE.pattern):
    """Shows the source beside the result, but only to the member who sent the source."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        compared = await compare_pictures(features.core, self.job_id, self.card_id(interaction), interaction.user.id)
        if isinstance(compared, NoComparison):
            await interaction.edit_original_response(content=replies.no_comparison(compared))
        else:
            await _show_comparison(interaction, features, compared)


async def _show_comparison(interaction: Interaction, features: Features, compared: Comparison) -> None:
    files = await comparison_files(features.core.pictures, compared, interaction.filesize_limit)
    view = comparison_view(compared.job, files)
    await interaction.edit_original_response(view=view, attachments=files)


class CollectButton(JobButton, template=Action.COLLECT.pattern):
    """`Get it again` in /my-remixes: hands over a paid result that could not be posted."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        delivery = await features.hand_over.take(self.job_id, interaction.user.id)
        if delivery is None or isinstance(delivery, Refused):
            text = refusal(delivery, interaction.guild_id) if delivery else replies.NOTHING_TO_COLLECT
            buttons = appeal_of_refusal(delivery, None) if delivery else ()
            await interaction.edit_original_response(content=text, view=view_of(buttons))
            return
        try:
            await _hand_over(interaction, features, delivery)
        except BaseException:  # also when the bot stops: a job that stays leased cannot be handed over
            await features.hand_over.put_back(delivery.job)
            raise
        await features.hand_over.record_handed_over(delivery.job)


async def _hand_over(interaction: Interaction, features: Features, delivery: Delivery) -> None:
    private = await make_private_files(features.core.pictures, delivery, interaction.filesize_limit)
    text = "\n".join([replies.COLLECTED, *private.notes])
    first, further = private.files[:PICTURES_IN_A_MESSAGE], private.files[PICTURES_IN_A_MESSAGE:]
    view = view_of(appeal_of_job(delivery.job))
    await interaction.edit_original_response(content=text, attachments=first, view=view)
    for start in range(0, len(further), PICTURES_IN_A_MESSAGE):
        await interaction.followup.send(files=further[start : start + PICTURES_IN_A_MESSAGE], ephemeral=True)


BUTTONS: tuple[type[JobButton], ...] = (
    CancelButton,
    AgainButton,
    MoreButton,
    CompareButton,
    DetailsButton,
    CollectButton,
)
