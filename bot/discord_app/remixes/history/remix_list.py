"""Builds a page of `/my-remixes`: a thumbnail, how each remix stands, and buttons for what can be done with it now."""

from collections.abc import Collection, Mapping, Sequence
from io import BytesIO

import discord
from discord import ui

from bot.discord_app.kit.appealing.buttons import appeal_of_job
from bot.discord_app.kit.command_mentions import mention_commands
from bot.discord_app.kit.controls import Interaction, page_buttons
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.kit.features import Features
from bot.discord_app.remixes import words
from bot.discord_app.remixes.cards import job_button
from bot.discord_app.remixes.history import words as list_words
from bot.discord_app.remixes.rescue.buttons import failure_buttons
from bot.discord_app.remixes.sets import words as set_words
from bot.rules.job_states import JobState
from bot.rules.pages import Cursor
from bot.storage.remixes.jobs import Job
from bot.storage.review.held_back import is_held_back
from bot.use_cases.remixes.job_status import JobStatus, OwnRemixes

LIST = "mine"
LONGEST_TEXT = 40
"""Characters of the filter. It is part of the buttons' custom ids, which have 100."""


async def show_list(
    interaction: Interaction, features: Features, guild_id: int, text: str, cursor: Cursor | None
) -> None:
    """In the place of the private reply, or of the page before."""
    person = interaction.user.id
    found = await features.statuses.page_of_member(person, guild_id, text, cursor)
    if cursor is not None and not found.page.shown:
        # Everything from the cursor on is gone by now.
        found = await features.statuses.page_of_member(person, guild_id, text, None)
    pictures = await _thumbnails(features, found.page.shown)
    await interaction.edit_original_response(
        view=remix_list(found, text, pictures.keys()),
        attachments=[_file(job_id, data) for job_id, data in pictures.items()],
    )


async def _thumbnails(features: Features, statuses: Sequence[JobStatus]) -> Mapping[int, bytes]:
    made = {}
    for status in statuses:
        hash_ = _picture_of(status)
        small = await features.thumbnails.of(hash_, status.job.user_id) if hash_ is not None else None
        if small is not None:
            made[status.job.id] = small
    return made


def _picture_of(status: JobStatus) -> str | None:
    """Its first result, else its source if its author has sent that: other people's sources are private."""
    made = next((result.hash for result in status.results if result.hash is not None), None)
    return made or (status.job.source_hash if status.job.root_id is None else None)


def _file(job_id: int, data: bytes) -> discord.File:
    return discord.File(BytesIO(data), filename=_file_name(job_id))


def _file_name(job_id: int) -> str:
    return f"small-{job_id}.webp"


def remix_list(found: OwnRemixes, text: str, pictured: Collection[int]) -> ui.LayoutView:
    """`text`: the filter. `pictured`: the jobs whose thumbnail is attached."""
    view = ui.LayoutView(timeout=None)
    container: ui.Container[ui.LayoutView] = ui.Container()
    container.add_item(ui.TextDisplay(_heading(found, text)))
    first_id = found.page.shown[0].job.id if found.page.previous is not None else 0
    for status in found.page.shown:
        container.add_item(_entry(status, has_picture=status.job.id in pictured))
        if buttons := _buttons(status, first_id, text):
            container.add_item(ui.ActionRow(*buttons))
    if turning := page_buttons(LIST, found.page, text):
        container.add_item(ui.ActionRow(*turning))
    view.add_item(container)
    # The buttons are found by their custom ids, so discord.py need not remember the view.
    view.stop()
    return view


def _heading(found: OwnRemixes, text: str) -> str:
    if found.page.shown:
        return list_words.heading(words.YOUR_REMIXES, text, found.removed)
    if text:
        return list_words.nothing_found(text)
    title = words.NONE_LEFT if found.removed else words.NO_REMIXES
    return list_words.heading(mention_commands(title), "", found.removed)


def _entry(status: JobStatus, *, has_picture: bool) -> "ui.Section[ui.LayoutView] | ui.TextDisplay[ui.LayoutView]":
    text = set_words.list_entry(status)
    if not has_picture:
        return ui.TextDisplay(text)
    job = status.job
    picture: ui.Thumbnail[ui.LayoutView] = ui.Thumbnail(
        f"attachment://{_file_name(job.id)}", description=words.alt_text(job), spoiler=job.behind_spoiler
    )
    return ui.Section(text, accessory=picture)


def _buttons(status: JobStatus, first_id: int, text: str) -> "list[ui.Button[ui.LayoutView]]":
    """Three at most. `first_id`: of the first job on this page, 0 on the first page."""
    job, buttons = status.job, []
    if job.state is JobState.QUEUED:
        buttons.append(_cancel_button(job, first_id, text))
    if job.state is JobState.GENERATED and job.due_at is None and job.lease is None:
        buttons.append(job_button(Action.COLLECT, job.id))
    if job.state is JobState.IN_REVIEW:
        buttons.append(job_button(Action.SEE, job.id))
    if job.source_hash is not None and job.prompt:
        # What is held back would be refused again, and there is no room for a fourth button.
        if job.state not in {JobState.QUEUED, JobState.GENERATING} and not is_held_back(job):
            buttons.append(job_button(Action.AGAIN, job.id))
        buttons.append(job_button(Action.EDIT, job.id))
    elif status.rescues:
        buttons += failure_buttons(job.id, status.rescues)
    return [*buttons, *appeal_of_job(job)]


def _cancel_button(job: Job, first_id: int, text: str) -> "ui.Button[ui.LayoutView]":
    """Not the button of the private reply, because this one draws the list again, at the same page."""
    return ui.Button(
        label=words.BUTTONS[Action.CANCEL],
        style=discord.ButtonStyle.secondary,
        custom_id=f"remix:list-cancel:{job.id}:{first_id}:{text}",
    )
