"""What people read about the remixes that another one was made from, and that were made from it."""

from collections.abc import Sequence

from bot.discord_app.kit.text import message_link, plain
from bot.discord_app.remixes import words
from bot.storage.remixes.families import Lineage, Relative
from bot.storage.remixes.jobs import Job
from bot.use_cases.ports import Delivery

_PROMPT = 40
_LONGEST_MESSAGE = 2000


def card_notes(delivery: Delivery) -> Sequence[str]:
    """The small lines under the options of a card."""
    notes = [*taken_from(delivery.job), *words.notes(delivery.withheld, delivery.lost)]
    if delivery.parent is None:
        return notes
    return [f"Remixed from {_named(delivery.job.guild_id, delivery.parent)}", *notes]


def with_family(text: str, job: Job, lineage: Lineage) -> str:
    """The text of Details, with as many relatives as still fit into the message."""
    guild_id = job.guild_id
    lines = [f"-# {line}" for line in taken_from(job)]
    lines += [f"-# Made from {_line(guild_id, each)}" for each in lineage.ancestors]
    lines += [f"-# Went on as {_line(guild_id, each)}" for each in lineage.children]
    lines += ["-# and others" if lineage.has_more else ""]
    for line in filter(None, lines):
        if len(text) + 1 + len(line) > _LONGEST_MESSAGE:
            break
        text = f"{text}\n{line}"
    return text


def _line(guild_id: int, relative: Relative) -> str:
    named = _named(guild_id, relative)
    return f"{named}: {plain(relative.prompt, _PROMPT)}" if relative.prompt else named


def _named(guild_id: int, relative: Relative) -> str:
    number, post = f"#{relative.job_id}", relative.post
    link = f"[{number}]({message_link(guild_id, post.channel_id, post.message_id)})" if post is not None else number
    return f"{link} by <@{relative.user_id}>"


def taken_from(job: Job) -> list[str]:
    """Whose picture or avatar it was made from, with a link to the message. Nobody is notified by this mention."""
    if job.source_author_id is None:
        return []
    whose = f"<@{job.source_author_id}>"
    if job.source_channel_id is None:
        return [f"From the avatar of {whose}"]
    if job.source_message_id is None:
        return [f"From a picture by {whose}"]
    return [f"From [a picture]({message_link(job.guild_id, job.source_channel_id, job.source_message_id)}) by {whose}"]
