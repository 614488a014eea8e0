"""The buttons of `/my-remixes` that draw the list again: Previous, Next and Cancel."""

from bot.discord_app.kit.command_mentions import mention_commands
from bot.discord_app.kit.controls import Control, Interaction, page_pattern, read_cursor
from bot.discord_app.kit.custom_ids import JOB_PATTERN
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.member_warnings import show_unread_warnings
from bot.discord_app.remixes import words
from bot.discord_app.remixes.history.remix_list import LIST, LONGEST_TEXT, show_list
from bot.rules.pages import Cursor
from bot.use_cases.remixes.cancel_remix import CancelOutcome, cancel_remix

_TEXT = rf"(?s:.{{0,{LONGEST_TEXT}}})"


class OwnPageButton(Control, template=page_pattern(LIST, _TEXT)):
    """Shows the remixes of who presses it, so a forged custom id shows nobody else's."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        private = interaction.message is not None and interaction.message.flags.ephemeral
        await defer(interaction, thinking=not private)
        if interaction.guild_id is not None:
            cursor = read_cursor(self.found)
            await show_list(interaction, features, interaction.guild_id, self.found["wanted"], cursor)


class CancelInList(Control, template=rf"remix:list-cancel:{JOB_PATTERN}:(?P<first>[0-9]{{1,18}}):(?P<text>{_TEXT})"):
    """Cancels, and shows the same page again."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        private = interaction.message is not None and interaction.message.flags.ephemeral
        await defer(interaction, thinking=not private)
        outcome = await cancel_remix(features.core, int(self.found["job"]), interaction.user.id)
        if interaction.guild_id is not None:
            # The page that begins with the entry that was its first: remixes made since then move it down.
            first_id = int(self.found["first"])
            cursor = Cursor(first_id + 1) if first_id else None
            await show_list(interaction, features, interaction.guild_id, self.found["text"], cursor)
        text = words.COOLDOWN_KEPT if outcome is CancelOutcome.COOLDOWN_KEPT else words.not_cancelled(outcome)
        if text:
            await interaction.followup.send(mention_commands(text), ephemeral=True)
        await show_unread_warnings(interaction, features.core)


LIST_BUTTONS: tuple[type[Control], ...] = (OwnPageButton, CancelInList)
