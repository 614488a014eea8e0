"""The Appeal buttons beside refusals and warnings. What they do is in discord_app/appeals."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import discord
from discord import ui

from bot.discord_app.kit.appealing.words import APPEAL, appeal_case
from bot.rules.appeals import picture_key
from bot.rules.failures import FailureKind
from bot.rules.refusals import Reason, Refused
from bot.rules.removals import Removal
from bot.storage.remixes.jobs import Job
from bot.storage.review.held_back import is_held_back

_ONE = r"[0-9]{1,18}"
_SEVERAL = r"[0-9]{1,9}(?:-[0-9]{1,9}){0,3}"
NUMBER = rf"(?P<number>{_ONE}|{_SEVERAL})"


class What(StrEnum):
    """What a button appeals. The values are in custom ids.

    `PROMPT`: a refused prompt; the number is that of a draft, 0 if nothing was kept. `PICTURE`: a refused picture; the
    number is a `picture_key`. `BLOCK`: the block that holds; the number is 0. `CASE`: of that number. `JOB`: what
    happened to that remix.
    """

    PROMPT = "prompt"
    PICTURE = "picture"
    BLOCK = "block"
    CASE = "case"
    JOB = "job"

    def custom_id(self, number: int | str = 0) -> str:
        return f"remix:appeal:{self}:{number}"


BUTTON_PATTERN = rf"remix:appeal:(?P<what>{'|'.join(What)}):{NUMBER}"

_OF_REFUSAL: Mapping[Reason, What] = {
    Reason.WORD_REFUSED: What.PROMPT,
    Reason.AUTOMOD_REFUSED: What.PROMPT,
    Reason.MEMBER_BLOCKED: What.BLOCK,
}


def appeal_button(what: What, number: int | str = 0, label: str = APPEAL) -> "ui.Button[Any]":
    return ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=what.custom_id(number))


def appeal_of_refusal(refused: Refused, draft_id: int | None) -> "list[ui.Button[Any]]":
    """The button beside that refusal; none where moderators cannot decide, as with a block by the operator."""
    if refused.reason is Reason.PICTURE_REMEMBERED and refused.listed:
        return [appeal_button(What.PICTURE, picture_key(refused.listed))]
    what = _OF_REFUSAL.get(refused.reason)
    if what is None:
        return []
    return [appeal_button(what, draft_id or 0 if what is What.PROMPT else 0)]


def appeal_of_job(job: Job) -> "list[ui.Button[Any]]":
    """The button on what its author reads about a remix that rules or moderators ended, held back, hid or removed.

    None where moderators cannot decide, as with a picture on the operator's list.
    """
    ended = job.removal is Removal.MODERATOR or job.failure_kind is FailureKind.WORD_NOT_ALLOWED
    if ended or job.hidden or is_held_back(job):
        return [appeal_button(What.JOB, job.id)]
    if job.listed is not None:
        return [appeal_button(What.PICTURE, job.listed)]
    return [appeal_button(What.BLOCK)] if job.failure_kind is FailureKind.MEMBER_BLOCKED else []


def appeals_of_cases(numbers: Sequence[int]) -> "list[ui.Button[Any]]":
    several = len(numbers) > 1
    return [appeal_button(What.CASE, number, appeal_case(number) if several else APPEAL) for number in numbers]
