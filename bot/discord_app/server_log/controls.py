"""The buttons on a remix's entry in the log channel. Each opens a form that asks for the reason."""

from typing import ClassVar

from bot.discord_app.kit.controls import Control, Interaction
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.moderation.reason_forms import RemixAction, ask_reason
from bot.use_cases.moderation.find_remix import RemixReference


class LogButton(Control, template=r"remix:log-never:(?P<job>[0-9]+)"):
    """Subclasses say what the submitted form does."""

    action: ClassVar[RemixAction]

    async def use(self, interaction: Interaction, _features: Features) -> None:
        await ask_reason(interaction, self.action, RemixReference(job_id=int(self.found["job"])))


class HideFromLog(LogButton, template=Action.LOG_HIDE.pattern):
    action = RemixAction.HIDE


class ShowFromLog(LogButton, template=Action.LOG_SHOW.pattern):
    action = RemixAction.SHOW


class RemoveFromLog(LogButton, template=Action.LOG_REMOVE.pattern):
    action = RemixAction.REMOVE


class WarnFromLog(LogButton, template=Action.LOG_WARN.pattern):
    action = RemixAction.WARN


class BlockFromLog(LogButton, template=Action.LOG_BLOCK.pattern):
    action = RemixAction.BLOCK


LOG_BUTTONS: tuple[type[LogButton], ...] = (HideFromLog, ShowFromLog, RemoveFromLog, WarnFromLog, BlockFromLog)
