"""`/remix-mod test prompt`, and the search for posted remixes that a change of the word lists offers."""

from typing import Any

import discord
from discord import app_commands, ui

from bot.discord_app.kit.controls import Control, Interaction
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.kit.permissions import administers, moderates
from bot.discord_app.moderation import words as moderation_words
from bot.discord_app.moderation.actions import answer, lets_in
from bot.discord_app.moderation.prompts import words
from bot.rules.policy_cases import WordsChange, from_details
from bot.storage.moderation.cases import Case
from bot.use_cases.moderation.prompts.search_posted import FoundRemixes, can_be_searched, search_posted
from bot.use_cases.moderation.prompts.try_prompt import try_prompt

_SEARCH_ID = "remix-mod:search:{case}:{before}"
_LONGEST_PROMPT = 6_000

Prompt = app_commands.Range[str, 1, _LONGEST_PROMPT]


def test_prompt_command(features: Features) -> app_commands.Command[Any, Any, Any]:
    @app_commands.command(name="prompt", description=words.TEST)
    @app_commands.describe(**words.TEST_OPTIONS)
    async def test_prompt(interaction: discord.Interaction, prompt: Prompt) -> None:
        if (acting := await lets_in(interaction)) is not None:
            if features.automod is not None:
                await features.automod.keep_fresh(acting.guild_id)
            await answer(interaction, words.tried(await try_prompt(features.core, acting.guild_id, prompt)))

    return test_prompt


def search_button(case: Case, before: int = 0, label: str = words.SEARCH) -> "ui.Button[Any] | None":
    """None: the case lists nothing that can be looked for."""
    made = from_details(case.details)
    if not isinstance(made, WordsChange) or not can_be_searched(made):
        return None
    return _button(case.number, before, label)


def _button(case_number: int, before: int, label: str) -> "ui.Button[Any]":
    return ui.Button(label=label, custom_id=_SEARCH_ID.format(case=case_number, before=before))


class SearchButton(Control, template=r"remix-mod:search:(?P<case>[0-9]{1,9}):(?P<before>[0-9]{1,18})"):
    """Each press looks at what is posted then."""

    async def use(self, interaction: Interaction, features: Features) -> None:
        await defer(interaction)
        if interaction.guild_id is None or not (moderates(interaction) or administers(interaction)):
            await answer(interaction, moderation_words.NOT_A_MODERATOR)
            return
        number, before = int(self.found["case"]), int(self.found["before"])
        results = await search_posted(features.core, interaction.guild_id, number, before or None)
        if results is None:
            await answer(interaction, words.NOT_A_SEARCH)
        else:
            await interaction.edit_original_response(view=_view(results, number))


def _view(results: FoundRemixes, case_number: int) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(words.search_head(results)))
    for each in results.found:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        actions = (Action.LOG_SHOW if each.job.hidden else Action.LOG_HIDE, Action.LOG_REMOVE)
        for action, label in zip(actions, words.labels(hidden=each.job.hidden), strict=True):
            row.add_item(ui.Button(label=label, custom_id=action.custom_id(each.job.id)))
        view.add_item(ui.Container(ui.TextDisplay(words.found_remix(each)), row))
    if results.next_before is not None:
        view.add_item(ui.ActionRow(_button(case_number, results.next_before, words.SEARCH_ON)))
    # The buttons are found by their custom ids, so discord.py need not remember the view.
    view.stop()
    return view
