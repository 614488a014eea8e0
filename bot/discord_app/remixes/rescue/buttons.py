"""Builds the buttons beside a refusal, which name a draft, and beside a failure, which name its remix."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.discord_app.kit.appealing.buttons import appeal_of_refusal
from bot.discord_app.kit.controls import view_of
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


def refusal_view(kept: Kept | None, refused: Refused) -> ui.View | None:
    """`kept` None: nothing of what was typed, so nothing can be tried again."""
    if kept is None:
        return view_of(appeal_of_refusal(refused, None))
    labels = [(words.label(rescue, refused.fits), rescue) for rescue in kept.rescues]
    rescues = [_button(label, f"remix:draft:{rescue}:{kept.draft_id}") for label, rescue in labels]
    return view_of([*rescues, *appeal_of_refusal(refused, kept.draft_id)])


def failure_buttons(job_id: int, rescues: Sequence[Rescue]) -> "list[ui.Button[Any]]":
    return [_button(words.label(rescue), _OF_JOB[rescue].custom_id(job_id)) for rescue in rescues]


def _button(label: str, custom_id: str) -> "ui.Button[Any]":
    return ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id)
