"""Lets the operator block a person or a server everywhere, and unblock them.

A blocked one's new remixes are refused. Those that already wait fail when their turn comes, and are not charged.
"""

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
class BlockList:
    """The newest blocks, and how many there are."""

    shown: Sequence[Block]
    count: int


async def block(core: Core, kind: BlockKind, subject_id: int, by: int, note: str | None) -> bool:
    """Returns False if the person or server was already blocked; its note then stays."""
    blocked = await core.database.transaction(blocks.put, Block(kind, subject_id, core.clock(), by, note))
    if blocked:
        log.warning("the operator has added a block", kind=kind, subject=subject_id, by=by)
    return blocked


async def unblock(core: Core, kind: BlockKind, subject_id: int, by: int) -> bool:
    """Returns False if there was no block."""
    unblocked = await core.database.transaction(blocks.lift, kind, subject_id)
    if unblocked:
        log.warning("the operator has lifted a block", kind=kind, subject=subject_id, by=by)
    return unblocked


async def list_blocks(core: Core) -> BlockList:
    return await core.database.read(_read)


def _read(connection: Connection) -> BlockList:
    return BlockList(blocks.newest(connection, _SHOWN), blocks.count(connection))
