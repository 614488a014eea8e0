"""The buttons on a remix's entry in the log channel. They do what the moderators' commands do."""

from datetime import timedelta

from bot.discord_app.kit.controls import Interaction
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.moderation.actions import block_author, hide_remix, remove_remix
from bot.discord_app.remixes.controls import JobButton
from bot.use_cases.moderation.find_remix import RemixReference

_BLOCKED = timedelta(hours=24)


class HideFromLog(JobButton, template=Action.LOG_HIDE.pattern):
    """Puts the pictures behind a spoiler."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await hide_remix(interaction, features, RemixReference(job_id=self.job_id))


class RemoveFromLog(JobButton, template=Action.LOG_REMOVE.pattern):
    """Deletes the messages and forgets the pictures."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await remove_remix(interaction, features, RemixReference(job_id=self.job_id))


class BlockFromLog(JobButton, template=Action.LOG_BLOCK.pattern):
    """Blocks the author for a day."""

    async def click(self, interaction: Interaction, features: Features) -> None:
        await block_author(interaction, features, RemixReference(job_id=self.job_id), _BLOCKED)


LOG_BUTTONS: tuple[type[JobButton], ...] = (HideFromLog, RemoveFromLog, BlockFromLog)
