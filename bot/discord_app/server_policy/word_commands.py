"""`/remix-config word-add`, `word-remove` and `words`, and their form in the panel."""

import re
from collections.abc import Mapping
from io import BytesIO

import discord
from discord import app_commands, ui

from bot.discord_app.kit.controls import Control, Form, Interaction
from bot.discord_app.kit.features import Features
from bot.discord_app.kit.interactions import defer
from bot.discord_app.server_policy import word_words as words
from bot.discord_app.server_policy import words as policy_words
from bot.discord_app.server_policy.commands import ConfigCommands, page_view
from bot.discord_app.server_policy.controls import read_admin, show_panel
from bot.discord_app.server_policy.panel import WORDS_ID
from bot.rules.policy_file import PolicyTexts
from bot.rules.policy_problems import Problems
from bot.rules.words.entries import Action
from bot.rules.words.lists import WordTexts
from bot.use_cases.server_policy.change_policy import change_policy
from bot.use_cases.server_policy.word_lists import matching_words, read_word_lists

_LONGEST_TYPED = 4_000
"""Characters in a field of a form, and 6000 in an option of a command.

https://discord.com/developers/docs/components/reference#text-input
"""
_REMOVED = "removed"
_FIELDS = ("refuse", "review", "allow", "refuse-patterns", _REMOVED)
_MOST_SUGGESTED = 25
_LONGEST_CHOICE = 100

Typed = app_commands.Range[str, 1, _LONGEST_TYPED]


def add_word_commands(group: ConfigCommands, features: Features) -> None:
    """Each handler asks `lets_in` first, as those of the group do."""
    group.add_command(_word_add(group))
    group.add_command(_word_remove(group, features))
    group.add_command(_words(group, features))


def _word_add(group: ConfigCommands) -> app_commands.Command:  # type: ignore[type-arg]  # its callback's type is of no use
    @app_commands.command(name="word-add", description=words.ADD)
    @app_commands.rename(typed="words")
    @app_commands.describe(**words.ADD_OPTIONS)
    @app_commands.choices(
        then=[app_commands.Choice(name=name, value=action) for action, name in words.ACTION_CHOICES.items()]
    )
    async def word_add(
        interaction: discord.Interaction, typed: Typed, then: str = Action.REFUSE, *, pattern: bool = False
    ) -> None:
        if admin := await group.lets_in(interaction):
            if pattern and then == Action.ALLOW:
                await interaction.edit_original_response(content=words.PATTERNS_REFUSE)
                return
            # A pattern can have commas.
            texts = [typed] if pattern else _split(typed, ",\n")
            wanted = WordTexts(added={f"{then}-patterns" if pattern else then: texts})
            await group.change(interaction, admin, PolicyTexts(words=wanted), unchanged=words.LISTED_ALREADY)

    return word_add


def _word_remove(group: ConfigCommands, features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # as above
    @app_commands.command(name="word-remove", description=words.REMOVE)
    @app_commands.describe(**words.REMOVE_OPTIONS)
    async def word_remove(interaction: discord.Interaction, word: Typed) -> None:
        if admin := await group.lets_in(interaction):
            # As it is: a pattern can have commas.
            wanted = WordTexts(removed=[word, *_split(word, ",\n")])
            await group.change(interaction, admin, PolicyTexts(words=wanted), unchanged=words.not_listed())

    @word_remove.autocomplete("word")
    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        admin = read_admin(interaction)
        if admin is None:
            return []
        found = await matching_words(features.core, admin.guild_id, typed, _MOST_SUGGESTED)
        return [
            app_commands.Choice(name=words.choice(entry), value=entry.text)
            for entry in found
            # Discord takes no longer values, and a pattern that was cut off would be another one.
            if len(entry.text) <= _LONGEST_CHOICE
        ]

    return word_remove


def _words(group: ConfigCommands, features: Features) -> app_commands.Command:  # type: ignore[type-arg]  # as above
    @app_commands.command(name="words", description=words.LIST)
    async def word_list(interaction: discord.Interaction) -> None:
        if admin := await group.lets_in(interaction):
            if features.automod is not None:
                await features.automod.refresh(admin.guild_id)
            lists = await read_word_lists(features.core, admin.guild_id)
            file = discord.File(BytesIO(words.whole_list(lists).encode()), filename=f"words-{admin.guild_id}.txt")
            files = [] if words.is_whole(lists) else [file]
            await interaction.edit_original_response(content=words.word_list(lists), attachments=files)

    return word_list


def _split(typed: str, separators: str) -> list[str]:
    return [part.strip() for part in re.split(f"[{separators}]", typed) if part.strip()]


class WordsButton(Control, template=WORDS_ID):
    """Opens a form. Discord takes a form only as the first response, so nothing is deferred."""

    async def use(self, interaction: Interaction, _features: Features) -> None:
        if read_admin(interaction) is None:
            await interaction.response.send_message(policy_words.NOT_AN_ADMIN, ephemeral=True)
            return
        modal = ui.Modal(title=words.FORM_TITLE, custom_id=WORDS_ID)
        for name in _FIELDS:
            typed: ui.TextInput[ui.Modal] = ui.TextInput(
                custom_id=name, style=discord.TextStyle.paragraph, required=False, max_length=_LONGEST_TYPED
            )
            label, means = words.FIELDS[name]
            modal.add_item(ui.Label(text=label, description=means, component=typed))
        # A submitted form is found by its custom id, also after a restart, so discord.py need not remember it.
        modal.stop()
        await interaction.response.send_modal(modal)


class WordsForm(Form):
    """Adds and removes words, one in each line. The lists are longer than a form takes, so it shows none of them."""

    pattern = re.compile(WORDS_ID)

    async def submitted(self, interaction: Interaction, features: Features, fields: Mapping[str, str]) -> None:
        await defer(interaction, thinking=False)
        admin = read_admin(interaction)
        if admin is None:
            await interaction.followup.send(policy_words.NOT_AN_ADMIN, ephemeral=True)
            return
        typed = {name: _split(fields.get(name, ""), "\n") for name in _FIELDS}
        added = {name: texts for name, texts in typed.items() if texts and name != _REMOVED}
        wanted = PolicyTexts(words=WordTexts(added=added, removed=typed[_REMOVED]))
        outcome = await change_policy(features.core, features.rules.bounds, admin, wanted)
        await show_panel(interaction, features, admin.guild_id)
        text = policy_words.outcome(outcome, features.rules.bounds, words.LISTED_ALREADY)
        done = () if isinstance(outcome, Problems) else outcome
        await interaction.followup.send(view=page_view(text, done), ephemeral=True)
