"""The card of a reported result, and the buttons that decide about it."""

from typing import ClassVar

from bot.discord_app.kit.controls import Control, Interaction
from bot.discord_app.kit.custom_ids import matter_id, matter_pattern
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.permissions import administers
from bot.discord_app.matters import words as matter_words
from bot.discord_app.matters.controls import MatterButton, find_theirs, lets_open_form
from bot.discord_app.moderation.actions import answer
from bot.discord_app.moderation.reason_forms import RemixAction, ask_reason
from bot.discord_app.reporting import words
from bot.rules.matters import MatterKind
from bot.storage.matters.matters import Matter
from bot.use_cases.core import Core
from bot.use_cases.matters.cards import CardButton, CardContents
from bot.use_cases.matters.decide import Moderator, NotYours
from bot.use_cases.moderation.acting import Acting
from bot.use_cases.moderation.find_remix import RemixReference
from bot.use_cases.reporting import report_words
from bot.use_cases.reporting.dismiss_report import Dismissed, NotDismissed, dismiss_report, has_reported, uphold_report
from bot.use_cases.reporting.report_facts import ReportFacts, read_report


class ReportView:
    """The MatterView of reports."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def read(self, matter: Matter) -> CardContents | None:
        facts = await read_report(self._core, matter)
        if facts is None:
            return None
        return CardContents(
            head=words.head(facts),
            details=words.details(facts),
            pictures=facts.pictures,
            buttons=_buttons(matter, facts),
            own_buttons=[CardButton(words.DISMISS, matter_id("report-dismiss", matter.id))],
            outcome=words.outcome(matter),
        )


def _buttons(matter: Matter, facts: ReportFacts) -> list[CardButton]:
    labels = {
        "report-dismiss": words.DISMISS,
        "report-false": words.FALSE,
        "report-hide": words.HIDE,
        "report-remove": words.REMOVE,
        "report-warn": words.WARN,
        "report-block": words.BLOCK,
    }
    if facts.is_illegal:
        decides = "report-uphold" if facts.job.removed_at is not None else "report-remove"
        labels = {
            decides: words.UPHOLD if decides == "report-uphold" else words.REMOVE,
            "report-false": words.FALSE,
            "report-block": words.BLOCK,
        }
    return [
        CardButton(label, matter_id(action, matter.id), danger=action == "report-remove")
        for action, label in labels.items()
    ]


class DismissButton(MatterButton, template=matter_pattern("report-dismiss")):
    """Shows again what the reports had hidden."""

    kind = MatterKind.REPORT
    is_false: ClassVar[bool] = False

    async def decide(self, interaction: Interaction, features: Features, matter: Matter) -> None:
        alone = report_words.ALONE if matter.about_id == interaction.user.id else None
        acting = Acting(matter.guild_id, interaction.user.id, alone)
        done = await dismiss_report(features.core, acting, matter.id, is_false=self.is_false)
        if not isinstance(done, Dismissed):
            await answer(interaction, words.not_dismissed(done))
            return
        if done.shown:
            await features.posts.apply(done.shown)
        await answer(interaction, words.dismissed(done))
        await features.matters.redraw.apply(matter.id)


class FalseButton(DismissButton, template=matter_pattern("report-false")):
    is_false = True


class UpholdButton(MatterButton, template=matter_pattern("report-uphold")):
    """On the card of a result that was removed at once."""

    kind = MatterKind.REPORT

    async def decide(self, interaction: Interaction, features: Features, matter: Matter) -> None:
        done = await uphold_report(features.core, Acting(matter.guild_id, interaction.user.id), matter.id)
        if isinstance(done, NotDismissed):
            await answer(interaction, words.not_dismissed(done))
            return
        await answer(interaction, words.upheld(done))
        await features.matters.redraw.apply(matter.id)


class ActButton(Control, template=r"remix:matter-never-act:(?P<matter>[0-9]+)"):
    """Opens the form that asks for the reason. The action closes the report in its own transaction."""

    action: ClassVar[RemixAction]

    async def use(self, interaction: Interaction, features: Features) -> None:
        if interaction.guild_id is None or not await lets_open_form(interaction):
            return
        who = Moderator(interaction.guild_id, interaction.user.id, administers(interaction))
        found = await self._find(interaction, features, who)
        if isinstance(found, str):
            await interaction.response.send_message(found, ephemeral=True)
        else:
            await ask_reason(interaction, self.action, RemixReference(job_id=found.job_id))

    async def _find(self, interaction: Interaction, features: Features, who: Moderator) -> Matter | str:
        """Or why they cannot decide it."""
        number = int(self.found["matter"])
        matter = await find_theirs(interaction, features.core, who, number, MatterKind.REPORT, decides=True)
        if isinstance(matter, NotYours):
            return matter_words.not_yours(matter)
        if await has_reported(features.core, matter, who.user_id):
            return words.not_dismissed(NotDismissed.REPORTED_BY_YOU)
        return matter


class HideButton(ActButton, template=matter_pattern("report-hide")):
    action = RemixAction.HIDE


class RemoveButton(ActButton, template=matter_pattern("report-remove")):
    action = RemixAction.REMOVE


class WarnButton(ActButton, template=matter_pattern("report-warn")):
    action = RemixAction.WARN


class BlockButton(ActButton, template=matter_pattern("report-block")):
    action = RemixAction.BLOCK


REPORT_CONTROLS: tuple[type[Control], ...] = (
    DismissButton,
    FalseButton,
    UpholdButton,
    HideButton,
    RemoveButton,
    WarnButton,
    BlockButton,
)
