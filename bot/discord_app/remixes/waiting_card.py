"""Builds the private reply of a remix: how it stands, its source, the steps, and a bar that is an estimate."""

from io import BytesIO

import discord
from discord import ui

from bot.discord_app.kit.appealing.buttons import appeal_of_job
from bot.discord_app.kit.custom_ids import Action
from bot.discord_app.remixes import waiting_words, words
from bot.discord_app.remixes.cards import job_button
from bot.discord_app.remixes.rescue.buttons import failure_buttons
from bot.rules.job_states import JobState
from bot.storage.remixes.jobs import Job
from bot.use_cases.remixes.job_status import JobStatus


def status_card(status: JobStatus, text: str, *, pictured: bool) -> ui.LayoutView:
    """`pictured`: the message has `source_file`, from this edit or from an earlier one."""
    container: ui.Container[ui.LayoutView] = ui.Container()
    container.add_item(ui.Section(text, accessory=_thumbnail(status.job)) if pictured else ui.TextDisplay(text))
    if progress := waiting_words.progress(status):
        container.add_item(ui.TextDisplay(progress))
    if status.job.state is JobState.QUEUED:
        container.add_item(ui.ActionRow(job_button(Action.CANCEL, status.job.id)))
    elif status.job.state is JobState.IN_REVIEW:
        container.add_item(ui.ActionRow(job_button(Action.SEE, status.job.id)))
    elif buttons := [*failure_buttons(status.job.id, status.rescues), *appeal_of_job(status.job)]:
        container.add_item(ui.ActionRow(*buttons))
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    # Its button is found by its custom id. Without this discord.py would keep every reply in memory.
    view.stop()
    return view


def _thumbnail(job: Job) -> "ui.Thumbnail[ui.LayoutView]":
    url = f"attachment://{_file_name(job)}"
    return ui.Thumbnail(url, description=words.SOURCE_ALT_TEXT, spoiler=job.behind_spoiler)


def source_file(job: Job, small: bytes) -> discord.File:
    return discord.File(BytesIO(small), filename=_file_name(job))


def _file_name(job: Job) -> str:
    # All of a set have one private reply, whichever of them it speaks about.
    return f"source-{job.set_id or job.id}.webp"


def has_picture(message: discord.Message | None) -> bool:
    """Whether that message is a `status_card` with its picture."""
    containers = [part for part in (message.components if message else []) if isinstance(part, discord.Container)]
    parts = [part for container in containers for part in container.children]
    return any(
        isinstance(part, discord.SectionComponent) and isinstance(part.accessory, discord.ThumbnailComponent)
        for part in parts
    )
