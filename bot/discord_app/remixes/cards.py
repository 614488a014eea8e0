"""Builds what people see: the card of a result, the list of a member's remixes, the Cancel button."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import discord
from discord import ui

from bot.discord_app.kit.custom_ids import IN_MORE, ON_CARD, ON_GRID, Action
from bot.discord_app.remixes import words
from bot.discord_app.remixes.sets import words as set_words
from bot.images.pictures import FittedPicture
from bot.rules.prices import Speed
from bot.rules.visible_text import one_line
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Post
from bot.storage.sets.picks import FIRST_PART, is_pick
from bot.use_cases.ports import Part, ResultPicture


def file_name(job: Job, picture: ResultPicture, fitted: FittedPicture, part: int = 0) -> str:
    """Names the job and the image: after a crash the bot finds its own message by it. Never the member's file name."""
    spoiler = "SPOILER_" if job.behind_spoiler else ""
    return f"{spoiler}{file_stem(job.id, picture.result.position, part)}{fitted.format.extension}"


def file_stem(job_id: int, position: int, part: int = 0) -> str:
    """`part`: the number of the message among those of its job. A pick is another message with the same picture."""
    return f"{'remix' if part < FIRST_PART else 'pick'}-{job_id}-{position + 1}"


def make_files(job: Job, part: Part, fitted: Sequence[FittedPicture]) -> list[discord.File]:
    """Those of one message. Make new ones for each send: a `discord.File` that was sent uploads nothing again."""
    together = list(zip(part.pictures, fitted, strict=True))
    texts = [words.alt_text(job, number, len(together)) for number in range(1, len(together) + 1)]
    captions = [f"{each}. " for each in part.captions] or [""] * len(together)
    return [
        make_file(job, picture, fit, f"{caption}{text}"[: words.LONGEST_ALT_TEXT], part.number)
        for (picture, fit), caption, text in zip(together, captions, texts, strict=True)
    ]


def make_file(job: Job, picture: ResultPicture, fitted: FittedPicture, alt_text: str, part: int = 0) -> discord.File:
    name = file_name(job, picture, fitted, part).removeprefix("SPOILER_")
    return discord.File(BytesIO(fitted.data), filename=name, spoiler=job.behind_spoiler, description=alt_text)


def result_card(job: Job, part: Part, files: Sequence[discord.File], fitted: Sequence[FittedPicture]) -> ui.LayoutView:
    """The pictures, their author, the prompt, the options and the buttons."""
    numbers = part.positions if part.captions else ()
    return _card(job, gallery_of(job, files), _small_print(job, part, fitted), numbers)


def _card(
    job: Job,
    gallery: "ui.MediaGallery[ui.LayoutView] | None",
    small_print: str | None,
    numbers: Sequence[int],
) -> ui.LayoutView:
    """`numbers`: of the pictures that people can pick, from 0; empty on the card of a single one."""
    container: ui.Container[ui.LayoutView] = ui.Container()
    if gallery is not None:
        container.add_item(gallery)
    container.add_item(ui.TextDisplay(words.card_text(job)))
    if small_print is not None:
        container.add_item(ui.TextDisplay(small_print))
    if numbers:
        container.add_item(ui.ActionRow(*(pick_button(job.id, number) for number in numbers)))
    container.add_item(ui.ActionRow(*(job_button(action, job.id) for action in (ON_GRID if numbers else ON_CARD))))
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    # The buttons are found by their custom ids. Without this discord.py would keep every card in memory.
    view.stop()
    return view


@dataclass(frozen=True, slots=True)
class PostedFile:
    """A file that a message has already."""

    id: int
    name: str


def posted_card(
    job: Job, files: Sequence[PostedFile], small_print: str | None, numbers: Sequence[int] = ()
) -> ui.LayoutView:
    """As `result_card`, with the files that the message has. None: without pictures."""
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    for number, file in enumerate(files, 1):
        url, alt_text = f"attachment://{file.name}", words.alt_text(job, number, len(files))
        gallery.add_item(media=url, description=alt_text, spoiler=job.behind_spoiler)
    return _card(job, gallery if files else None, small_print, numbers)


def numbers_of(job: Job, post: Post) -> Sequence[int]:
    """The numbers under that message of the job."""
    is_grid = len(post.positions) > 1 and (job.set_id is not None or job.request.images > 1)
    return post.positions if is_grid and not is_pick(post) else ()


def gallery_of(job: Job, files: Sequence[discord.File]) -> "ui.MediaGallery[ui.LayoutView]":
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    for file in files:
        gallery.add_item(media=file, description=file.description, spoiler=job.behind_spoiler)
    return gallery


def _small_print(job: Job, part: Part, fitted: Sequence[FittedPicture]) -> str:
    """A text component of its own, because in the prompt's component it would become part of the quote."""
    sizes = sorted({f"{picture.width}×{picture.height}" for picture in fitted})
    options = set_words.options_line if part.captions else words.options_line
    small = [options(job, ", ".join(sizes)), *part.notes]
    if part.captions:
        small.insert(0, set_words.captions_line(part.positions, part.captions))
    if any(picture.changed for picture in fitted):
        small.append(words.MADE_TO_FIT)
    return "\n".join(f"-# {line}" for line in small)


def long_prompt_file(job: Job) -> list[discord.File]:
    """The whole prompt as a file, if Details has to cut it. Otherwise an empty list."""
    if len(one_line(job.prompt)) <= words.PROMPT_IN_DETAILS:
        return []
    return [discord.File(BytesIO(job.prompt.encode("utf-8", "replace")), filename=f"prompt-{job.id}.txt")]


def private_card(job: Job, text: str, files: Sequence[discord.File]) -> ui.LayoutView:
    """Results that are handed over in the private reply, which has a layout and cannot become plain text again."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    view.add_item(gallery_of(job, files))
    view.stop()
    return view


def more_view(job_id: int, card_id: int, ladder: tuple[Speed, int] | None = None) -> ui.LayoutView:
    """What More shows, to the person who pressed it. `ladder`: the speed of one, and its price in micro-dollars."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.ActionRow(*(job_button(action, job_id, card_id) for action in IN_MORE)))
    if ladder is not None:
        view.add_item(ui.ActionRow(_ladder_button(job_id, card_id, *ladder)))
    view.stop()
    return view


def pick_button(job_id: int, number: int) -> "ui.Button[ui.LayoutView]":
    return ui.Button(
        label=str(number + 1), style=discord.ButtonStyle.secondary, custom_id=f"remix:pick:{number}:{job_id}"
    )


def _ladder_button(job_id: int, card_id: int, speed: Speed, micros: int) -> "ui.Button[ui.LayoutView]":
    return ui.Button(
        label=set_words.ladder_button(speed, micros),
        style=discord.ButtonStyle.secondary,
        custom_id=f"remix:ladder:{speed.value}:{job_id}:{card_id}",
    )


def job_button(action: Action, job_id: int, card_id: int | None = None) -> "ui.Button[ui.LayoutView]":
    return ui.Button(
        label=words.BUTTONS[action], style=discord.ButtonStyle.secondary, custom_id=action.custom_id(job_id, card_id)
    )
