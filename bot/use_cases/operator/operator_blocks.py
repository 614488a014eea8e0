"""The operator blocks a person or a server everywhere, and lets them in again."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.storage.engine.database import Connection
from bot.storage.standing import blocks
from bot.storage.standing.blocks import Block, BlockKind
from bot.use_cases.core import Core

_SHOWN = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The newest of them, and how many there are."""

    shown: Sequence[Block]
    count: int


class BlockSubjects:
    """New remixes are refused; those that wait fail uncharged when their turn comes."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def block(self, kind: BlockKind, subject_id: int, by: int, note: str | None) -> bool:
        """False: it was blocked already."""
        block = Block(kind, subject_id, self._core.clock(), by, note)
        blocked = await self._core.database.transaction(blocks.put, block)
        if blocked:
            log.warning("the operator has blocked somebody", kind=kind, subject=subject_id, by=by)
        return blocked

    async def unblock(self, kind: BlockKind, subject_id: int, by: int) -> bool:
        """False: it was not blocked."""
        lifted = await self._core.database.transaction(blocks.lift, kind, subject_id)
        if lifted:
            log.warning("the operator has unblocked somebody", kind=kind, subject=subject_id, by=by)
        return lifted

    async def all(self) -> Blocks:
        return await self._core.database.transaction(_read)


def _read(connection: Connection) -> Blocks:
    return Blocks(blocks.newest(connection, _SHOWN), blocks.count(connection))
