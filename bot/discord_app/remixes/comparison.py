"""Builds the reply to **Compare**: the source beside the result."""

from collections.abc import Sequence
from io import BytesIO

import discord
from discord import ui

from bot.discord_app.remixes import words
from bot.discord_app.remixes.cards import gallery_of, make_file
from bot.discord_app.remixes.delivery import REQUEST_LIMIT
from bot.images.processes.pool import PicturePool
from bot.storage.remixes.jobs import Job
from bot.use_cases.remixes.compare_pictures import Comparison


async def comparison_files(pool: PicturePool, compared: Comparison, limit: int) -> list[discord.File]:
    """`limit` is in bytes per file. Both files together fit into one message."""
    job, most = compared.job, min(limit, REQUEST_LIMIT // 2)
    source, result = await pool.fit(compared.source, most), await pool.fit(compared.result.data, most)
    sent = discord.File(
        BytesIO(source.data),
        filename=f"remix-{job.id}-source{source.format.extension}",
        spoiler=job.behind_spoiler,
        description=words.SOURCE_ALT_TEXT,
    )
    return [sent, make_file(job, compared.result, result, words.alt_text(job))]


def comparison_view(job: Job, files: Sequence[discord.File]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(gallery_of(job, files))
    view.add_item(ui.TextDisplay(words.COMPARED))
    view.stop()
    return view
