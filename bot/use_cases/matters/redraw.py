"""Draws the cards of matters again when they have changed, until Discord has taken it."""

import asyncio
from collections.abc import Sequence

import structlog

from bot.rules.retries import next_change
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.matters import drawings
from bot.storage.matters.drawings import Drawing
from bot.use_cases.core import Core
from bot.use_cases.matters.cards import MatterEditor
from bot.use_cases.watch import Rounds

_SERVERS_AT_ONCE = 4
"""With the pictures of a card in memory for each. A card of a busy channel can take 20 seconds."""

log = structlog.get_logger(__name__)


class RedrawMatters(Rounds):
    """Drawing twice does no harm."""

    name = "a round of cards for moderators"
    unavailable = "cards for moderators cannot be drawn now; will try again"
    failed = "cards for moderators could not be drawn because of an unexpected error"
    look_again_s = 20.0

    def __init__(self, core: Core, editor: MatterEditor) -> None:
        super().__init__(core)
        self._editor = editor

    async def round(self) -> bool:
        due = await self._core.database.read(drawings.due, self._core.clock(), _SERVERS_AT_ONCE)
        await self._draw_all(due)
        return bool(due)

    async def _draw_all(self, due: Sequence[int]) -> None:
        # All of them end before one that failed is reported.
        for failure in await asyncio.gather(*map(self._draw, due), return_exceptions=True):
            if failure is not None:
                raise failure

    async def apply(self, matter_id: int) -> None:
        """Draw its card now if it is outdated. What fails is tried again later."""
        await self._draw(matter_id)
        self._core.news.post_change_due()

    async def readers_changed(self, guild_id: int) -> None:
        """Other people can read the channels of that server: what only moderators may see has to leave its cards."""
        try:
            marked = await self._core.database.transaction(drawings.mark_open_in_server, guild_id, self._core.clock())
        except DatabaseUnavailableError as error:
            log.error("cards for moderators stay as they are after a change of permissions", reason=str(error))
            return
        if marked:
            self._core.news.post_change_due()

    async def _draw(self, matter_id: int) -> None:
        drawing = await self._core.database.transaction(drawings.begin, matter_id)
        if drawing is None:
            return
        made = True
        for post in drawing.posts:
            try:
                made = await self._editor.redraw(drawing.matter, post) and made
            except DatabaseUnavailableError:
                raise
            except Exception:  # one card that cannot be drawn must not keep the others
                log.exception("a card for moderators could not be drawn", matter=matter_id)
                made = False
        await self._core.database.transaction(self._record, drawing, made=made)

    def _record(self, connection: Connection, drawing: Drawing, *, made: bool) -> None:
        now = self._core.clock()
        if made:
            drawings.done(connection, drawing, now)
        else:
            drawings.put_off(connection, drawing, next_change(drawing.attempts, now))
