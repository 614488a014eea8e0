"""Builds the buttons beside a refusal, which name a draft, and beside a failure, which name its remix."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.remixes.rescue import words
from bot.rules.refusals import Refused
from bot.rules.rescues import Rescue
from bot.use_cases.drafts.drafts import Kept

# 18 digits always fit into SQLite's 64-bit integer.
_DRAFT_PATTERN = r"(?P<draft>[0-9]{1,18})"
_AT_ONCE = "|".join(each for each in Rescue if each is not Rescue.EDIT)
RESCUE_PATTERN = rf"remix:draft:(?P<rescue>{_AT_ONCE}):{_DRAFT_PATTERN}"
CORRECT_PATTERN = rf"remix:draft:{Rescue.EDIT}:{_DRAFT_PATTERN}"
FORM_PATTERN = rf"remix:draft-form:{_DRAFT_PATTERN}"

_OF_JOB = {Rescue.TRY_AGAIN: Action.AGAIN, Rescue.EDIT: Action.EDIT}
"""On the private reply of a remix, these do what the buttons of a card do."""


def refusal_view(kept: Kept, refused: Refused) -> ui.View:
    return _view(
        [_button(words.label(rescue, refused.fits), f"remix:draft:{rescue}:{kept.draft_id}") for rescue in kept.rescues]
    )


def failure_buttons(job_id: int, rescues: Sequence[Rescue]) -> "list[ui.Button[Any]]":
    return [_button(words.label(rescue), _OF_JOB[rescue].custom_id(job_id)) for rescue in rescues]


def _view(buttons: "Sequence[ui.Button[Any]]") -> ui.View:
    view = ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    # The buttons are found by their custom ids. Without this discord.py would keep every view in memory.
    view.stop()
    return view


def _button(label: str, custom_id: str) -> "ui.Button[Any]":
    return ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id)
