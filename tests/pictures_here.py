"""Handles pictures in this process: what a pool does, without its processes and turns. For tests of other things."""

import asyncio
from collections.abc import Sequence

from bot.images.bar_chart import draw
from bot.images.chart import Panel
from bot.images.fit import fit_to_size
from bot.images.likeness.fingerprint import prints_to_find, prints_to_keep
from bot.images.pictures import FittedPicture, PreparedSource, SourceLimits
from bot.images.prepare import prepare_source
from bot.images.processes.pool import PicturePool
from bot.images.thumbnail import make_thumbnail
from bot.rules.refusals import Refused


class PicturesHere(PicturePool):
    def __init__(self) -> None:
        """Without processes."""

    async def prepare(self, data: bytes, limits: SourceLimits, person: int) -> PreparedSource | Refused:  # noqa: ARG002 - a pool's signature
        return await asyncio.to_thread(prepare_source, data, limits)

    async def fit(self, data: bytes, max_bytes: int) -> FittedPicture:
        return await asyncio.to_thread(fit_to_size, data, max_bytes)

    async def thumbnail(self, data: bytes, person: int) -> bytes:  # noqa: ARG002 - a pool's signature
        return await asyncio.to_thread(make_thumbnail, data)

    async def prints(self, data: bytes, person: int | None, *, keep: bool) -> bytes:  # noqa: ARG002 - a pool's signature
        return await asyncio.to_thread(prints_to_keep if keep else prints_to_find, data)

    async def draw(self, panels: Sequence[Panel], labels: Sequence[str]) -> bytes:
        return await asyncio.to_thread(draw, panels, labels)
